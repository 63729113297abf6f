"""The list of the fleet, and everything about one vehicle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from mobility.accounts.models import User
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.fleet.kinds import Category, PaperKind, ReservationKind
from mobility.fleet.models import OdometerReading, Vehicle, VehiclePaper, VehicleReservation, VehicleTransfer
from mobility.fleet.queries.candidates import odometers_of
from mobility.fleet.queries.papers import COUNTER_VISIT, due_of, paper_facts
from mobility.fleet.queries.planning import Bar, bars_of
from mobility.fleet.queries.scope import in_desks
from mobility.fleet.rules import NEVER, PaperFacts, lendable_until, urgency

R = VehicleReservation
SORTS = {
    "name": (Vehicle.make, Vehicle.model, Vehicle.plate),
    "category": (Vehicle.category, Vehicle.make, Vehicle.model),
    "desk": (Desk.name, Vehicle.category, Vehicle.make),
}
HISTORY = 20


@dataclass(frozen=True, slots=True)
class VehicleFilter:
    """What the list is narrowed to; None and '' narrow nothing."""

    text: str = ""
    desk_id: int | None = None
    category: Category | None = None
    retired: bool = False
    sort: str = "desk"


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """One line of the list. ``use`` is what the vehicle does now, None when it is free."""

    vehicle: Vehicle
    desk_name: str
    odometer_km: int | None
    lendable_until_on: date | None
    use: ReservationKind | None
    tone: str

    @property
    def can_leave(self) -> bool:
        """Tell whether its papers let it leave today."""
        return self.lendable_until_on != NEVER


def _listed(desk_ids: frozenset[int], wanted: VehicleFilter, today: date) -> Any:
    query = select(Vehicle, Desk.name).join(Desk, Desk.id == Vehicle.desk_id).where(in_desks(Vehicle.desk_id, desk_ids))
    gone = Vehicle.retired_on <= today
    query = query.where(gone) if wanted.retired else query.where(or_(Vehicle.retired_on.is_(None), ~gone))
    if wanted.desk_id is not None:
        query = query.where(Vehicle.desk_id == wanted.desk_id)
    if wanted.category is not None:
        query = query.where(Vehicle.category == wanted.category)
    for word in wanted.text.split()[:5]:
        packed = re.sub(r"[^0-9A-Za-z]", "", word) or word
        plate = func.replace(func.replace(Vehicle.plate, "-", ""), " ", "")
        query = query.where(
            or_(
                Vehicle.make.icontains(word[:60], autoescape=True),
                Vehicle.model.icontains(word[:60], autoescape=True),
                plate.icontains(packed[:30], autoescape=True),
                Vehicle.marking.icontains(packed[:30], autoescape=True),
            )
        )
    downwards = wanted.sort.startswith("-")
    columns = SORTS.get(wanted.sort.removeprefix("-"), SORTS["desk"])
    return query.order_by(*(column.desc() if downwards else column for column in columns), Vehicle.id)


def list_vehicles(
    *, desk_ids: frozenset[int], wanted: VehicleFilter, now: datetime, number: int, per_page: int = 50
) -> Page[VehicleRow]:
    """Return a page of the fleet in five queries, whatever its size."""
    page = paginate(_listed(desk_ids, wanted, day_of(now)), number=number, per_page=per_page, scalars=False)
    return Page(_rows(page.rows, now), page.number, page.per_page, page.total)


def all_vehicles(*, desk_ids: frozenset[int], wanted: VehicleFilter, now: datetime) -> list[VehicleRow]:
    """Return the whole list, for an export, in four queries."""
    return _rows(db.session.execute(_listed(desk_ids, wanted, day_of(now))).all(), now)


def _rows(found: Sequence[Any], now: datetime) -> list[VehicleRow]:
    today = day_of(now)
    vehicles = [vehicle for vehicle, _ in found]
    ids = [vehicle.id for vehicle in vehicles]
    papers, odometers = paper_facts(vehicles), odometers_of(ids)
    at_work = select(R.vehicle_id, R.kind).where(
        R.vehicle_id.in_(ids), R.released_at.is_(None), R.starts_at <= now, R.ends_at > now
    )
    uses = dict(db.session.execute(at_work).all())
    return [
        VehicleRow(
            vehicle,
            desk_name,
            odometers.get(vehicle.id),
            until := lendable_until(papers[vehicle.id], today),
            uses.get(vehicle.id),
            {"lapsed": "danger", "soon": "warning"}.get(urgency(until, today), "success"),
        )
        for vehicle, desk_name in found
    ]


@dataclass(frozen=True, slots=True)
class VehicleCard:
    """Everything that the page of a vehicle shows."""

    vehicle: Vehicle
    desk_name: str
    facts: PaperFacts
    lendable_until_on: date | None
    due: list[tuple[PaperKind, date, str]]
    papers: Sequence[VehiclePaper]
    readings: Sequence[OdometerReading]
    odometer_km: int | None
    ahead: Sequence[Bar]
    past: Sequence[Bar]
    transfers: Sequence[tuple[VehicleTransfer, str, str]]
    names: dict[int, str]


def get_vehicle(vehicle_id: int) -> Vehicle:
    """Return the vehicle. Raises NotFound."""
    return load(Vehicle, vehicle_id)


def get_vehicle_card(vehicle_id: int, *, now: datetime) -> VehicleCard:
    """Return what the page of a vehicle shows, in nine queries. Raises NotFound."""
    vehicle = load(Vehicle, vehicle_id)
    today = day_of(now)
    facts = paper_facts([vehicle])[vehicle_id]
    papers = db.session.scalars(
        select(VehiclePaper)
        .where(VehiclePaper.vehicle_id == vehicle_id, VehiclePaper.removed_at.is_(None))
        .order_by(VehiclePaper.done_on.desc(), VehiclePaper.id.desc())
        .limit(HISTORY)
    ).all()
    readings = db.session.scalars(
        select(OdometerReading)
        .where(OdometerReading.vehicle_id == vehicle_id)
        .order_by(OdometerReading.read_at.desc(), OdometerReading.km.desc(), OdometerReading.id.desc())
        .limit(HISTORY)
    ).all()
    transfers = db.session.scalars(
        select(VehicleTransfer).where(VehicleTransfer.vehicle_id == vehicle_id).order_by(VehicleTransfer.id.desc())
    ).all()
    desks: dict[int, str] = dict(db.session.execute(select(Desk.id, Desk.name)).all())
    ahead, past = _uses(vehicle_id, now)
    return VehicleCard(
        vehicle=vehicle,
        desk_name=desks[vehicle.desk_id],
        facts=facts,
        lendable_until_on=lendable_until(facts, today),
        due=[(kind, last, _pressing(last, advice, today)) for kind, last, advice in due_of(facts, today)],
        papers=papers,
        readings=readings,
        odometer_km=odometers_of([vehicle_id]).get(vehicle_id),
        ahead=ahead,
        past=past,
        transfers=[(row, desks[row.from_desk_id], desks[row.to_desk_id]) for row in transfers],
        names=_names({r.actor_id for r in readings} | {t.actor_id for t in transfers}),
    )


def _pressing(last: date, advice: str, today: date) -> str:
    """Return what to do about a paper, or nothing where it can wait; a contre-visite never waits."""
    return advice if advice == COUNTER_VISIT or urgency(last, today) != "fine" else ""


def _uses(vehicle_id: int, now: datetime) -> tuple[list[Bar], list[Bar]]:
    """Return what lies ahead (soonest first) and what is over (latest first), the last two years of it."""
    bars = bars_of([vehicle_id], now.replace(year=now.year - 2, day=min(now.day, 28)), now.replace(year=2999, day=1))
    known = bars.get(vehicle_id, [])
    past = [bar for bar in known if bar.ends_at <= now]
    return [bar for bar in known if bar.ends_at > now], past[::-1][:HISTORY]


def _names(user_ids: set[int | None]) -> dict[int, str]:
    known = [user_id for user_id in user_ids if user_id is not None]
    return dict(db.session.execute(select(User.id, User.display_name).where(User.id.in_(known))).all())
