"""The room of carpooling: detours that are true on the road, matches that fit everybody in the car."""
