"""Who can ride with whom: facts, schedules, orders of stops, scores. Pure."""
