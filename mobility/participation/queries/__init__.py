"""Reads of the room."""

from mobility.participation.queries.counts import (
    Table,
    Wanted,
    count_people,
    get_snapshot,
    operation_choices,
    select_snapshots,
)
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
    "Table",
    "Unanswered",
    "Wanted",
    "answers_of",
    "count_missing",
    "count_people",
    "departures_of",
    "entries_of",
    "get_departure",
    "get_participation",
    "get_snapshot",
    "list_soon",
    "list_unanswered",
    "operation_choices",
    "operations_at",
    "page_missing",
    "person_of_departure",
    "person_of_participation",
    "select_snapshots",
    "standing_of",
]
