"""The database itself refuses what must never be: each constraint is attempted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError, StatementError

from mobility.accounts.policy import Role
from mobility.core.db import transaction
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer, DiagnosisOverride
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.diagnosis import NOW, make_diagnosis
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("app")
REFUSED = (IntegrityError, StatementError, LookupError)


def attempt(statement: Any, message: str) -> None:
    """Expect the database to refuse the statement by the named constraint."""
    with pytest.raises(REFUSED) as refused, transaction() as session:
        session.execute(statement)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "finished", "findings": {}}, "finished_with_instant"),
        ({"closed_at": NOW}, "finished_with_instant"),
        ({"state": "finished", "closed_at": NOW}, "finished_with_findings"),
        ({"findings": {}}, "finished_with_findings"),
        ({"state": "abandoned", "abandoned_at": NOW}, "abandoned_has_reason"),
        ({"state": "abandoned", "abandon_reason": "moved"}, "abandoned_with_instant"),
        ({"abandon_reason": "moved"}, "abandoned_has_reason"),
        ({"state": "abandoned", "abandoned_at": NOW, "abandon_reason": "other"}, "other_says_why"),
        ({"state": "finished", "findings": {}, "closed_at": NOW - timedelta(days=1)}, "finished_after_start"),
        ({"prepared_at": NOW}, "prepared_was_invited"),
        ({"state": "lost"}, "lost"),
        ({"moment": "never"}, "never"),
    ],
)
def test_a_diagnosis_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    row = make_diagnosis(make_person(desk=make_desk("Denain")))
    attempt(update(Diagnosis).where(Diagnosis.id == row.id).values(**values), constraint)


def test_a_person_has_one_open_diagnosis() -> None:
    person = make_person(desk=make_desk("Denain"))
    make_diagnosis(person)
    with pytest.raises(IntegrityError):
        make_diagnosis(person)


def _answer(**values: Any) -> Any:
    row = make_diagnosis(make_person(desk=make_desk("Denain")))
    known = {"diagnosis_id": row.id, "item": "has_licence", "value": "yes", "author": "person", "answered_at": NOW}
    return insert(DiagnosisAnswer).values(**{**known, **values})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"author": "adviser"}, "adviser_is_named"),
        ({"superseded_at": NOW - timedelta(hours=1)}, "superseded_later"),
        ({"item": ""}, "item_named"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    attempt(_answer(**values), constraint)


def test_an_item_has_one_current_answer() -> None:
    statement = _answer()
    with transaction() as session:
        session.execute(statement)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(statement)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"value": 5}, "value_in_range"),
        ({"computed": -1}, "computed_in_range"),
        ({"reason": ""}, "reasoned"),
        ({"withdrawn_at": NOW - timedelta(hours=1)}, "withdrawn_later"),
    ],
)
def test_an_override_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    row = make_diagnosis(make_person(desk=desk))
    known = {
        "diagnosis_id": row.id, "dimension": "licence", "value": 3, "computed": 1, "reason": "Vu ensemble",
        "at": NOW, "by_id": adviser.id,
    }  # fmt: skip
    attempt(insert(DiagnosisOverride).values(**{**known, **values}), constraint)
