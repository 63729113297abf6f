"""What the staff of a desk sees of matches and of their days: both sides by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from mobility.carpool.agreed import DAYS_SHOWN, TONES, RideCard, WayCard, list_rides, ways_of
from mobility.carpool.kinds import MATCH_STATE_LABELS
from mobility.carpool.models import (
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.services.telling import name_of, names_of, phones_of
from mobility.carpool.states import MATCHES, MatchAction, Side
from mobility.core.db import db, load
from mobility.people.models import Person


@dataclass(frozen=True)
class Party:
    """One side of a match, for the staff."""

    side: Side
    member: CarpoolMember
    name: str
    phone: str
    agreed_at: datetime | None


@dataclass(frozen=True)
class StaffCard:
    """A match seen by the staff of a desk: both sides by name, its ways, what may be done."""

    match: CarpoolMatch
    parties: tuple[Party, Party]
    ways: tuple[WayCard, ...]
    actions: tuple[MatchAction, ...]
    rides: tuple[RideCard, ...]

    @property
    def label(self) -> str:
        """The state in words."""
        return MATCH_STATE_LABELS[self.match.state]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return TONES[self.match.state]


def get_staff_card(match_id: int, *, now: datetime) -> StaffCard:
    """Return a match as the staff sees it (a constant number of queries). Raises NotFound."""
    match = load(CarpoolMatch, match_id)
    offer, request = load(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
    driver, passenger = load(CarpoolMember, offer.member_id), load(CarpoolMember, request.member_id)
    phones = phones_of([driver.recipient_id, passenger.recipient_id])
    sides = ((Side.DRIVER, driver, match.driver_agreed_at), (Side.PASSENGER, passenger, match.passenger_agreed_at))
    drives, rides = (
        Party(side, member, name_of(member), phones.get(member.recipient_id, ""), at) for side, member, at in sides
    )
    hidden = {MatchAction.EXPIRE, MatchAction.CHANGE}
    return StaffCard(
        match=match,
        parties=(drives, rides),
        ways=tuple(ways_of(match, request, known=True, now=now)),
        actions=tuple(action for action in MATCHES.actions_from(match.state) if action not in hidden),
        rides=tuple(
            card
            for card in list_rides([passenger.id], from_at=now - DAYS_SHOWN, until_at=now + DAYS_SHOWN)
            if card.match.id == match.id
        ),
    )


def list_trips(
    visible: ColumnElement[bool], *, from_at: datetime, until_at: datetime, last: int = 200
) -> list[tuple[CarpoolTrip, str, list[tuple[CarpoolRide, str, str]]]]:
    """Return the drivers' journeys of some days with who rides in them, for the staff (four queries).

    Each: the trip, its driver's name, and its places with the passenger's name and phone. ``visible`` is a condition on
    the passenger's ``CarpoolMember`` with its file outer-joined.
    """
    driver = aliased(CarpoolMember)
    rows = db.session.execute(
        select(CarpoolTrip, CarpoolRide, driver, CarpoolMember)
        .join(CarpoolRide, CarpoolRide.trip_id == CarpoolTrip.id)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .join(driver, driver.id == CarpoolOffer.member_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolRequest.member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(visible, CarpoolTrip.depart_at.between(from_at, until_at))
        .order_by(CarpoolTrip.depart_at, CarpoolTrip.id, CarpoolRide.pickup_at, CarpoolRide.id)
        .limit(last)
    ).all()
    members = [member for row in rows for member in (row[2], row[3])]
    names = names_of(members)
    phones = phones_of({member.recipient_id for member in members})
    found: dict[int, tuple[CarpoolTrip, str, list[tuple[CarpoolRide, str, str]]]] = {}
    for trip, ride, drives, rides in rows:
        inside = found.setdefault(trip.id, (trip, names[drives.id], []))[2]
        inside.append((ride, names[rides.id], phones.get(rides.recipient_id, "")))
    return list(found.values())


@dataclass(frozen=True)
class RequestDays:
    """What a request has led to: its matches, and the coming days."""

    request: CarpoolRequest
    name: str
    matches: tuple[tuple[CarpoolMatch, str], ...]
    rides: tuple[RideCard, ...]


def get_request_days(request_id: int, *, now: datetime) -> RequestDays:
    """Return the matches and the coming days of a request, for the staff (a constant number of queries). Raises NotFound."""
    request = load(CarpoolRequest, request_id)
    member = load(CarpoolMember, request.member_id)
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolMember)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .where(CarpoolMatch.request_id == request_id)
        .order_by(CarpoolMatch.id.desc())
        .limit(50)
    ).all()
    names = names_of([row[1] for row in rows])
    rides = list_rides([member.id], from_at=now, until_at=now + DAYS_SHOWN)
    ids = {row[0].id for row in rows}
    return RequestDays(
        request=request,
        name=name_of(member),
        matches=tuple((match, names[driver.id]) for match, driver in rows),
        rides=tuple(card for card in rides if card.match.id in ids),
    )
