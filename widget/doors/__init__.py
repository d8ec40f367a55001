"""Where the script on a shop's page comes in."""
