"""Who owes what: whole cents, never changed, never deleted; a mistake is reversed by a new entry."""
