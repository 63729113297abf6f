"""Reads of the room."""

from mobility.participation.queries.departures import departures_of, get_departure, person_of_departure, standing_of
from mobility.participation.queries.entries import (
    Entry,
    answers_of,
    entries_of,
    get_participation,
    operations_at,
    person_of_participation,
)
from mobility.participation.queries.later import Unanswered, list_unanswered

__all__ = [
    "Entry",
    "Unanswered",
    "answers_of",
    "departures_of",
    "entries_of",
    "get_departure",
    "get_participation",
    "list_unanswered",
    "operations_at",
    "person_of_departure",
    "person_of_participation",
    "standing_of",
]
