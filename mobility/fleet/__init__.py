"""Vehicles, their papers, and every reservation of a vehicle."""
