"""Rows for the tests of the pathway, the journal and the ledger. Call inside ``app``; each function commits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import Role
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.notifications.models import Recipient
from mobility.pathway import services
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.rules import ObjectiveKind, StepState
from mobility.people.models import Person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
OFFICE = Weekly((*((parse_hours("5h-13h"),) * 5), (), ()))
_numbers = count(1)


def a_desk(**values: Any) -> int:
    number = next(_numbers)
    facts: dict[str, Any] = {
        "slug": f"antenne-{number}",
        "name": f"Antenne {number}",
        "postcode": "59220",
        "city": "Denain",
        "insee_code": "59172",
    }
    with transaction() as session:
        desk = Desk(**{**facts, **values})
        session.add(desk)
        session.flush()
        return desk.id


def a_person(*, desk_id: int | None = None, **values: Any) -> int:
    number = next(_numbers)
    desk_id = desk_id or a_desk()
    with transaction() as session:
        recipient = Recipient()
        session.add(recipient)
        session.flush()
        facts: dict[str, Any] = {
            "desk_id": desk_id,
            "recipient_id": recipient.id,
            "first_name": "Nadia",
            "last_name": f"Leroy{number}",
            "born_on": date(1990, 5, 4),
            "name_key": f" NT LR{number} ",
            "name_plain": f" nadia leroy{number} ",
            "created_at": NOW,
            "last_contact_at": NOW,
        }
        person = Person(**{**facts, **values})
        session.add(person)
        session.flush()
        return person.id


def a_user(*, role: Role | None = Role.ADVISER, desk_id: int | None = None, person_id: int | None = None) -> int:
    number = next(_numbers)
    with transaction() as session:
        user = User(
            display_name=f"Camille Durand{number}",
            email=None if person_id else f"camille{number}@antenne.test",
            person_id=person_id,
            created_at=NOW,
        )
        session.add(user)
        session.flush()
        if role is not None and person_id is None:
            session.add(UserGrant(user_id=user.id, role=role, desk_id=desk_id))
        return user.id


def an_objective(person_id: int, **values: Any) -> int:
    facts: dict[str, Any] = {
        "kind": ObjectiveKind.JOB,
        "title": "Préparatrice de commandes",
        "employer_name": "Logistique du Hainaut",
        "starts_on": MONDAY,
        "actor_id": None,
        "now": NOW,
    }
    return services.open_objective(person_id=person_id, **{**facts, **values})


def a_roster(objective_id: int, pattern: Any = OFFICE, **values: Any) -> None:
    facts: dict[str, Any] = {"version": None, "actor_id": None, "now": NOW}
    services.set_roster(objective_id=objective_id, pattern=pattern, **{**facts, **values})


def a_step(person_id: int, objective_id: int | None, aid_ref: int = 1, **values: Any) -> int:
    facts: dict[str, Any] = {
        "aid_kind": "test_aid",
        "title": "Voiture",
        "state": StepState.OPEN,
        "starts_at": datetime(2026, 11, 22, 16, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 25, 16, tzinfo=UTC),
        "cost_cents": 1200,
        "covers": True,
        "now": NOW,
    }
    return services.put_step(person_id=person_id, objective_id=objective_id, aid_ref=aid_ref, **{**facts, **values})
