"""What the sides of a match see of it, and of its days: the other's name, contact, place and time only once both agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from mobility.carpool import words
from mobility.carpool.kinds import (
    AGREED_STATES,
    MATCH_STATE_LABELS,
    RIDE_STATE_LABELS,
    MatchState,
    RideState,
)
from mobility.carpool.models import (
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services.planning import shared_legs
from mobility.carpool.services.telling import name_of, names_of, other_of, phone_of, phones_of
from mobility.carpool.states import AGREES, MATCHES, MatchAction, Side
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.geo import communes
from mobility.pathway.rules import Direction

TONES = {
    MatchState.PROPOSED: "info",
    MatchState.DRIVER_AGREED: "info",
    MatchState.PASSENGER_AGREED: "info",
    MatchState.TRIAL: "success",
    MatchState.CONFIRMED: "success",
    MatchState.SUSPENDED: "warning",
    MatchState.REFUSED: "neutral",
    MatchState.EXPIRED: "neutral",
    MatchState.ENDED: "neutral",
}
RIDE_TONES = {
    RideState.PLANNED: "info",
    RideState.CANCELLED_BY_DRIVER: "danger",
    RideState.CANCELLED_BY_PASSENGER: "neutral",
    RideState.DONE: "success",
    RideState.MISSED: "warning",
}
WAY_LABELS = {Direction.THERE: "Aller", Direction.BACK: "Retour"}
# Enough to find the next days; what is further off is in the calendar of the pathway.
DAYS_SHOWN = timedelta(days=14)


@dataclass(frozen=True)
class WayCard:
    """One direction of a match, as its side may know it: exact once both agreed, about and near before."""

    label: str
    where: str
    when: str


@dataclass(frozen=True)
class MatchCard:
    """A match seen by one side; ``other_name`` and ``other_phone`` are empty until both have agreed."""

    match: CarpoolMatch
    side: Side
    known: bool
    other_name: str
    other_phone: str
    other_words: str
    ways: tuple[WayCard, ...]
    answered: bool
    actions: tuple[MatchAction, ...]

    @property
    def label(self) -> str:
        """The state in words."""
        return MATCH_STATE_LABELS[self.match.state]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return TONES[self.match.state]

    @property
    def may_answer(self) -> bool:
        """Tell whether a yes of this side is awaited."""
        return AGREES[self.side] in self.actions


@dataclass(frozen=True)
class RideCard:
    """A passenger's place of one day, seen by one side."""

    ride: CarpoolRide
    trip: CarpoolTrip
    match: CarpoolMatch
    side: Side
    other_name: str
    other_phone: str

    @property
    def label(self) -> str:
        """The state in words."""
        return RIDE_STATE_LABELS[self.ride.state]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return RIDE_TONES[self.ride.state]

    @property
    def way(self) -> str:
        """« Aller » or « Retour »."""
        return WAY_LABELS[self.ride.direction]

    @property
    def said(self) -> bool | None:
        """What this side said about whether it took place."""
        return self.ride.driver_says if self.side is Side.DRIVER else self.ride.passenger_says

    def may_cancel(self, now: datetime) -> bool:
        """Tell whether the day can still be called off by this side."""
        begins = self.trip.depart_at if self.side is Side.DRIVER else self.ride.pickup_at
        return self.ride.state is RideState.PLANNED and begins > now

    def may_attend(self, now: datetime) -> bool:
        """Tell whether one may say how it went."""
        return self.ride.pickup_at <= now and self.ride.state in {RideState.PLANNED, RideState.DONE, RideState.MISSED}


def side_of(match: CarpoolMatch, member_id: int) -> Side:
    """Return the side on which a member is. Raises NotFound for somebody else's match."""
    if load(CarpoolOffer, match.offer_id).member_id == member_id:
        return Side.DRIVER
    if load(CarpoolRequest, match.request_id).member_id == member_id:
        return Side.PASSENGER
    raise NotFound("carpool_match")


