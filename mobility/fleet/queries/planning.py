"""The planning grid: vehicles down, days across."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import has_request_context
from sqlalchemy import or_, select

from mobility.core.clock import end_of, start_of
from mobility.core.db import db
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendars
from mobility.fleet import hooks
from mobility.fleet.kinds import CATEGORY_LABELS, RESERVATION_LABELS, Category, ReservationKind, words_of
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.fleet.queries.scope import in_desks
from mobility.fleet.rules import OPEN_END_YEAR

R = VehicleReservation

TONES = {
    ReservationKind.LOAN: "accent",
    ReservationKind.MAINTENANCE: "warning",
    ReservationKind.HOME_VISIT: "info",
    ReservationKind.TRANSPORT: "info",
    ReservationKind.OUT_OF_SERVICE: "danger",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One use of a vehicle on the grid.

    A use that was given back early ends when it was; one without a known end (``open_ended``) ends with
    the window.
    """

    reservation_id: int
    kind: ReservationKind
    label: str
    text: str
    tone: str
    starts_at: datetime
    ends_at: datetime
    url: str | None
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class PlanningRow:
    """One vehicle and its uses in the window."""

    vehicle_id: int
    desk_id: int
    name: str
    detail: str
    bars: tuple[Bar, ...]
    # The days on which the vehicle's own desk is closed.
    closed: frozenset[date]


@dataclass(frozen=True, slots=True)
class Planning:
    """A page of the grid; the window is half-open. ``closed`` are the days on which every desk of the page is."""

    days: tuple[date, ...]
    closed: frozenset[date]
    starts_at: datetime
    ends_at: datetime
    page: Page[PlanningRow]


def get_planning(
    *, desk_ids: frozenset[int], first_on: date, days: int, category: Category | None, number: int, per_page: int = 25
) -> Planning:
    """Return a page of vehicles with their uses in the window: six queries, and one per kind for links."""
    starts_at, ends_at = start_of(first_on), end_of(first_on + timedelta(days=days - 1))
    query: Any = (
        select(Vehicle, Desk.name)
        .join(Desk, Desk.id == Vehicle.desk_id)
        .where(in_desks(Vehicle.desk_id, desk_ids), or_(Vehicle.retired_on.is_(None), Vehicle.retired_on > first_on))
        .order_by(Desk.name, Vehicle.category, Vehicle.make, Vehicle.model, Vehicle.id)
    )
    if category is not None:
        query = query.where(Vehicle.category == category)
    page = paginate(query, number=number, per_page=per_page, scalars=False)
    bars = bars_of([vehicle.id for vehicle, _ in page.rows], starts_at, ends_at)
    window = tuple(first_on + timedelta(days=n) for n in range(days))
    calendars = get_calendars({vehicle.desk_id for vehicle, _ in page.rows})
    closed = {
        desk_id: frozenset(day for day in window if not calendar.is_open_day(day))
        for desk_id, calendar in calendars.items()
    }
    rows = [
        PlanningRow(
            vehicle.id,
            vehicle.desk_id,
            vehicle.name,
            f"{CATEGORY_LABELS[vehicle.category]} · {desk_name}",
            tuple(bars[vehicle.id]),
            closed[vehicle.desk_id],
        )
        for vehicle, desk_name in page.rows
    ]
    return Planning(
        window,
        frozenset.intersection(*closed.values()) if closed else frozenset(),
        starts_at,
        ends_at,
        Page(rows, page.number, page.per_page, page.total),
    )


def bars_of(vehicle_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> dict[int, list[Bar]]:
    """Return the uses of each vehicle in the half-open window, in order, with their links."""
    rows = db.session.scalars(
        select(R)
        .where(
            R.vehicle_id.in_(list(vehicle_ids)),
            R.starts_at < ends_at,
            R.ends_at > starts_at,
            or_(R.released_at.is_(None), R.released_at > R.starts_at),
        )
        .order_by(R.starts_at, R.id)
    ).all()
    urls = links_of((row.id, row.kind) for row in rows)
    found: dict[int, list[Bar]] = defaultdict(list)
    for row in rows:
        ended = row.ends_at if row.released_at is None else min(row.ends_at, row.released_at)
        if ended > starts_at:
            found[row.vehicle_id].append(_bar(row, ended, urls.get(row.id), ends_at))
    return found


def _bar(row: VehicleReservation, ended: datetime, url: str | None, window_ends_at: datetime) -> Bar:
    text = RESERVATION_LABELS[row.kind]
    label = words_of(row.kind, row.label)
    open_ended = ended.year >= OPEN_END_YEAR
    if open_ended:
        label, ended = f"{label} (sans date de fin)", window_ends_at
    return Bar(row.id, row.kind, label, text, TONES[row.kind], row.starts_at, ended, url, open_ended)


def links_of(uses: Iterable[tuple[int, ReservationKind]]) -> dict[int, str]:
    """Return the addresses of the uses, asked of the rooms that made them; none where nobody could follow them."""
    if not has_request_context():
        return {}
    by_kind: dict[ReservationKind, list[int]] = defaultdict(list)
    for reservation_id, kind in uses:
        by_kind[kind].append(reservation_id)
    urls: dict[int, str] = {}
    for kind, ids in by_kind.items():
        owner = hooks.owner_of(kind)
        if owner is not None:
            urls.update(owner.urls(ids))
    return urls
