"""The pure rules of entries and exits."""
