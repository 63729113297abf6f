"""Reads about desks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from mobility.core.crypto import decrypt
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk, DeskCommune, DeskException, DeskOpening
from mobility.desks.rules import DayException, Hours, OpeningCalendar, WeeklyOpening
from mobility.geo import communes
from mobility.geo.distance import Position, straight_line_km

log = structlog.get_logger(__name__)


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays("FR", years=year, language="fr"))


class PublicHolidays(Mapping[date, str]):
    """The public holidays of metropolitan France, worked out year by year when asked."""

    def __getitem__(self, day: date) -> str:
        return _holidays_of(day.year)[day]

    def __iter__(self) -> Iterator[date]:
        raise TypeError("public holidays have no end")

    def __len__(self) -> int:
        raise TypeError("public holidays have no end")

    def __bool__(self) -> bool:
        return True


PUBLIC_HOLIDAYS = PublicHolidays()


def weekly_opening(row: DeskOpening) -> WeeklyOpening:
    """Return the fact behind a row."""
    return WeeklyOpening(row.weekday, Hours(row.opens, row.closes), row.month_weeks)


def day_exception(row: DeskException) -> DayException:
    """Return the fact behind a row."""
    hours = None if row.opens is None or row.closes is None else Hours(row.opens, row.closes)
    return DayException(hours, row.reason)


def _calendar(openings: Collection[DeskOpening], exceptions: Collection[DeskException]) -> OpeningCalendar:
    by_day: dict[date, list[DayException]] = defaultdict(list)
    for row in exceptions:
        by_day[row.day_on].append(day_exception(row))
    weekly = tuple(weekly_opening(row) for row in openings)
    return OpeningCalendar(weekly=weekly, exceptions=dict(by_day), holidays=PUBLIC_HOLIDAYS)


def get_desk(desk_id: int) -> Desk:
    """Return a desk, archived or not. Raises NotFound."""
    return load(Desk, desk_id)


def find_desk_by_slug(slug: str) -> Desk | None:
    """Return the desk with this slug, or None."""
    return db.session.scalar(select(Desk).where(Desk.slug == slug))


def list_desks(*, with_archived: bool = False) -> list[Desk]:
    """Return the desks by name; those that are archived only where asked."""
    query = select(Desk).order_by(Desk.name, Desk.id)
    if not with_archived:
        query = query.where(Desk.archived_at.is_(None))
    return list(db.session.scalars(query))


def list_desks_with_hours() -> list[Desk]:
    """Return the desks that are not archived with openings and exceptions loaded: three queries."""
    query = (
        select(Desk)
        .where(Desk.archived_at.is_(None))
        .options(selectinload(Desk.openings), selectinload(Desk.exceptions))
        .order_by(Desk.name, Desk.id)
    )
    return list(db.session.scalars(query))


def key_box_code(desk: Desk) -> str:
    """Return the code of the desk's key box; empty where none is noted, or it cannot be read with this secret key."""
    if not desk.key_box_code_encrypted:
        return ""
    try:
        return decrypt(desk.key_box_code_encrypted)
    except ValueError:
        log.warning("key_box_code_unreadable", desk_id=desk.id)
        return ""


def desk_choices(desk_ids: Collection[int] | None = None) -> list[tuple[int, str]]:
    """Return (id, name) of the desks, for a form; ``desk_ids`` keeps only those that it contains."""
    rows = db.session.execute(select(Desk.id, Desk.name).where(Desk.archived_at.is_(None)).order_by(Desk.name))
    return [(desk_id, name) for desk_id, name in rows if desk_ids is None or desk_id in desk_ids]


def desk_names() -> dict[int, str]:
    """Return the names of all desks, archived ones included, by id."""
    return dict(db.session.execute(select(Desk.id, Desk.name)).all())


def get_calendar(desk_id: int) -> OpeningCalendar:
    """Return the opening calendar of a desk. Raises NotFound."""
    found = get_calendars([desk_id])
    if desk_id not in found:
        raise NotFound(f"desk {desk_id}")
    return found[desk_id]


