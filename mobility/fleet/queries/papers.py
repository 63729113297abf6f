"""Papers read for many vehicles at once, as the rules need them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.fleet.inspections import Inspection, first_due_on, inspection_valid_until
from mobility.fleet.kinds import PAPER_LABELS, Category, InspectionResult, PaperKind
from mobility.fleet.models import Vehicle, VehiclePaper
from mobility.fleet.queries.scope import in_desks
from mobility.fleet.rules import NEVER, Insured, PaperFacts, needs_insurance

COUNTER_VISIT = "Contre-visite à passer"


@dataclass(frozen=True, slots=True)
class _Dated:
    """The dated papers of one vehicle."""

    inspections: tuple[Inspection, ...] = ()
    insurances: tuple[Insured, ...] = ()


def _dated(vehicle_ids: Iterable[int]) -> dict[int, _Dated]:
    inspections: dict[int, list[Inspection]] = defaultdict(list)
    insurances: dict[int, list[Insured]] = defaultdict(list)
    rows = db.session.execute(
        select(
            VehiclePaper.vehicle_id,
            VehiclePaper.done_on,
            VehiclePaper.valid_until_on,
            VehiclePaper.result,
            VehiclePaper.counter_visit,
        )
        .where(
            VehiclePaper.vehicle_id.in_(list(vehicle_ids)),
            VehiclePaper.removed_at.is_(None),
            VehiclePaper.kind.in_([PaperKind.INSPECTION, PaperKind.INSURANCE]),
        )
        .order_by(VehiclePaper.done_on, VehiclePaper.id)
    )
    for vehicle_id, done_on, until, result, counter_visit in rows:
        if until is None:  # the table refuses it for these two kinds
            continue
        if result is None:
            insurances[vehicle_id].append(Insured(done_on, until))
        else:
            inspections[vehicle_id].append(Inspection(done_on, result, counter_visit, until))
    known = inspections.keys() | insurances.keys()
    return {key: _Dated(tuple(inspections[key]), tuple(insurances[key])) for key in known}


def inspections_of(vehicle_ids: Iterable[int]) -> dict[int, tuple[Inspection, ...]]:
    """Return the visits of each vehicle, oldest first, in one query."""
    return {key: dated.inspections for key, dated in _dated(vehicle_ids).items()}


def paper_facts(vehicles: Sequence[Vehicle]) -> dict[int, PaperFacts]:
    """Return what the rules need of each vehicle's papers, in one query."""
    dated = _dated(vehicle.id for vehicle in vehicles)
    empty = _Dated()
    return {
        vehicle.id: PaperFacts(
            category=vehicle.category,
            first_registered_on=vehicle.first_registered_on,
            inspections=dated.get(vehicle.id, empty).inspections,
            insurances=dated.get(vehicle.id, empty).insurances,
            retired_on=vehicle.retired_on,
        )
        for vehicle in vehicles
    }


@dataclass(frozen=True, slots=True)
class DuePaper:
    """One paper and its last day; ``valid_until_on`` is NEVER where it was never noted."""

    vehicle_id: int
    vehicle_name: str
    category: Category
    desk_name: str
    kind: PaperKind
    valid_until_on: date
    advice: str

    @property
    def label(self) -> str:
        """What the paper is called."""
        return PAPER_LABELS[self.kind]


def due_of(facts: PaperFacts, today: date) -> list[tuple[PaperKind, date, str]]:
    """Return the dated papers that the vehicle must have, their last day, and what to do about each."""
    due: list[tuple[PaperKind, date, str]] = []
    inspected = inspection_valid_until(facts.category, facts.first_registered_on, facts.inspections)
    if inspected is not None:
        due.append((PaperKind.INSPECTION, inspected, _inspection_advice(facts)))
    if needs_insurance(facts.category):
        last = max((paper.until_on for paper in facts.insurances), default=NEVER)
        starts_later = facts.insurances and min(paper.from_on for paper in facts.insurances) > today
        due.append((PaperKind.INSURANCE, last, "L’assurance n’a pas commencé" if starts_later else "Renouveler"))
    return due


def _inspection_advice(facts: PaperFacts) -> str:
    if not facts.inspections:
        return "Prendre rendez-vous pour la première visite"
    last = max(facts.inspections, key=lambda visit: (visit.done_on, visit.counter_visit))
    if last.result is InspectionResult.FAVOURABLE:
        early = facts.first_registered_on and last.valid_until_on == first_due_on(
            facts.category, facts.first_registered_on
        )
        return "Première visite à refaire : elle était trop tôt" if early else "Prendre rendez-vous"
    return COUNTER_VISIT


def list_due_papers(*, desk_ids: frozenset[int], today: date, until_on: date | None = None) -> list[DuePaper]:
    """Return the dated papers of the vehicles in the fleet, the most pressing first, in two queries.

    ``until_on`` leaves out those that hold longer.
    """
    rows = db.session.execute(
        select(Vehicle, Desk.name)
        .join(Desk, Desk.id == Vehicle.desk_id)
        .where(in_desks(Vehicle.desk_id, desk_ids), (Vehicle.retired_on.is_(None)) | (Vehicle.retired_on > today))
    ).all()
    facts = paper_facts([vehicle for vehicle, _ in rows])
    found = [
        DuePaper(vehicle.id, vehicle.name, vehicle.category, desk_name, kind, last, advice)
        for vehicle, desk_name in rows
        for kind, last, advice in due_of(facts[vehicle.id], today)
        if until_on is None or last <= until_on
    ]
    return sorted(found, key=lambda due: (due.valid_until_on, due.vehicle_name, due.kind))
