"""Other carpooling services, and members who share their journeys with them. Use inside ``app``."""

from __future__ import annotations

from typing import Any

from mobility.carpool.models import CarpoolMember, CarpoolOperator
from mobility.carpool.standard.operators import hash_of
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import PersonConsent
from tests.factories.carpool import NOW, a_colleague, a_member
from tests.factories.people import make_person

KEY = "the-key-of-blue-carpool-0123456789"
DOMAIN = "blue.example"
OURS = "mobilite.test"


def an_operator(name: str = "Blue Carpool", *, key: str | None = KEY, **values: Any) -> CarpoolOperator:
    """Another service, which may ask us with ``KEY``."""
    known: dict[str, Any] = {
        "name": name, "domain": DOMAIN, "inbound_hash": hash_of(key) if key else None, "created_at": NOW,
    }  # fmt: skip
    with transaction() as session:
        row = CarpoolOperator(**{**known, **values})
        session.add(row)
        session.flush()
    return row


def a_sharing_colleague(desk: Desk, **values: Any) -> CarpoolMember:
    """Staff of an employer who share their journeys."""
    return a_colleague(desk, **{"shared_at": NOW, **values})


def a_sharing_person(
    desk: Desk, *, agrees: bool = True, member: dict[str, Any] | None = None, **values: Any
) -> CarpoolMember:
    """Somebody who is accompanied, agrees to be matched, and shares their journeys."""
    person = make_person(desk=desk, **values)
    if agrees:
        with transaction() as session:
            session.add(
                PersonConsent(
                    person_id=person.id, kind=ConsentKind.CARPOOL_MATCHING, manner=ConsentManner.SPOKEN, given_at=NOW
                )
            )
    return a_member(person, **{"shared_at": NOW, **(member or {})})
