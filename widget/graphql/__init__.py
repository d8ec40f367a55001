"""What widgets ask for by GraphQL, one file for each area: its part of the schema, and what answers it."""
