"""Reads of prescriptions, each in a constant number of queries."""
