"""Opening, moving and closing an objective."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway import hooks, queries, services
from mobility.pathway.errors import EmployerUnknown, ObjectiveClosed, PeriodInvalid
from mobility.pathway.rules import ObjectiveAction, ObjectiveState
from tests.factories.pathway import MONDAY, NOW, a_person, a_roster, a_step, an_objective
from tests.integration.pathway.acts import TUESDAY, covered, edit


@pytest.fixture
def heard() -> Iterator[list[hooks.ObjectiveMoved]]:
    events: list[hooks.ObjectiveMoved] = []
    hooks.on_objective_moved(events.append)
    yield events
    hooks.forget_listener(events.append)


def test_moving_the_end_of_an_objective_tells_the_aids_and_cuts_the_coverage(
    app: Flask, heard: list[hooks.ObjectiveMoved]
) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    edit(objective_id, ends_on=TUESDAY)
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back"]
    assert [(event.objective_id, event.ends_before_on, event.ends_on) for event in heard] == [
        (objective_id, None, TUESDAY)
    ]
    edit(objective_id, ends_on=TUESDAY, title="Autre titre")
    assert len(heard) == 1


def test_a_listener_that_refuses_refuses_the_whole(app: Flask) -> None:
    def refuse(_event: hooks.ObjectiveMoved) -> None:
        raise PeriodInvalid

    objective_id = an_objective(a_person())
    hooks.on_objective_moved(refuse)
    try:
        with pytest.raises(PeriodInvalid):
            edit(objective_id, ends_on=TUESDAY)
    finally:
        hooks.forget_listener(refuse)
    assert queries.get_objective(objective_id).ends_on is None


def test_a_dropped_objective_ends_today_and_needs_no_more_journeys(
    app: Flask, heard: list[hooks.ObjectiveMoved]
) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    on_tuesday = datetime(2026, 11, 24, 18, tzinfo=UTC)
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=on_tuesday
    )
    assert covered(objective_id) == ["23 there", "23 back", "24 there", "24 back"]
    assert heard[0].ends_on == TUESDAY
    with pytest.raises(ObjectiveClosed):
        edit(objective_id)
    with pytest.raises(ObjectiveClosed):
        a_roster(objective_id)
    with pytest.raises(ObjectiveClosed):
        services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)
    with pytest.raises(ForbiddenTransition):
        services.change_objective_state(
            objective_id=objective_id, action=ObjectiveAction.REACH, version=None, actor_id=None, now=NOW
        )
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.REOPEN, version=None, actor_id=None, now=NOW
    )
    assert queries.get_objective(objective_id).state is ObjectiveState.OPEN


def test_concurrent_edits_are_noticed(app: Flask) -> None:
    objective_id = an_objective(a_person())
    seen = queries.get_objective(objective_id).version
    edit(objective_id, version=seen, title="Le premier")
    with pytest.raises(StaleVersion):
        edit(objective_id, version=seen, title="Le second")
    with pytest.raises(StaleVersion):
        a_roster(objective_id, version=seen)
    assert queries.get_objective(objective_id).title == "Le premier"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": MONDAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": date(2099, 1, 1)}, "ends_on"),
        ({"starts_on": date(1226, 1, 1)}, "starts_on"),
    ],
)
def test_an_impossible_period_is_refused(app: Flask, values: dict[str, date], field: str) -> None:
    with pytest.raises(PeriodInvalid) as refusal:
        an_objective(a_person(), **values)
    assert refusal.value.field == field


def test_an_employer_is_chosen_from_the_list(app: Flask) -> None:
    person_id = a_person()
    with transaction() as session:
        employer = Organisation(kind=OrganisationKind.EMPLOYER, name="Usine d’Onnaing", search_key="usine")
        session.add(employer)
    objective_id = an_objective(person_id, employer_id=employer.id, employer_name=None, title=None)
    objective = queries.get_objective(objective_id)
    assert (objective.employer_name, objective.title) == ("Usine d’Onnaing", "Emploi – Usine d’Onnaing")
    assert queries.list_employers() == [(employer.id, "Usine d’Onnaing")]
    with transaction() as session:
        session.get_one(Organisation, employer.id).archived_at = NOW
    edit(objective_id, employer_id=employer.id)
    with pytest.raises(EmployerUnknown):
        an_objective(person_id, employer_id=employer.id)
    with pytest.raises(EmployerUnknown):
        an_objective(person_id, employer_id=999_999)


def test_every_change_is_in_the_audit_log_with_before_and_after(app: Flask) -> None:
    objective_id = an_objective(a_person(), title="Avant")
    edit(objective_id, title="Après")
    a_roster(objective_id)
    values = db.session.execute(
        select(AuditEntry.action, AuditValue.field, AuditValue.before, AuditValue.after)
        .join(AuditValue, AuditValue.entry_id == AuditEntry.id)
        .where(AuditEntry.subject_kind == "objective", AuditValue.field.in_(["title", "roster"]))
        .order_by(AuditValue.id)
    ).all()
    assert [tuple(row)[:3] for row in values] == [
        ("create", "title", None),
        ("update", "title", "Avant"),
        ("update", "roster", None),
    ]
    assert "Du lundi au vendredi" in values[2].after
