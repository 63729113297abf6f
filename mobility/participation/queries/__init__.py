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
from mobility.participation.queries.missing import Lack, count_missing, list_soon, page_missing

__all__ = [
    "Entry",
    "Lack",
    "Unanswered",
    "answers_of",
    "count_missing",
    "departures_of",
    "entries_of",
    "get_departure",
    "get_participation",
    "list_soon",
    "list_unanswered",
    "operations_at",
    "page_missing",
    "person_of_departure",
    "person_of_participation",
    "standing_of",
]
