"""People: the file of the person who is accompanied, from the first contact to its erasure."""
