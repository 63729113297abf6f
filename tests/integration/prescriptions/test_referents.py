"""Other professionals who follow the person: each hears what the person allows, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.agenda.rules import AttendanceState
from mobility.core.db import transaction
from mobility.core.errors import NotFound, StaleVersion
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.people.models import Person
from mobility.prescriptions import errors, services
from mobility.prescriptions.lifecycle import erase, export, merge
from mobility.prescriptions.models import OutsideReferent
from mobility.prescriptions.queries.referents import list_referents
from mobility.prescriptions.rules.referents import Sees, is_told
from mobility.prescriptions.rules.states import Outcome, State
from mobility.prescriptions.services import ReferentDetails
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_type
from tests.factories.people import make_person
from tests.factories.prescriptions import NOW, House, bring_to, get
from tests.integration.prescriptions.test_meetings import book, close
from tests.integration.prescriptions.test_of_person import person_of, text_of


@pytest.mark.parametrize(
    ("sees", "detail", "told"),
    [
        (Sees.NOTHING, False, False),
        (Sees.NOTHING, True, False),
        (Sees.STEPS, False, True),
        (Sees.STEPS, True, False),
        (Sees.DETAILS, False, True),
        (Sees.DETAILS, True, True),
    ],
)
def test_each_hears_what_the_person_allows(sees: Sees, detail: bool, told: bool) -> None:
    assert is_told(sees, detail=detail) is told


def add(person_id: int, sees: Sees, name: str = "Hélène Carlier", **values: Any) -> int:
    known: dict[str, Any] = {
        "organisation_name": "Département du Nord", "name": name, "sees": sees,
        "email": f"{sees.value}@departement.example",
    }  # fmt: skip
    return services.add_referent(
        person_id=person_id, details=ReferentDetails(**{**known, **values}), actor_id=None, now=NOW
    )


def told(session: Session) -> list[tuple[str, str, str]]:
    """Who was told what: mailbox, word, detail."""
    rows = session.execute(
        select(ContactPoint.value, OutboxMessage.params)
        .join(ContactPoint, ContactPoint.recipient_id == OutboxMessage.recipient_id)
        .where(OutboxMessage.template == "referent_told")
        .order_by(OutboxMessage.id)
    )
    return [(value.split("@")[0], params["word"], params["detail"].replace("\xa0", " ")) for value, params in rows]


def test_from_the_meeting_to_the_end_each_is_told_their_part(house: House, session: Session) -> None:
    a_type()
    number = bring_to(house, State.ACCEPTED)
    for sees in Sees:
        add(person_of(number), sees)
    visit = book(house, number)
    assert told(session) == [("details", "", "premier rendez-vous jeudi 26 novembre à 10 h")]
    close(visit, AttendanceState.ABSENT)
    assert len(told(session)) == 1, "nobody is told of an absence"
    close(visit, AttendanceState.PRESENT)
    services.close(
        prescription_id=number, outcome=Outcome.WORK, note="", actor_id=house.adviser.id, now=NOW.replace(day=27)
    )
    assert sorted(told(session)[1:]) == [
        ("details", "commencé", ""),
        ("details", "terminé", "Emploi trouvé ou gardé"),
        ("steps", "commencé", ""),
        ("steps", "terminé", ""),
    ]
    params = session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "referent_told")).all()
    assert all("Lef" not in str(one) and one["initials"] == "N. L." for one in params)


def test_of_a_protected_file_nobody_is_told(house: House, session: Session) -> None:
    number = bring_to(house, State.ACCEPTED)
    add(person_of(number), Sees.DETAILS)
    with transaction() as opened:
        opened.get_one(Person, person_of(number)).protected = True
    services.start(prescription_id=number, met_on=NOW.date(), actor_id=None, now=NOW)
    assert told(session) == []


def test_whoever_sent_the_person_is_not_told_twice(house: House, session: Session) -> None:
    number = bring_to(house, State.ACCEPTED)
    add(person_of(number), Sees.STEPS, email=get(number).referent_email)
    services.start(prescription_id=number, met_on=NOW.date(), actor_id=None, now=NOW)
    assert told(session) == []


def test_consent_is_dated_changed_and_taken_back(house: House, session: Session) -> None:
    person_id = person_of(bring_to(house, State.ACCEPTED))
    with pytest.raises(errors.ReferentUnreachable):
        add(person_id, Sees.STEPS, email=None)
    number = add(person_id, Sees.NOTHING, email=None)
    row = session.get_one(OutsideReferent, number)
    assert (row.consent_at, row.recipient_id) == (None, None)
    later = NOW.replace(day=25)
    details = ReferentDetails(organisation_name="CCAS", name="Karim", email="karim@ccas.example", sees=Sees.STEPS)
    act: dict[str, Any] = {"person_id": person_id, "referent_id": number, "actor_id": None, "now": later}
    with pytest.raises(StaleVersion):
        services.change_referent(details=details, version=99, **act)
    services.change_referent(details=details, **act)
    session.expire_all()
    assert (row.consent_at, row.sees, row.name) == (later, Sees.STEPS, "Karim")
    services.change_referent(details=ReferentDetails(organisation_name="CCAS", name="Karim", sees=Sees.NOTHING), **act)
    session.expire_all()
    assert (row.consent_at, row.recipient_id) == (None, None)
    assert session.scalars(select(ContactPoint).where(ContactPoint.value == "karim@ccas.example")).all() == []
    services.end_referent(**act)
    assert list_referents(person_id) == []
    assert len(list_referents(person_id, with_ended=True)) == 1
    with pytest.raises(NotFound):
        services.end_referent(**act)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"consent_at": None, "consent_manner": None}, "told_with_consent"),
        ({"consent_manner": None}, "consent_whole"),
        ({"recipient_id": None}, "told_is_reachable"),
        ({"name": ""}, "named"),
        ({"erased_at": NOW}, "erased_is_anonymous"),
        ({"ended_at": NOW.replace(day=1)}, "ended_after_start"),
        ({"sees": "everything"}, "sees"),
    ],
)
def test_a_referent_that_contradicts_itself_is_refused(house: House, values: dict[str, Any], constraint: str) -> None:
    number = add(person_of(bring_to(house, State.ACCEPTED)), Sees.STEPS)
    with pytest.raises((IntegrityError, LookupError, Exception), match=constraint), transaction() as session:
        session.execute(update(OutsideReferent).where(OutsideReferent.id == number).values(**values))


def test_the_file_shows_them_and_the_desk_keeps_them(app: Flask, house: House) -> None:
    person_id = person_of(bring_to(house, State.ACCEPTED))
    base, adviser = f"/personnes/{person_id}/referents", signed_in(app, house.adviser)
    assert "Aucun référent noté" in text_of(adviser.get(base))
    assert adviser.get(f"{base}/ajouter").status_code == 200
    typed = {"organisation_name": "France Travail", "name": "Hélène Carlier", "sees": "steps", "once": "1"}
    assert adviser.post(f"{base}/ajouter", data={**typed, "consent_manner": "spoken"}).status_code == 422
    kept = {**typed, "email": "helene@ft.example", "consent_manner": "spoken", "once": "2"}
    assert adviser.post(f"{base}/ajouter", data=kept).status_code == 303
    [row] = list_referents(person_id)
    assert "Les étapes : reçu, commencé, terminé" in text_of(adviser.get(base))
    assert "France Travail : Hélène Carlier" in text_of(adviser.get(f"/personnes/{person_id}"))
    mine = signed_in(app, make_user(Role.BENEFICIARY, person_id=person_id))
    assert "Nous lui disons seulement : reçu, commencé ou terminé." in text_of(mine.get("/mon-espace"))
    assert 'value="Hélène Carlier"' in text_of(adviser.get(f"{base}/{row.id}"))
    changed = {**kept, "name": "Hélène Petit", "version": row.version, "once": "3"}
    assert adviser.post(f"{base}/{row.id}", data=changed).status_code == 303
    assert adviser.post(f"{base}/{row.id}/terminer", data={"once": "4"}).status_code == 303
    assert adviser.get(f"{base}/{row.id}").status_code == 404
    assert "Plus rien depuis" in text_of(adviser.get(base))
    other = make_person(desk=house.other)
    assert adviser.get(f"/personnes/{other.id}/referents").status_code == 404


def test_they_follow_the_file_and_vanish_with_it(house: House, session: Session) -> None:
    person_id = person_of(bring_to(house, State.ACCEPTED))
    merged = make_person(desk=house.desk).id
    add(merged, Sees.STEPS)
    merge(kept_id=person_id, merged_id=merged, now=NOW)
    assert len(list_referents(person_id)) == 1
    exported = next(one for one in export(person_id=person_id) if one.title.startswith("Autres professionnels"))
    assert [one["organisation"] for one in exported.rows] == ["Département du Nord"]
    assert "Carlier" not in str(exported.rows)
    erase(person_id=person_id, now=NOW)
    session.expire_all()
    row = session.scalars(select(OutsideReferent)).one()
    assert (row.name, row.organisation_name, row.email, row.recipient_id) == ("", "", None, None)
    assert row.ended_at == NOW
