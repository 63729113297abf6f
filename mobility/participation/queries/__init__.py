"""Reads of the room."""

from mobility.participation.queries.departures import departures_of, get_departure, person_of_departure, standing_of
from mobility.participation.queries.later import Unanswered, list_unanswered

__all__ = [
    "Unanswered",
    "departures_of",
    "get_departure",
    "list_unanswered",
    "person_of_departure",
    "standing_of",
]
