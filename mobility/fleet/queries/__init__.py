"""Reads of the fleet."""

from mobility.fleet.queries.candidates import list_candidates, odometers_of, replacements, reservations_ahead
from mobility.fleet.queries.papers import DuePaper, due_of, inspections_of, list_due_papers, paper_facts
from mobility.fleet.queries.scope import in_desks

__all__ = [
    "DuePaper",
    "due_of",
    "in_desks",
    "inspections_of",
    "list_candidates",
    "list_due_papers",
    "odometers_of",
    "paper_facts",
    "replacements",
    "reservations_ahead",
]
