"""Letters: made when no channel carries the message, printed for a window envelope, marked as posted."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, update

from mobility.accounts.policy import Role
from mobility.agenda import services
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import LetterKind
from mobility.agenda.rules import AttendanceState, Origin
from mobility.agenda.services import Next, letters
from mobility.core.db import db, transaction
from mobility.journal.models import JournalEntry
from mobility.notifications.delivery import deliver_due
from mobility.people.lifecycle import parts
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, hours_later, make_agenda
from tests.factories.desks import make_desk
from tests.integration.agenda.test_constraints import attempt

WITHOUT_DATE = {
    LetterKind.INVITATION, LetterKind.ABSENCE, LetterKind.RECEIVED, LetterKind.REFUSED, LetterKind.CALL,
    LetterKind.ACCEPTED, LetterKind.TRANSFERRED, LetterKind.ENDED,
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("app")


def unreachable(scene: Agenda) -> Person:
    """Somebody who has neither telephone nor e-mail, and a home."""
    person = scene.another(email="", street="4 rue du Puits", postcode="59220", city="Denain")
    with transaction() as session:
        return session.merge(person)


def made(person_id: int) -> list[AgendaLetter]:
    db.session.expire_all()
    query = select(AgendaLetter).where(AgendaLetter.person_id == person_id).order_by(AgendaLetter.id)
    return list(db.session.scalars(query))


def test_a_booking_that_no_channel_carries_becomes_a_letter_and_a_reminder() -> None:
    scene = make_agenda()
    person = unreachable(scene)
    visit = scene.book(person_id=person.id, starts_at=THURSDAY + timedelta(days=21))
    deliver_due(now=hours_later(0.1))
    booked, reminder = made(person.id)
    assert [row.kind for row in (booked, reminder)] == [LetterKind.BOOKED, LetterKind.REMINDER]
    assert (booked.post_on, reminder.post_on) == (date(2026, 11, 24), date(2026, 12, 10))
    assert booked.params["when"] == "jeudi 17 décembre à 10\u00a0h"
    assert "link" not in booked.params
    deliver_due(now=hours_later(0.2))
    assert len(made(person.id)) == 2
    # Moved: what nobody has posted says a wrong hour.
    services.move(
        attendance_id=visit, adviser_id=scene.adviser.id, starts_at=THURSDAY + timedelta(days=1),
        origin=Origin.STAFF, actor_id=None, now=hours_later(1),
    )  # fmt: skip
    deliver_due(now=hours_later(1.1))
    *dropped, moved = made(person.id)
    assert all(row.dropped_at is not None for row in dropped)
    assert (moved.kind, moved.dropped_at) == (LetterKind.MOVED, None)
    services.cancel(attendance_id=visit, by_person=True, actor_id=None, now=hours_later(2))
    deliver_due(now=hours_later(2.1))
    assert [row.kind for row in made(person.id) if row.dropped_at is None] == [LetterKind.CANCELLED]


def test_whoever_is_reached_gets_no_letter() -> None:
    scene = make_agenda()
    scene.book()
    deliver_due(now=hours_later(0.1))
    assert made(scene.person.id) == []


def test_invited_by_letter_and_after_an_absence_too() -> None:
    scene = make_agenda()
    person = unreachable(scene)
    services.invite_person(person_id=person.id, type_id=scene.first.id, desk_id=scene.desk.id, actor_id=None, now=NOW)
    visit = scene.book(person_id=person.id)
    over = THURSDAY + timedelta(hours=2)
    services.close(attendance_id=visit, state=AttendanceState.ABSENT, following=Next(), actor_id=None, now=over)
    services.invite_again(now=over + timedelta(days=4))
    deliver_due(now=over + timedelta(days=4))
    kinds = [row.kind for row in made(person.id) if row.dropped_at is None]
    assert LetterKind.INVITATION in kinds
    assert LetterKind.ABSENCE in kinds
    assert LetterKind.BOOKED not in kinds, "it is over"


def paper(content: bytes) -> list[str]:
    return [
        page.extract_text().replace("\u00a0", " ").replace("\u202f", " ")
        for page in PdfReader(io.BytesIO(content)).pages
    ]


@pytest.mark.parametrize("kind", LetterKind)
def test_each_letter_is_one_sheet_with_its_address(kind: LetterKind) -> None:
    scene = make_agenda()
    person = unreachable(scene)
    scene.book(person_id=person.id)
    deliver_due(now=hours_later(0.1))
    with transaction() as session:
        session.execute(update(AgendaLetter).values(kind=kind))
    (sheet,) = paper(letters.print_letters([row.id for row in made(person.id)], now=NOW))
    for wanted in ("Bonjour", "4 rue du Puits", "59220 Denain", person.last_name, "24 novembre 2026"):
        assert wanted in sheet
    assert ("jeudi 26 novembre à 10 h" in sheet) is (kind not in WITHOUT_DATE)


def test_what_was_typed_is_read_as_text_and_long_words_stay_on_one_sheet() -> None:
    scene = make_agenda()
    person = unreachable(scene)
    scene.book(person_id=person.id)
    deliver_due(now=hours_later(0.1))
    with transaction() as session:
        row = session.scalars(select(AgendaLetter)).one()
        row.params = {**row.params, "instructions": "#panic() *gras* " + "Sonnez deux fois. " * 20, "papers": "é" * 300}
    (sheet,) = paper(letters.print_letters([row.id], now=NOW))
    assert "#panic() *gras*" in sheet


def test_the_list_prints_and_notes_what_is_posted(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    people = [unreachable(scene) for _ in range(2)]
    homeless = scene.another(email="", street="")
    for number, person in enumerate([*people, homeless]):
        scene.book(person_id=person.id, starts_at=THURSDAY + timedelta(days=number))
    deliver_due(now=NOW)
    client = signed_in(app, scene.adviser)
    page = client.get("/agenda/courriers").text
    assert page.count("C’est posté") == 3
    assert "adresse à compléter" in page
    answer = client.get("/agenda/courriers/imprimer")
    assert answer.mimetype == "application/pdf"
    assert len(paper(answer.data)) == 2, "who has no address waits for it"
    (letter,) = made(people[0].id)
    assert client.get(f"/agenda/courriers/{letter.id}/imprimer").data.startswith(b"%PDF")
    for _twice in range(2):
        assert client.post(f"/agenda/courriers/{letter.id}/poste").status_code == 303
    entries = db.session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == people[0].id)).all()
    assert entries.count("agenda.letter_posted") == 1
    assert client.get("/agenda/courriers").text.count("C’est posté") == 2
    stranger = signed_in(app, make_user(Role.ADVISER, desk_id=make_desk("Caudry").id))
    assert "C’est posté" not in stranger.get("/agenda/courriers").text
    assert stranger.get("/agenda/courriers/imprimer").status_code == 303


def test_posted_or_dropped_and_erased() -> None:
    scene = make_agenda()
    person = unreachable(scene)
    scene.book(person_id=person.id)
    deliver_due(now=hours_later(0.1))
    attempt(update(AgendaLetter).values(posted_at=NOW, dropped_at=NOW), "posted_or_dropped")
    attempt(update(AgendaLetter).values(person_id=None), "to_somebody")
    attempt(update(AgendaLetter).values(subject_id=1), "subject_whole")
    part = next(one for one in parts() if one.room == "agenda")
    assert part.export is not None
    assert part.erase is not None
    told = next(one for one in part.export(person_id=person.id) if one.title == "Courriers")
    assert [row["kind"] for row in told.rows] == ["rendez-vous pris"]
    part.erase(person_id=person.id, now=hours_later(1))
    (row,) = made(person.id)
    assert (row.params, row.dropped_at) == ({}, hours_later(1))
