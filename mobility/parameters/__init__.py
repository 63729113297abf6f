"""Dated settings: typed, scoped to a desk or an organisation, with their history."""
