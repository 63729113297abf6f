"""Prescriptions: a house that receives them, what is typed, and rows brought to any state through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import services
from mobility.prescriptions.kinds import Missing, Need, Source
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import Outcome, RefusalReason, State
from mobility.prescriptions.services import Intake, Origin
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class House:
    """A desk in Denain with its team, another in Caudry, and a mission locale that sends people."""

    desk: Desk
    other: Desk
    adviser: User
    manager: User
    organisation: Organisation
    prescriber: User


def make_house() -> House:
    desk, other = make_desk("Denain"), make_desk("Caudry", insee_code="59139")
    organisation = make_organisation(OrganisationKind.PRESCRIBER, "Mission locale")
    return House(
        desk=desk,
        other=other,
        adviser=make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre"),
        manager=make_user(Role.MANAGER, desk_id=desk.id, name="Olivier Hornez"),
        organisation=organisation,
        prescriber=make_user(Role.PRESCRIBER, organisation_id=organisation.id, name="Laurent Prescripteur"),
    )


def typed(**values: Any) -> Intake:
    """What a prescriber types about Nadia, of Denain."""
    known: dict[str, Any] = {
        "first_name": "Nadia",
        "last_name": "Lefèvre",
        "born_on": date(1994, 3, 2),
        "insee_code": "59172",
        "consent": True,
        "needs": [Need.GO_TO_WORK],
        "phone": "06 39 98 00 01",
        "email": "nadia@exemple.fr",
        "need_text": "Usine à Onnaing, 5 h du matin.",
        "referent_name": "Laurent Petit",
        "referent_email": "laurent@mission.example",
    }
    return Intake(**{**known, **values})


def origin_of(house: House, **values: Any) -> Origin:
    known: dict[str, Any] = {"source": Source.ACCOUNT, "organisation_id": house.organisation.id, "user_id": None}
    return Origin(**{**known, **values})


def receive(house: House, *, now: datetime = NOW, desk_id: int | None = None, **values: Any) -> int:
    """Somebody is sent; returns the id."""
    return services.send(intake=typed(**values), origin=origin_of(house), desk_id=desk_id, now=now)


def get(prescription_id: int) -> Prescription:
    """The row as it is now."""
    db.session.expire_all()
    return db.session.get_one(Prescription, prescription_id)


def bring_to(house: House, state: State, *, now: datetime = NOW, **values: Any) -> int:
    """A prescription in a state, brought there by the team of its desk; returns the id."""
    number = receive(house, now=now, **values)
    team: dict[str, Any] = {"prescription_id": number, "actor_id": house.adviser.id, "now": now}
    everywhere = Scope(desk_ids=None, user_id=house.adviser.id)
    road: dict[State, list[Any]] = {State.RECEIVED: []}
    take = lambda: services.assign(user_id=house.adviser.id, **team)  # noqa: E731
    accept = lambda: services.accept(scope=everywhere, new_file=True, **team)  # noqa: E731
    book = lambda: services.book_meeting(meeting_at=now + 2 * DAY, **team)  # noqa: E731
    start = lambda: services.start(met_on=now.date(), **team)  # noqa: E731
    road[State.ASSIGNED] = [take]
    road[State.WAITING_INFO] = [take, lambda: services.ask(missing=[Missing.PHONE], note="", **team)]
    road[State.ACCEPTED] = [take, accept]
    road[State.MEETING_BOOKED] = [take, accept, book]
    road[State.STARTED] = [take, accept, start]
    road[State.CLOSED] = [take, accept, start, lambda: services.close(outcome=Outcome.WORK, note="", **team)]
    road[State.REFUSED] = [lambda: services.refuse(reason=RefusalReason.OUTSIDE, note="Voyez le CCAS de Lens.", **team)]
    for act in road[state]:
        act()
    return number