def get_calendars(desk_ids: Collection[int]) -> dict[int, OpeningCalendar]:
    """Return the calendars of those of the desks that exist, in three queries whatever their number."""
    wanted = [desk_id for desk_id in desk_ids if 0 <= desk_id < 2**31]
    known = list(db.session.scalars(select(Desk.id).where(Desk.id.in_(wanted))))
    openings: dict[int, list[DeskOpening]] = defaultdict(list)
    for opening in db.session.scalars(select(DeskOpening).where(DeskOpening.desk_id.in_(known))):
        openings[opening.desk_id].append(opening)
    exceptions: dict[int, list[DeskException]] = defaultdict(list)
    for exception in db.session.scalars(select(DeskException).where(DeskException.desk_id.in_(known))):
        exceptions[exception.desk_id].append(exception)
    return {desk_id: _calendar(openings[desk_id], exceptions[desk_id]) for desk_id in known}


def calendar_of(desk: Desk) -> OpeningCalendar:
    """Return the calendar of a desk whose openings and exceptions are loaded."""
    return _calendar(desk.openings, desk.exceptions)


def list_openings(desk_id: int) -> list[DeskOpening]:
    """Return the weekly ranges of a desk in order."""
    query = select(DeskOpening).where(DeskOpening.desk_id == desk_id)
    return list(db.session.scalars(query.order_by(DeskOpening.weekday, DeskOpening.opens, DeskOpening.id)))


def list_exceptions(desk_id: int, *, from_on: date) -> list[DeskException]:
    """Return the exceptions of a desk from a day on, in order."""
    query = select(DeskException).where(DeskException.desk_id == desk_id, DeskException.day_on >= from_on)
    return list(db.session.scalars(query.order_by(DeskException.day_on, DeskException.opens, DeskException.id)))


def served_codes(desk_id: int) -> set[str]:
    """Return the INSEE codes of the communes that a desk serves."""
    return set(db.session.scalars(select(DeskCommune.insee_code).where(DeskCommune.desk_id == desk_id)))


def count_served() -> dict[int, int]:
    """Return how many communes each desk serves."""
    query = select(DeskCommune.desk_id, func.count()).group_by(DeskCommune.desk_id)
    return dict(db.session.execute(query).all())


def desks_serving(insee_code: str) -> list[Desk]:
    """Return the desks that serve a commune, by name."""
    query = (
        select(Desk)
        .join(DeskCommune, DeskCommune.desk_id == Desk.id)
        .where(DeskCommune.insee_code == insee_code, Desk.archived_at.is_(None))
        .order_by(Desk.name, Desk.id)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class ReachableDesk:
    """A desk that somebody can reach; ``distance_km`` is as the crow flies, None where unknown."""

    desk: Desk
    distance_km: float | None
    serves: bool


def position_of(desk: Desk) -> Position | None:
    """Return where a desk is: its own position, else that of its commune."""
    if desk.latitude is not None and desk.longitude is not None:
        return Position(desk.latitude, desk.longitude)
    estimate = communes.estimate_position(desk.insee_code)
    return estimate.position if estimate else None


def positions() -> list[Position]:
    """Return where the desks are, those whose place is known."""
    return [there for desk in list_desks() if (there := position_of(desk))]


def reachable_desks(
    insee_code: str, *, reach_km: float, position: tuple[float, float] | None = None
) -> list[ReachableDesk]:
    """Return the desks that serve the commune or stand within ``reach_km`` of it, the nearest first.

    ``position`` is that of the person's address where it is known, else the commune's is taken.
    ``reach_km`` is the parameter ``desks.reach_km``, asked by the caller.
    """
    serving = {desk.id for desk in desks_serving(insee_code)}
    if position is None and (estimate := communes.estimate_position(insee_code)):
        position = estimate.position
    found = []
    for desk in list_desks():
        there = position_of(desk)
        distance = straight_line_km(position, there) if position and there else None
        if desk.id in serving or (distance is not None and distance <= reach_km):
            found.append(ReachableDesk(desk, distance, serves=desk.id in serving))
    return sorted(found, key=lambda r: (r.distance_km is None, r.distance_km or 0.0, r.desk.name, r.desk.id))