def get_match_card(match_id: int, side: Side, *, now: datetime) -> MatchCard:
    """Return a match as one side sees it (a constant number of queries). Raises NotFound."""
    match = load(CarpoolMatch, match_id)
    offer, request = load(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
    other = load(CarpoolMember, request.member_id if side is Side.DRIVER else offer.member_id)
    known = match.state in AGREED_STATES
    return MatchCard(
        match=match,
        side=side,
        known=known,
        other_name=name_of(other) if known else "",
        other_phone=phone_of(other) if known else "",
        other_words=_words(other, other_of(side)),
        ways=tuple(ways_of(match, request, known=known, now=now)),
        answered=(match.driver_agreed_at if side is Side.DRIVER else match.passenger_agreed_at) is not None,
        actions=_actions(match, side),
    )


def _words(member: CarpoolMember, side: Side) -> str:
    if side is Side.DRIVER:
        return words.who(member.is_woman)
    return "Une personne" if member.is_woman is None else ("Une passagère" if member.is_woman else "Un passager")


def _actions(match: CarpoolMatch, side: Side) -> tuple[MatchAction, ...]:
    """Return what this side may do: not the other's yes, nor what only time or staff does."""
    not_theirs = {AGREES[other_of(side)], MatchAction.EXPIRE, MatchAction.CONFIRM, MatchAction.CHANGE}
    if match.only_on is not None:
        not_theirs |= {MatchAction.SUSPEND}
    return tuple(action for action in MATCHES.actions_from(match.state) if action not in not_theirs)


def ways_of(match: CarpoolMatch, request: CarpoolRequest, *, known: bool, now: datetime) -> Iterable[WayCard]:
    """Return the directions of a match: exact where it is ``known``, about and near before."""
    today = day_of(now)
    nearest = {
        leg.asked.direction: leg for leg in reversed(shared_legs(match, first_on=today, last_on=today + DAYS_SHOWN))
    }
    made = {Direction.THERE: match.there, Direction.BACK: match.back}
    for direction in Direction:
        way = way_of(match.legs, direction)
        if way is None or not made[direction]:
            continue
        leg = nearest.get(direction)
        pickup_at = None if leg is None else way.times(leg.asked.at)[0]
        if known:
            when = "" if pickup_at is None else words.exactly(pickup_at)
            yield WayCard(WAY_LABELS[direction], way.pickup.label, when)
        else:
            when = "" if pickup_at is None else words.about(int(pickup_at.timestamp()))
            code = request.origin_insee if direction is Direction.THERE else request.destination_insee
            yield WayCard(WAY_LABELS[direction], _coarse(way.pickup.near, code), when)


def _coarse(near: str, insee_code: str | None) -> str:
    """Return a place that gives no address away: « près de la mairie de Raismes », or its commune."""
    if near:
        return f"près {near}"
    commune = None if insee_code is None else communes.find(insee_code)
    return "" if commune is None else commune.name


def list_rides(member_ids: Sequence[int], *, from_at: datetime, until_at: datetime, last: int = 200) -> list[RideCard]:
    """Return the days of members as drivers or passengers, in order (three queries)."""
    driver, passenger = aliased(CarpoolMember), aliased(CarpoolMember)
    return _cards(
        or_(driver.id.in_(member_ids), passenger.id.in_(member_ids)),
        driver=driver,
        passenger=passenger,
        own=frozenset(member_ids),
        from_at=from_at,
        until_at=until_at,
        last=last,
    )


def _cards(
    condition: ColumnElement[bool],
    *,
    driver: type[CarpoolMember],
    passenger: type[CarpoolMember],
    own: frozenset[int],
    from_at: datetime,
    until_at: datetime,
    last: int,
) -> list[RideCard]:
    rows = db.session.execute(
        select(CarpoolRide, CarpoolTrip, CarpoolMatch, driver, passenger)
        .join(CarpoolTrip, CarpoolTrip.id == CarpoolRide.trip_id)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .join(driver, driver.id == CarpoolOffer.member_id)
        .join(passenger, passenger.id == CarpoolRequest.member_id)
        .where(condition, CarpoolRide.pickup_at.between(from_at, until_at))
        .order_by(CarpoolRide.pickup_at, CarpoolRide.id)
        .limit(last)
    ).all()
    names = names_of([member for row in rows for member in (row[3], row[4])])
    phones = _phones([member for row in rows for member in (row[3], row[4])])
    found = []
    for ride, trip, match, drives, rides in rows:
        side = Side.DRIVER if drives.id in own else Side.PASSENGER
        other = rides if side is Side.DRIVER else drives
        known = match.state in AGREED_STATES
        found.append(
            RideCard(
                ride,
                trip,
                match,
                side,
                names[other.id] if known else "",
                phones.get(other.recipient_id, "") if known else "",
            )
        )
    return found


def _phones(members: Iterable[CarpoolMember]) -> dict[int, str]:
    return phones_of({member.recipient_id for member in members})


def ride_card(ride_id: int, side: Side) -> RideCard:
    """Return a passenger's place of one day as one side sees it. Raises NotFound."""
    ride = load(CarpoolRide, ride_id)
    match = load(CarpoolMatch, ride.match_id)
    offer, request = load(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
    other = load(CarpoolMember, request.member_id if side is Side.DRIVER else offer.member_id)
    known = match.state in AGREED_STATES
    return RideCard(
        ride,
        load(CarpoolTrip, ride.trip_id),
        match,
        side,
        name_of(other) if known else "",
        phone_of(other) if known else "",
    )


def matches_of(member_id: int) -> list[tuple[CarpoolMatch, Side]]:
    """Return the matches of a member that concern them now, the latest first (one query)."""
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolOffer.member_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .where(
            or_(CarpoolOffer.member_id == member_id, CarpoolRequest.member_id == member_id),
            CarpoolMatch.state.not_in((MatchState.REFUSED, MatchState.EXPIRED, MatchState.ENDED)),
        )
        .order_by(CarpoolMatch.id.desc())
    ).all()
    return [(match, Side.DRIVER if driver_id == member_id else Side.PASSENGER) for match, driver_id in rows]


def other_way(ride: CarpoolRide, *, side: Side, after: datetime) -> list[CarpoolRide]:
    """Return the passenger's (or any passenger's of the driver's) planned place in the other direction of the day."""
    trip = load(CarpoolTrip, ride.trip_id)
    query = (
        select(CarpoolRide)
        .join(CarpoolTrip, CarpoolTrip.id == CarpoolRide.trip_id)
        .where(
            CarpoolTrip.offer_id == trip.offer_id,
            CarpoolTrip.shift_on == trip.shift_on,
            CarpoolRide.direction != ride.direction,
            CarpoolRide.state == RideState.PLANNED,
            CarpoolTrip.depart_at > after,
        )
        .order_by(CarpoolRide.id)
        .limit(1)
    )
    if side is Side.PASSENGER:
        query = query.where(CarpoolRide.match_id == ride.match_id)
    return list(db.session.scalars(query))
