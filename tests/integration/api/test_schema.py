"""Whatever is sent, the API answers as it describes itself: never a server error, never another shape.

Cases are made by schemathesis from ``/api/v1/openapi.json``; ``make soak`` runs many more.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import schemathesis
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts.policy import SCOPES
from mobility.accounts.services.tokens import create_token
from mobility.core.clock import now, today
from mobility.core.db import end_read
from mobility.fleet.kinds import Category
from mobility.loans import services
from mobility.loans.rules.policy import Terms
from mobility.organisations.rules import OrganisationKind
from mobility.prescriptions import services as prescriptions
from mobility.prescriptions.kinds import Source
from mobility.prescriptions.models import Prescription
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.factories.organisations import make_organisation
from tests.factories.pathway import an_objective
from tests.factories.people import make_person
from tests.factories.prescriptions import typed

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
]
MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)
TOKEN: list[str] = []
KNOWN: dict[str, Any] = {}


@pytest.fixture
def api_schema(app: Flask) -> Iterator[Any]:
    """The API's own description, with data behind it that loans can be made of."""
    with time_machine.travel(MONDAY):
        _make_data()
        yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def _make_data() -> None:
    desk = make_desk()
    adviser = make_user("adviser", desk_id=desk.id)
    for category in (Category.BIKE, Category.CAR):
        a_vehicle(desk.id, category)
        services.add_policy(
            desk_id=None, category=category, status=None, valid_from_on=today(), terms=Terms(), actor_id=adviser.id, now=now()
        )  # fmt: skip
    person = make_person(desk=desk)
    an_objective(person.id, starts_on=date(2026, 1, 5))
    services.open_right(
        person_id=person.id, categories=[Category.BIKE], starts_on=today(), ends_on=today() + timedelta(days=90), days_allowed=90,
        actor_id=adviser.id, now=now(),
    )  # fmt: skip
    loan_id = services.book(
        person_id=person.id, desk_id=desk.id, category=Category.BIKE, start_at=now() + timedelta(days=7),
        due_at=now() + timedelta(days=9), actor_id=adviser.id, now=now(), by_person=False, override_reason="essai",
    )  # fmt: skip
    organisation = make_organisation(OrganisationKind.PRESCRIBER, "Mission locale")
    prescription_id = prescriptions.send(
        intake=typed(insee_code=desk.insee_code), now=now(),
        origin=prescriptions.Origin(source=Source.API, organisation_id=organisation.id),
    )  # fmt: skip
    KNOWN.update(
        person_id=person.id, desk_id=desk.id, desk=desk.id, person=person.id, loan_id=loan_id,
        organisation_id=organisation.id, prescription_id=prescription_id, insee_code=desk.insee_code, consent=True,
        first_name="Nadia", last_name="Lefèvre", born_on="1994-03-02", phone="06 39 98 00 01",
        email="nadia@exemple.fr", referent_email="laurent@mission.example", referent_phone="03 27 00 00 00",
    )  # fmt: skip
    TOKEN[:] = [create_token(name="schemathesis", scopes=list(SCOPES), now=now())]


HABITS = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _make_meaningful(case: Any) -> None:
    """Name rows that exist and dates that may be booked, and leave the rest as it was made."""
    day = timedelta(days=1)
    known = {**KNOWN, "start_at": (now() + day).isoformat(), "end_at": (now() + 3 * day).isoformat()}
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: known[name] for name in part if name in known})
    if isinstance(case.body, dict) and "referent_email" in case.body:
        # What the fields' own kinds cannot say: whoever is sent can be reached, and half a deadline is none.
        case.body["phone"] = known["phone"]
        if not {"deadline_kind", "deadline_on"} <= case.body.keys():
            case.body.pop("deadline_kind", None)
            case.body.pop("deadline_on", None)


def _try(schema: Any, *, examples: int) -> int:
    """Try every operation; returns how many answers were checked. The token is known to all of them."""
    tried = 0
    known: list[bool] = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(HABITS, max_examples=examples)
        def keeps_its_word(case: Any) -> None:
            nonlocal tried
            if tried % 2:
                _make_meaningful(case)
            # Each request in a context of its own, as on a server: who asked first must not be taken for who asks now.
            end_read()
            headers = {**(case.headers or {}), "Authorization": f"Bearer {TOKEN[0]}"}
            answer = contextvars.Context().run(case.call_and_validate, headers=headers, checks=CHECKS)
            known.append(answer.status_code != 401)
            tried += 1

        keeps_its_word()
    assert all(known), "an answer to somebody unknown says nothing of the operation"
    return tried


def test_the_api_keeps_its_word(api_schema: Any, session: Session) -> None:
    assert _try(api_schema, examples=20) >= 12 * 5
    sent = session.scalar(select(func.count()).select_from(Prescription).where(Prescription.source == Source.API))
    assert sent is not None
    assert sent > 1, "somebody was sent by a made case, and not only refused"


@pytest.mark.soak
def test_the_api_keeps_its_word_for_long(api_schema: Any) -> None:
    assert _try(api_schema, examples=1000) >= 12 * 100
