"""The person's page: everything about somebody, its timeline, its notes and its weeks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.models import AuditEntry, User
from mobility.core.db import db, transaction
from mobility.journal import services as journal
from mobility.ledger import services as ledger
from mobility.ledger.rules import LedgerKind
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.notifications.templates import find_label
from mobility.pathway import services
from mobility.pathway.rules import MeansKind
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote, Person
from tests.factories.pathway import MONDAY, NOW, a_roster, a_step, an_objective
from tests.factories.people import make_person
from tests.integration.pathway.pages import filled, text

pytestmark = pytest.mark.usefixtures("frozen")


def test_the_persons_page_tells_everything(staff: FlaskClient, person: Person, adviser: User) -> None:
    with transaction() as session:
        session.add(
            ContactPoint(
                recipient_id=person.recipient_id,
                channel=Channel.SMS,
                value="+33639981234",
                holder=Holder.RELATIVE,
                holder_name="Sa sœur",
                safe_from=datetime(2026, 1, 1, 9).time(),
                safe_until=datetime(2026, 1, 1, 17).time(),
                neutral=True,
                created_at=NOW,
            )
        )
    objective_id = filled(person.id)
    services.add_own_means(
        objective_id=objective_id,
        kind=MeansKind.BUS,
        weekdays=[3],
        there=True,
        back=False,
        starts_on=MONDAY,
        note="Ligne 14",
        actor_id=adviser.id,
        now=NOW,
    )
    journal.add_note(person_id=person.id, note="A trouvé un emploi à Onnaing", actor_id=adviser.id, now=NOW)
    ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=1250, label="Essai", now=NOW)
    page = text(staff.get(f"/personnes/{person.id}"))
    for words in (
        "Nadia Leroy",
        "Préparatrice de commandes",
        "Du lundi au vendredi, 5 h – 13 h, sauf jours fériés",
        "À partir du 26 novembre, plus de solution pour l’équipe du matin",
        "Clio AA-123-AA",
        "/essais/1",
        "12,00 €",
        "Reste à payer : 12,50 €",
        "Réserver un véhicule",
        "Le droit finit vendredi",
        "Message neutre",
        "De 9 h à 17 h seulement",
        "Un proche (Sa sœur)",
        "A trouvé un emploi à Onnaing",
        "Objectif ouvert, à partir du lundi 23 novembre",
        "Du 16 novembre au 6 décembre",
        "Ligne 14",
    ):
        assert words in page, words


def test_calls_and_messages_stand_on_the_same_timeline_but_codes_do_not(
    staff: FlaskClient, person: Person, adviser: User, desk_id: int
) -> None:
    with transaction() as session:
        session.add(
            ContactNote(
                desk_id=desk_id,
                person_id=person.id,
                kind=NoteKind.CALL,
                text="Demande un vélo",
                noted_at=NOW,
                noted_by_id=adviser.id,
                callback_user_id=adviser.id,
                callback_due_on=MONDAY,
            )
        )
        facts = {"recipient_id": person.recipient_id, "created_at": NOW, "due_at": NOW, "leave_at": NOW}
        session.add(
            OutboxMessage(
                dedup_key="a", template="staff_alert", message_class=MessageClass.NORMAL, person_id=person.id, **facts
            )
        )
        session.add(
            OutboxMessage(
                dedup_key="b",
                template="sign_in_code",
                message_class=MessageClass.SECURITY,
                person_id=person.id,
                **facts,
            )
        )
    page = text(staff.get(f"/personnes/{person.id}"))
    assert "Appel : à rappeler" in page
    assert "Demande un vélo" in page
    assert f"Message : {find_label('staff_alert')} (en attente)" in page
    assert find_label("sign_in_code") not in page


def test_every_view_of_the_page_is_logged(staff: FlaskClient, person: Person, adviser: User) -> None:
    staff.get(f"/personnes/{person.id}")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "view")).one()
    assert (entry.actor_user_id, entry.person_id, entry.subject_kind) == (adviser.id, person.id, "person")


def test_the_page_of_a_new_person_says_what_to_do_first(staff: FlaskClient, person: Person) -> None:
    page = text(staff.get(f"/personnes/{person.id}"))
    assert "Pas d’objectif en cours." in page
    assert "Rien n’est encore noté." in page
    assert "Rien à payer." in page


def test_a_merged_file_leads_to_the_one_that_stands(staff: FlaskClient, person: Person, desk_id: int) -> None:
    other = make_person(desk_id=desk_id)
    with transaction() as session:
        session.get_one(Person, other.id).merged_into_id = person.id
        session.get_one(Person, other.id).merged_at = NOW
    answer = staff.get(f"/personnes/{other.id}")
    assert (answer.status_code, answer.location) == (303, f"/personnes/{person.id}")


def test_the_number_of_queries_does_not_grow_with_the_data(
    staff: FlaskClient, person: Person, adviser: User, count_queries: Any
) -> None:
    def measure(path: str, client: FlaskClient) -> int:
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        return int(seen.total)

    filled(person.id)
    few = measure(f"/personnes/{person.id}", staff)
    for number in range(8):
        objective_id = an_objective(person.id)
        a_roster(objective_id)
        for ref in range(6):
            a_step(person.id, objective_id, aid_ref=100 + number * 10 + ref)
        journal.add_note(person_id=person.id, note="Une note", actor_id=adviser.id, now=NOW)
        ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=100, label="x", now=NOW)
    assert measure(f"/personnes/{person.id}", staff) == few
    assert few < 35


def test_a_quick_note_is_kept_and_a_double_click_keeps_one(staff: FlaskClient, person: Person) -> None:
    typed = {"note": "Rappeler mardi 👋", "once": "same-key"}
    for _ in range(2):
        assert staff.post(f"/personnes/{person.id}/notes", data=typed).status_code == 303
    page = text(staff.get(f"/personnes/{person.id}"))
    assert page.count("Rappeler mardi 👋") == 1


@pytest.mark.parametrize("typed", ["", " ", "é" * 10_000, "1 85 05 78 006 084 91"])
def test_a_note_that_cannot_be_kept_is_refused_with_what_was_typed(
    staff: FlaskClient, person: Person, typed: str
) -> None:
    answer = staff.post(f"/personnes/{person.id}/notes", data={"note": typed})
    assert answer.status_code == 422
    assert typed.strip()[:50] in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "start",
    [
        "2026-12-28",
        "2028-02-29",
        "2031-01-01",
        "abc",
        "2026-13-01",
        "9999-12-31",
        "0001-01-01",
        "é" * 500,
        "2026-11-31",
    ],
)
def test_any_weeks_may_be_asked_for(staff: FlaskClient, person: Person, start: str) -> None:
    filled(person.id)
    assert staff.get(f"/personnes/{person.id}", query_string={"du": start}).status_code == 200


def test_the_pages_below_a_file_name_the_person_in_their_breadcrumbs(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    for path in (
        f"/personnes/{person.id}/compte",
        f"/objectifs/{objective_id}/horaires",
        f"/objectifs/{objective_id}/moyens",
    ):
        assert f'<a href="/personnes/{person.id}">Nadia Leroy</a>' in text(staff.get(path))
