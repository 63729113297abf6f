"""The desks (« antennes ») of the platform: where they are, when they are open, whom they serve."""
