"""Who may open which page of the pathway, and that opening one changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobility.accounts.models import AuditEntry, User
from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.pathway import queries, services
from mobility.pathway.rules import ObjectiveAction, ObjectiveState
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.pathway import NOW, an_objective
from tests.factories.people import make_person
from tests.integration.pathway.pages import OBJECTIVE_PATHS, PERSON_PATHS, PORTAL_PATHS, ids, text

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize("path", PERSON_PATHS + OBJECTIVE_PATHS)
def test_pages_of_another_desks_people_do_not_exist(app: Flask, staff: FlaskClient, person: Person, path: str) -> None:
    mine, others = ids(person.id), ids(make_person().id)
    assert staff.get(path.format(**mine)).status_code == 200
    assert staff.get(path.format(**others)).status_code == 404
    assert staff.get(path.format(person=2**40, objective=2**40, means=2**40)).status_code == 404


@pytest.mark.parametrize("path", PORTAL_PATHS)
def test_a_beneficiary_opens_their_own_rows_only(own: FlaskClient, person: Person, path: str) -> None:
    mine, others = ids(person.id), ids(make_person().id)
    assert own.get(path.format(**mine)).status_code == 200
    assert own.get(path.format(**others)).status_code == 404


@pytest.mark.parametrize("path", PERSON_PATHS + OBJECTIVE_PATHS)
def test_a_beneficiary_does_not_see_the_pages_of_the_staff(own: FlaskClient, person: Person, path: str) -> None:
    assert own.get(path.format(**ids(person.id))).status_code == 403


@pytest.mark.parametrize(
    "role", [Role.PRESCRIBER, Role.GARAGE, Role.FUNDER, Role.AUDITOR, Role.ADMINISTRATOR, Role.FLEET_OFFICER]
)
def test_other_roles_do_not_see_the_persons_page(app: Flask, person: Person, desk_id: int, role: Role) -> None:
    from mobility.organisations.models import Organisation
    from mobility.organisations.rules import OrganisationKind

    with transaction() as session:
        organisation = Organisation(kind=OrganisationKind.OTHER, name="O", search_key="o")
        session.add(organisation)
    partner = role in {Role.PRESCRIBER, Role.GARAGE, Role.FUNDER}
    user = make_user(role, organisation_id=organisation.id if partner else None, desk_id=None if partner else desk_id)
    assert signed_in(app, user).get(f"/personnes/{person.id}").status_code == 403


def test_a_protected_file_hides_its_address_and_opens_to_its_named_staff_only(
    app: Flask, adviser: User, staff: FlaskClient, desk_id: int
) -> None:
    hidden = make_person(desk_id=desk_id, protected_for=[adviser], street="3 rue du Secret")
    page = text(staff.get(f"/personnes/{hidden.id}"))
    assert "rue du Secret" not in page
    assert "Adresse masquée" in page
    colleague = signed_in(app, make_user(Role.MANAGER, desk_id=desk_id))
    assert colleague.get(f"/personnes/{hidden.id}").status_code == 404


def test_no_get_changes_anything(staff: FlaskClient, own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=NOW
    )
    before = db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action != "view"))
    for path in (*PERSON_PATHS, *OBJECTIVE_PATHS[:5]):
        staff.get(path.format(person=person.id, objective=objective_id))
    assert queries.get_objective(objective_id).state is ObjectiveState.DROPPED
    assert db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action != "view")) == before
    assert datetime.now(UTC) == NOW
