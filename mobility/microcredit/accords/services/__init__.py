"""The use cases of agreements, one transaction each."""
