"""Micro-credit: bank partners, what they lend and on which terms."""
