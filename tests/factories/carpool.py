"""Rows of carpooling. Use inside ``app``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from mobility.carpool.kinds import MatchState, MemberKind, Timing
from mobility.carpool.models import CarpoolHub, CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest, CarpoolTrip
from mobility.carpool.services import OfferedTrip
from mobility.core.db import Base, transaction
from mobility.desks.models import Desk
from mobility.notifications.models import Recipient
from mobility.organisations.rules import OrganisationKind
from mobility.pathway.patterns import to_json
from mobility.pathway.rules import Direction
from mobility.people.models import Person
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.factories.pathway import OFFICE

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_Row = TypeVar("_Row", bound=Base)


def a_trip(key: int, **values: Any) -> OfferedTrip:
    """Return a journey from Raismes to Onnaing, at four in the morning."""
    known: dict[str, Any] = {
        "origin": (3.485, 50.39), "destination": (3.6, 50.385), "depart_at": NOW, "max_detour_seconds": 600, "seats": 3,
    }  # fmt: skip
    return OfferedTrip(key=key, **{**known, **values})


RAISMES = {"origin_label": "Raismes", "origin_insee": "59491", "origin_latitude": 50.39, "origin_longitude": 3.485}
ONNAING = {
    "destination_label": "Onnaing", "destination_insee": "59447", "destination_latitude": 50.385,
    "destination_longitude": 3.6,
}  # fmt: skip


def a_member(person: Person, **values: Any) -> CarpoolMember:
    """Somebody who is accompanied takes part."""
    known: dict[str, Any] = {
        "kind": MemberKind.PERSON, "person_id": person.id, "desk_id": person.desk_id,
        "recipient_id": person.recipient_id, "created_at": NOW,
    }  # fmt: skip
    return _add(CarpoolMember(**{**known, **values}))


def a_colleague(desk: Desk, **values: Any) -> CarpoolMember:
    """Staff of an employer, without account, takes part."""
    employer = make_organisation(kind=OrganisationKind.EMPLOYER)
    recipient = _add(Recipient())
    known: dict[str, Any] = {
        "kind": MemberKind.STAFF, "organisation_id": employer.id, "desk_id": desk.id, "recipient_id": recipient.id,
        "name": "Sophie Lemaire", "fiscal_power_cv": 5, "created_at": NOW,
    }  # fmt: skip
    return _add(CarpoolMember(**{**known, **values}))


def a_hub(desk_id: int | None = None, **values: Any) -> CarpoolHub:
    """A warehouse in Onnaing."""
    known: dict[str, Any] = {
        "desk_id": desk_id or make_desk().id,
        "organisation_id": make_organisation(kind=OrganisationKind.EMPLOYER).id,
        "name": "Entrepôt d’Onnaing", "insee_code": "59447", "latitude": 50.385, "longitude": 3.6, "created_at": NOW,
    }  # fmt: skip
    return _add(CarpoolHub(**{**known, **values}))


def an_offer(member: CarpoolMember, **values: Any) -> CarpoolOffer:
    """From Raismes to Onnaing from Monday to Friday, 5 h–13 h, three seats."""
    return _add(CarpoolOffer(**{**_journey(member), "seats": 3, "max_detour_minutes": 10, **values}))


def a_request(member: CarpoolMember, **values: Any) -> CarpoolRequest:
    """From Raismes to Onnaing from Monday to Friday, 5 h–13 h."""
    return _add(CarpoolRequest(**{**_journey(member), **values}))


def a_match(offer: CarpoolOffer, request: CarpoolRequest, **values: Any) -> CarpoolMatch:
    """An offer and a request that were proposed to each other, both ways."""
    leg = {"detour_seconds": 360, "walk_seconds": 120, "wait_seconds": 0, "ride_seconds": 900, "metres": 9000}
    known: dict[str, Any] = {
        "offer_id": offer.id, "request_id": request.id, "there": True, "back": True,
        "legs": {"there": leg, "back": leg}, "days": {"shared": 40, "asked": 40}, "score": {"parts": []},
        "proposed_at": NOW,
    }  # fmt: skip
    row = {**known, **values}
    if row.get("state") in (MatchState.TRIAL, MatchState.CONFIRMED, MatchState.SUSPENDED):
        row = {"driver_agreed_at": NOW, "passenger_agreed_at": NOW, "trial_until_on": date(2026, 12, 1), **row}
    return _add(CarpoolMatch(**row))


def a_day(offer: CarpoolOffer, **values: Any) -> CarpoolTrip:
    """The driver's way of one morning."""
    known: dict[str, Any] = {
        "offer_id": offer.id, "shift_on": NOW.date(), "direction": Direction.THERE, "depart_at": NOW,
        "arrive_at": NOW + timedelta(minutes=20), "seats": offer.seats, "metres": 12000, "cost_cents": 763,
    }  # fmt: skip
    return _add(CarpoolTrip(**{**known, **values}))


def _journey(member: CarpoolMember) -> dict[str, Any]:
    return {
        "member_id": member.id, "desk_id": member.desk_id, **RAISMES, **ONNAING, "timing": Timing.PATTERN,
        "pattern": to_json(OFFICE), "starts_on": date(2026, 11, 23), "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def _add(row: _Row) -> _Row:
    with transaction() as session:
        session.add(row)
        session.flush()
    return row
