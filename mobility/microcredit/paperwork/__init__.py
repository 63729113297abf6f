"""Papers asked from the person, sent by phone, looked at, masked and joined."""
