"""Reads of the fleet."""

from mobility.fleet.queries.candidates import (
    list_candidates,
    odometers_of,
    promises_ahead,
    replacements,
    replacements_for,
    reservations_ahead,
)
from mobility.fleet.queries.gaps import PaperConflict, list_paper_conflicts
from mobility.fleet.queries.papers import DuePaper, due_of, inspections_of, list_due_papers, paper_facts
from mobility.fleet.queries.planning import Planning, bars_of, get_planning, links_of
from mobility.fleet.queries.scope import in_desks
from mobility.fleet.queries.vehicles import (
    VehicleCard,
    VehicleFilter,
    VehicleRow,
    all_vehicles,
    get_vehicle,
    get_vehicle_card,
    list_vehicles,
)

__all__ = [
    "DuePaper",
    "PaperConflict",
    "Planning",
    "VehicleCard",
    "VehicleFilter",
    "VehicleRow",
    "all_vehicles",
    "bars_of",
    "due_of",
    "get_planning",
    "get_vehicle",
    "get_vehicle_card",
    "in_desks",
    "inspections_of",
    "links_of",
    "list_candidates",
    "list_due_papers",
    "list_paper_conflicts",
    "list_vehicles",
    "odometers_of",
    "paper_facts",
    "promises_ahead",
    "replacements",
    "replacements_for",
    "reservations_ahead",
]
