"""Prescribers, employers, banks, garages, funders, and the agreements made with them."""
