"""What happened, in order, never rewritten: every room notes its acts here, in its own transaction."""
