"""Journeys that their members share with other services: read in a constant number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import selectinload

from mobility.carpool.days import DayLeg, legs_of
from mobility.carpool.kinds import JourneyState, MemberState, RideState, Timing, TripState
from mobility.carpool.models import (
    CarpoolBooking,
    CarpoolException,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.rules.bookings import HELD
from mobility.carpool.rules.standard import Area, JourneyKey, Passage, Shared, departure
from mobility.carpool.states import Side
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.geo.distance import Position
from mobility.pathway import public_holidays
from mobility.pathway.models import Objective
from mobility.pathway.queries import plan_of
from mobility.pathway.roster import Plan
from mobility.pathway.rules import Direction, ObjectiveState
from mobility.people.kinds import ConsentKind
from mobility.people.models import Person, PersonConsent

# How far ahead journeys are told.
AHEAD = timedelta(weeks=8)
DAY = timedelta(days=1)
_CELL_DEGREES = 0.011
_DEGREES_PER_KM = 1 / 111.0
Journey = CarpoolOffer | CarpoolRequest


@dataclass(frozen=True, slots=True)
class Known:
    """A shared journey with what its days are made of."""

    shared: Shared
    row: Journey
    objective: Objective | None
    exceptions: Sequence[CarpoolException]

    @property
    def returns(self) -> bool:
        """Tell whether the journey is made more than once."""
        return self.row.timing is not Timing.ONCE


def _model(side: Side) -> type[CarpoolOffer] | type[CarpoolRequest]:
    return CarpoolOffer if side is Side.DRIVER else CarpoolRequest


def select_shared(side: Side) -> Select[Any, CarpoolMember]:
    """Select the journeys that may be shown to others, with their members.

    Both the member and the journey are shared by the person's own will, who also agreed to be matched at all. Left
    out: protected files and those whose data is restricted, and « entre femmes », which we cannot check elsewhere.
    """
    model: Any = _model(side)
    agreed = (
        select(PersonConsent.id)
        .where(
            PersonConsent.person_id == Person.id,
            PersonConsent.kind == ConsentKind.CARPOOL_MATCHING,
            PersonConsent.withdrawn_at.is_(None),
        )
        .exists()
    )
    return (
        select(model, CarpoolMember)
        .join(CarpoolMember, CarpoolMember.id == model.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(
            model.state == JourneyState.OPEN,
            model.shared,
            ~model.women_only,
            model.origin_latitude.is_not(None),
            CarpoolMember.state == MemberState.ACTIVE,
            CarpoolMember.shared_at.is_not(None),
            CarpoolMember.erased_at.is_(None),
            or_(
                CarpoolMember.person_id.is_(None),
                and_(
                    Person.protected == false(),
                    Person.restricted_at.is_(None),
                    Person.erased_at.is_(None),
                    Person.merged_into_id.is_(None),
                    agreed,
                ),
            ),
        )
    )


def shared_near(side: Side, area: Area) -> list[Known]:
    """Return the shared journeys whose ends lie in an area, whichever way round (at most four queries)."""
    model = _model(side)

    def around(end: str, place: Position, radius: float) -> Any:
        reach = radius * _DEGREES_PER_KM + _CELL_DEGREES
        # Towards the poles a degree of longitude shrinks: the exact rule judges what this lets through.
        wide = min(360.0, reach * 3)
        return and_(
            getattr(model, f"{end}_latitude").between(place.latitude - reach, place.latitude + reach),
            getattr(model, f"{end}_longitude").between(place.longitude - wide, place.longitude + wide),
        )

    there = and_(
        around("origin", area.departure, area.departure_radius),
        around("destination", area.arrival, area.arrival_radius),
    )
    back = and_(
        around("destination", area.departure, area.departure_radius),
        around("origin", area.arrival, area.arrival_radius),
    )
    return _known(side, db.session.execute(select_shared(side).where(or_(there, back))).all())


def find_shared(key: JourneyKey) -> Known | None:
    """Return the shared journey that an id names, if there is one still."""
    model = _model(key.side)
    rows = db.session.execute(
        select_shared(key.side).where(model.id == key.id, CarpoolMember.public_id == key.member)
    ).all()
    return next(iter(_known(key.side, rows)), None)


def find_row(side: Side, number: int) -> Known | None:
    """Return a journey by its row, if it is shared with other services (at most three queries)."""
    rows = db.session.execute(select_shared(side).where(_model(side).id == number)).all()
    return next(iter(_known(side, rows)), None)


def makes(key: JourneyKey) -> bool:
    """Tell whether the journey that an id names is shared, and made on that day."""
    known = find_shared(key)
    return known is not None and any(
        leg.shift_on == key.shift_on and leg.direction is key.direction
        for leg in legs_between(known, key.shift_on, key.shift_on)
    )


def seats_taken(offer_id: int, shift_on: date, direction: Direction) -> int:
    """Return how many seats of a driver's day are taken (two queries)."""
    return _taken(Side.DRIVER, {offer_id}, shift_on, shift_on)[Side.DRIVER, offer_id, shift_on, direction]


def find_member(public_id: str, side: Side | None = None) -> CarpoolMember | None:
    """Return a member who shares a journey (of that side), by what others call them."""
    for one in (side,) if side else Side:
        found = db.session.execute(select_shared(one).where(CarpoolMember.public_id == public_id).limit(1)).first()
        if found is not None:
            return cast("CarpoolMember", found[1])
    return None


