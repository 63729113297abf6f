"""Reads of the room."""

from mobility.participation.queries.departures import departures_of, get_departure, person_of_departure, standing_of

__all__ = ["departures_of", "get_departure", "person_of_departure", "standing_of"]
