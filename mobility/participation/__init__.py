"""Entry into an operation, exit from the accompaniment, what became of people, and what may be counted of it."""
