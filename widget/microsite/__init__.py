"""A program's page of its own: who comes in, how, and what they see."""
