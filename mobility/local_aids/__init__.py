"""Local aids: what partners around a desk can do, kept as a dated list until a room of its own is built for each."""
