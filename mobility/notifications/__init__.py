"""Messages to people: whom, when, by which channel, and what became of them."""
