"""What the pathway knows that a diagnosis would ask: where the person goes, from when, and how they go today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mobility.core.db import db
from mobility.geo.distance import straight_line_km
from mobility.pathway.models import Objective
from mobility.pathway.queries import list_objectives
from mobility.pathway.rules import MeansKind, ObjectiveState
from mobility.people.models import Person

# Roads are about so much longer than the straight line; a diagnosis asks for « about how many km ».
DETOUR = 1.3
_MEANS: Mapping[MeansKind, tuple[str, str]] = {
    MeansKind.BUS: ("uses", "often"),
    MeansKind.TRAIN: ("uses", "often"),
    MeansKind.RELATIVE: ("lift", "yes"),
    MeansKind.BIKE: ("vehicle", "bike"),
}


def tell(person_id: int, on: date) -> Mapping[str, Any]:
    """Return what the nearest open objective and its means answer, by the names of ``diagnosis.loader.SOURCES``."""
    open_ones = [row for row in list_objectives(person_id) if row.state is ObjectiveState.OPEN]
    if not open_ones:
        return {}
    objective = min(open_ones, key=lambda row: (row.starts_on < on, row.starts_on, row.id))
    known: dict[str, Any] = {"goal_kind": objective.kind.value, "goal_on": objective.starts_on.isoformat()}
    if (km := _about_km(db.session.get(Person, person_id), objective)) is not None:
        known["goal_km"] = km
    for means in objective.own_means:
        if means.kind in _MEANS and (means.ends_on is None or means.ends_on >= on):
            source, answer = _MEANS[means.kind]
            known[source] = answer
    return known


def _about_km(person: Person | None, objective: Objective) -> int | None:
    """Return the way in whole km; None for a protected file, whose address stays where it is, and unknown places."""
    if person is None or person.protected:
        return None
    if None in (person.latitude, person.longitude, objective.latitude, objective.longitude):
        return None
    home = (float(person.latitude or 0), float(person.longitude or 0))
    work = (float(objective.latitude or 0), float(objective.longitude or 0))
    return max(1, round(straight_line_km(home, work) * DETOUR))