def _known(side: Side, rows: Sequence[Any]) -> list[Known]:
    wanted = {row.objective_id for row, _member in rows if row.objective_id is not None}
    objectives = {}
    if wanted:
        found = db.session.scalars(
            select(Objective).where(Objective.id.in_(wanted)).options(selectinload(Objective.rosters))
        )
        objectives = {objective.id: objective for objective in found}
    without = _exceptions(side, [row.id for row, _member in rows])
    return [
        Known(_shared(side, row, member), row, objectives.get(row.objective_id), without[row.id])
        for row, member in rows
    ]


def _shared(side: Side, row: Any, member: CarpoolMember) -> Shared:
    return Shared(
        id=row.id,
        side=side,
        member=member.public_id,
        origin=Position(row.origin_latitude, row.origin_longitude),
        destination=Position(row.destination_latitude, row.destination_longitude),
        seats=row.seats,
        price_per_km_cents=row.price_per_km_cents if side is Side.DRIVER else 0,
        smoking=not row.non_smoking,
        animals=row.assistance_animal,
        luggage=row.luggage.value,
    )


def _exceptions(side: Side, ids: Collection[int]) -> dict[int, list[CarpoolException]]:
    column: Any = CarpoolException.offer_id if side is Side.DRIVER else CarpoolException.request_id
    found: dict[int, list[CarpoolException]] = defaultdict(list)
    if ids:
        for row in db.session.scalars(select(CarpoolException).where(column.in_(ids))):
            found[(row.offer_id if side is Side.DRIVER else row.request_id) or 0].append(row)
    return found


def legs_between(known: Known, first: date, last: date) -> list[DayLeg]:
    """Return the ways of a journey in a range of days, its own dates and exceptions minded; no query."""
    plans: list[Plan] = []
    if (objective := known.objective) is not None:
        plans = [plan_of(row) for row in objective.rosters]
        first = max(first, objective.starts_on)
        last = last if objective.ends_on is None else min(last, objective.ends_on)
        if objective.state is not ObjectiveState.OPEN:
            return []
    return legs_of(
        known.row, plans, known.exceptions, first_on=first, last_on=last, holidays=public_holidays.between(first, last)
    )


def passages(known: Sequence[Known], *, earliest: datetime, latest: datetime, now: datetime) -> Iterator[Passage]:
    """Yield the days of journeys that are to come in a stretch of time, with the seats left (at most two queries)."""
    earliest, latest = max(earliest, now), min(latest, now + AHEAD)
    if earliest > latest or not known:
        return
    first, last = day_of(earliest) - DAY, day_of(latest) + DAY
    taken = _taken(known[0].shared.side, {one.shared.id for one in known}, first, last)
    for one in known:
        for leg in legs_between(one, first, last):
            direction, shift_on = leg.direction, leg.shift_on
            at = departure(leg.at, direction, *one.shared.ends(direction))
            if earliest <= at <= latest:
                held = taken[one.shared.side, one.shared.id, shift_on, direction]
                left = one.shared.seats - held if one.shared.side is Side.DRIVER else one.shared.seats * (not held)
                yield Passage(one.shared, shift_on, direction, at, max(0, left))


_Day = tuple[Side, int, date, Direction]


def _taken(side: Side, ids: Collection[int], first: date, last: date) -> Counter[_Day]:
    """Count the seats taken by day; of requests: the days on which somebody is carried already."""
    found: Counter[_Day] = Counter()
    carried = (
        select(CarpoolTrip.offer_id, CarpoolTrip.shift_on, CarpoolTrip.direction, func.sum(CarpoolRide.seats))
        .join(CarpoolRide, CarpoolRide.trip_id == CarpoolTrip.id)
        .where(CarpoolTrip.offer_id.in_(ids), CarpoolTrip.shift_on.between(first, last))
        .group_by(CarpoolTrip.offer_id, CarpoolTrip.shift_on, CarpoolTrip.direction)
        if side is Side.DRIVER
        else select(CarpoolMatch.request_id, CarpoolRide.shift_on, CarpoolTrip.direction, func.count())
        .join(CarpoolRide, CarpoolRide.match_id == CarpoolMatch.id)
        .join(CarpoolTrip, CarpoolTrip.id == CarpoolRide.trip_id)
        .where(CarpoolMatch.request_id.in_(ids), CarpoolRide.shift_on.between(first, last))
        .group_by(CarpoolMatch.request_id, CarpoolRide.shift_on, CarpoolTrip.direction)
    ).where(CarpoolTrip.state != TripState.CANCELLED, CarpoolRide.state.in_((RideState.PLANNED, RideState.DONE)))
    rides: Any = db.session.execute(carried)
    for number, shift_on, direction, seats in rides:
        found[side, number, shift_on, direction] += seats
    of: Any = CarpoolBooking.offer_id if side is Side.DRIVER else CarpoolBooking.request_id
    booked = db.session.execute(
        select(of, CarpoolBooking.shift_on, CarpoolBooking.direction, func.count())
        .where(of.in_(ids), CarpoolBooking.shift_on.between(first, last), CarpoolBooking.status.in_(HELD))
        .group_by(of, CarpoolBooking.shift_on, CarpoolBooking.direction)
    )
    for number, shift_on, direction, count in booked:
        assert shift_on is not None  # noqa: S101 - BETWEEN holds for no NULL
        assert direction is not None  # noqa: S101 - both are known together
        found[side, number, shift_on, direction] += count
    return found


def area_of(query: dict[str, Any]) -> Area:
    """Return where a search looks."""
    return Area(
        Position(query["departureLat"], query["departureLng"]),
        Position(query["arrivalLat"], query["arrivalLng"]),
        query["departureRadius"],
        query["arrivalRadius"],
    )
