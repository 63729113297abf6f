"""Carpooling in the hostile world: members, journeys, matches, days on the road, reports and sites."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobility.carpool.kinds import JourneyState, MatchState, MemberState
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolReport, CarpoolRide
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.people.models import Person
from tests.factories.carpool import a_colleague, a_day, a_hub, a_match, a_member, a_request, an_offer
from tests.factories.interop import a_booking, a_letter, an_operator
from tests.factories.organisations import make_organisation


def take_part(person_id: int, desk_id: int, *, number: int, words: str, now: datetime) -> None:
    """Let a person ride with an employer's staff of a site, and drive them home; one thing is reported."""
    desk, person = db.session.get_one(Desk, desk_id), db.session.get_one(Person, person_id)
    hub = a_hub(desk_id, name=f"Lieu {words} {number}"[:160])
    colleague = a_colleague(
        desk, name=f"Collègue {words}"[:160], organisation_id=hub.organisation_id, declared_at=now, hub_id=hub.id
    )
    member = _member_of(person, declared_at=now, car=words[:80])
    _asked_elsewhere(member, number=number, words=words, now=now)
    labels: dict[str, Any] = {"origin_label": f"Chez {words}"[:200]}
    first = now.date() + timedelta(days=number)
    for offer, request in (
        (an_offer(colleague, hub_id=hub.id), a_request(member, **labels)),
        (an_offer(member, **labels), a_request(colleague, hub_id=hub.id)),
    ):
        match = a_match(offer, request, state=MatchState.CONFIRMED, there=True, back=True)
        trip = a_day(
            offer,
            shift_on=first,
            depart_at=now + timedelta(days=number),
            arrive_at=now + timedelta(days=number, minutes=30),
        )
        with transaction() as session:
            session.add(
                CarpoolRide(
                    trip_id=trip.id, match_id=match.id, shift_on=first, direction=trip.direction, pickup_at=trip.depart_at,
                    dropoff_at=trip.arrive_at, pickup_label=words[:200], contribution_cents=50, told_at=now,
                )
            )  # fmt: skip
            session.add(
                CarpoolReport(
                    desk_id=desk_id, match_id=match.id, by_member_id=member.id, text=f"Problème : {words}", at=now
                )
            )
            session.add(CarpoolException(offer_id=offer.id, day_on=date(2027, 1, 4) + timedelta(days=number), at=now))
            session.add(CarpoolException(request_id=request.id, day_on=date(2027, 1, 4), at=now))


def _asked_elsewhere(member: CarpoolMember, *, number: int, words: str, now: datetime) -> None:
    """Somebody of another service asks the person for a place, and writes."""
    service = an_operator(f"Service {words}"[:120], key=None, domain=f"service-{number}-{member.id}.example")
    booking = a_booking(service, member, pickup_at=now + timedelta(days=number + 2), created_at=now, updated_at=now)
    a_letter(service, member, booking_id=booking.id, text=f"Message : {words}", from_alias=words[:120], at=now)


def hide(person_id: int, *, words: str, now: datetime) -> None:
    """Let a protected file have taken part before it was protected: closed, and out of every list."""
    person = db.session.get_one(Person, person_id)
    member = _member_of(person, state=MemberState.LEFT, left_at=now, car=words[:80])
    closed: dict[str, Any] = {"state": JourneyState.CLOSED, "closed_at": now, "origin_label": words[:200]}
    offer, request = an_offer(member, **closed), a_request(member, **closed)
    other = a_colleague(db.session.get_one(Desk, person.desk_id), organisation_id=make_organisation(kind="employer").id)
    a_match(offer, a_request(other), state=MatchState.ENDED, ended_at=now)
    a_match(an_offer(other), request, state=MatchState.ENDED, ended_at=now)


def _member_of(person: Person, **values: Any) -> CarpoolMember:
    known = db.session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == person.id))
    return known or a_member(person, **values)
