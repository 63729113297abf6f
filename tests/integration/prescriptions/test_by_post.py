"""Somebody who has only an address is told by letter: with a file or before one, once, and never of what is over."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import LetterKind
from mobility.core.db import db
from mobility.journal.models import JournalEntry
from mobility.notifications.delivery import deliver_due
from mobility.notifications.models import OutboxMessage
from mobility.people.lifecycle import parts
from mobility.people.models import Person
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import lifecycle, services
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import RefusalReason, State, outcomes_in
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, receive

BY_POST: dict[str, Any] = {"phone": None, "email": None, "street": "4 rue du Puits"}


def letters(session: Session) -> list[AgendaLetter]:
    session.expire_all()
    return list(session.scalars(select(AgendaLetter).order_by(AgendaLetter.id)))


def waiting(session: Session) -> list[LetterKind]:
    return [row.kind for row in letters(session) if row.dropped_at is None]


def refuse(house: House, number: int) -> None:
    services.refuse(
        prescription_id=number, reason=RefusalReason.OUTSIDE, note="Voyez le CCAS de Lens.\nIl vous attend.",
        actor_id=house.adviser.id, now=NOW,
    )  # fmt: skip


def accept(house: House, number: int) -> Person:
    scope = Scope(desk_ids=None, user_id=house.adviser.id)
    person_id = services.accept(prescription_id=number, actor_id=house.adviser.id, now=NOW, scope=scope, new_file=True)
    return db.session.get_one(Person, person_id)


def sheets(answer: Any) -> list[str]:
    assert answer.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return [page.extract_text().replace("\u00a0", " ").replace("\u202f", " ") for page in pages]


def test_received_then_refused_each_wait_as_a_letter_until_they_are_posted(
    app: Flask, house: House, session: Session
) -> None:
    number = receive(house, **BY_POST)
    [received] = letters(session)
    assert (received.kind, received.person_id, received.desk_id) == (LetterKind.RECEIVED, None, house.desk.id)
    client = signed_in(app, house.adviser)
    page = client.get("/agenda/courriers").text
    assert "Nadia Lefèvre" in page
    assert f'href="/bannette/{number}"' in page
    assert "adresse à compléter" not in page
    [sheet] = sheets(client.get("/agenda/courriers/imprimer"))
    for words in ("Nadia Lefèvre", "4 rue du Puits", "59220 Denain", "Mission locale nous a demandé", "avant le"):
        assert words in sheet, sheet
    assert "http" not in sheet
    assert "+33" not in sheet
    for _twice in range(2):
        assert client.post(f"/agenda/courriers/{received.id}/poste").status_code == 303
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "agenda_letter")).all()
    assert list(acts) == ["agenda.letter_posted"]
    refuse(house, number)
    [_, refused] = letters(session)
    assert letters(session)[0].dropped_at is None, "it is in the post"
    [sheet] = sheets(client.get(f"/agenda/courriers/{refused.id}/imprimer"))
    assert "Nous ne pouvons pas vous accompagner" in sheet
    assert "Voyez le CCAS de Lens." in sheet
    assert "Raison :" in sheet
    assert "Il vous attend.\nAppelez le 06 39 98 00 01" in sheet, "what was written by hand stands apart"


def test_what_nobody_has_posted_gives_way_to_the_refusal(house: House, session: Session) -> None:
    number = receive(house, **BY_POST)
    refuse(house, number)
    assert waiting(session) == [LetterKind.REFUSED]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"street": "4 rue du Puits"},
        {"street": "4 rue du Puits", "email": None},
        {"street": "4 rue du Puits", "phone": None},
    ],
)
def test_whoever_has_another_way_gets_no_letter(house: House, session: Session, values: dict[str, Any]) -> None:
    number = receive(house, **values)
    refuse(house, number)
    deliver_due(now=NOW + DAY)
    assert letters(session) == []


def test_a_landline_is_for_calls_so_the_letter_goes_once(house: House, session: Session) -> None:
    receive(house, phone="03 27 00 00 01", email=None, street="4 rue du Puits")
    deliver_due(now=NOW)
    deliver_due(now=NOW + DAY)
    [letter] = letters(session)
    [message] = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "prescription_received"))
    assert (letter.kind, letter.key) == (LetterKind.RECEIVED, message.dedup_key)


def test_a_landline_alone_has_no_address(house: House, session: Session) -> None:
    receive(house, phone="03 27 00 00 01", email=None)
    deliver_due(now=NOW)
    assert letters(session) == []


def test_with_a_file_dates_noted_by_hand_go_by_post_too(app: Flask, house: House, session: Session) -> None:
    number = receive(house, **BY_POST)
    person = accept(house, number)
    [received] = letters(session)
    assert (received.person_id, received.receiver) == (person.id, {})
    team: dict[str, Any] = {"prescription_id": number, "actor_id": house.adviser.id, "now": NOW}
    services.book_meeting(meeting_at=NOW + 9 * DAY, **team)
    deliver_due(now=NOW)
    assert waiting(session) == [LetterKind.RECEIVED, LetterKind.BOOKED]
    client = signed_in(app, house.adviser)
    [first, second] = sheets(client.get("/agenda/courriers/imprimer"))
    assert "59220 Denain" in first
    assert "jeudi 3 décembre à 10 h" in second
    services.unbook_meeting(**team)
    deliver_due(now=NOW)
    assert waiting(session) == [LetterKind.RECEIVED, LetterKind.CANCELLED]
    assert f'href="/personnes/{person.id}' in client.get("/agenda/courriers").text
    client.post(f"/agenda/courriers/{received.id}/poste")
    kinds = session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == person.id)).all()
    assert "agenda.letter_posted" in kinds
    part = next(one for one in parts() if one.room == "agenda")
    assert part.export is not None
    told = next(one for one in part.export(person_id=person.id) if one.title == "Courriers")
    assert "orientation reçue" in [row["kind"] for row in told.rows]


def test_accepted_moved_and_ended_go_by_post_too(app: Flask, house: House, session: Session) -> None:
    number = receive(house, **BY_POST)
    person = accept(house, number)
    deliver_due(now=NOW)
    assert waiting(session) == [LetterKind.RECEIVED, LetterKind.ACCEPTED]
    accepted = letters(session)[-1]
    assert accepted.person_id == person.id
    [sheet] = sheets(signed_in(app, house.adviser).get(f"/agenda/courriers/{accepted.id}/imprimer"))
    assert "Votre demande est acceptée" in sheet
    assert "pour choisir le jour de votre premier rendez-vous" in sheet
    services.close(
        prescription_id=number, outcome=outcomes_in(get(number).state)[0], note="", actor_id=house.adviser.id, now=NOW
    )
    deliver_due(now=NOW)
    assert waiting(session) == [LetterKind.ENDED], "what nobody has posted holds no more"
    other = receive(house, **BY_POST)
    away = make_desk("Cambrai")
    services.transfer(prescription_id=other, desk_id=away.id, note="Plus près.", actor_id=house.adviser.id, now=NOW)
    deliver_due(now=NOW)
    moved = letters(session)[-1]
    assert (moved.kind, moved.desk_id) == (LetterKind.TRANSFERRED, away.id)


def test_a_date_that_is_over_is_nobody_s_news(house: House, session: Session) -> None:
    number = bring_to(house, State.MEETING_BOOKED, **BY_POST)
    deliver_due(now=NOW + 3 * DAY)
    assert get(number).meeting_at is not None
    assert waiting(session) == [LetterKind.RECEIVED, LetterKind.ACCEPTED]


def test_where_somebody_else_opens_the_post_nothing_stands_on_the_subject(
    app: Flask, house: House, session: Session
) -> None:
    number = receive(house, discreet=True, **BY_POST)
    refuse(house, number)
    assert {(row.kind, str(row.params)) for row in letters(session)} == {(LetterKind.CALL, "{}")}
    found = sheets(signed_in(app, house.adviser).get("/agenda/courriers/imprimer"))
    assert "Appelez-nous" in found[0]
    for words in ("déplacer", "Mission locale", "accompagner", "CCAS", "L’équipe"):
        assert words not in "".join(found)


def test_only_the_desk_sees_it_and_a_protected_file_only_its_named_staff(
    app: Flask, house: House, session: Session
) -> None:
    number = receive(house, **BY_POST)
    [letter] = letters(session)
    there = signed_in(app, make_user(Role.ADVISER, desk_id=house.other.id))
    here = signed_in(app, house.adviser)
    assert "Nadia" not in there.get("/agenda/courriers").text
    for act in (
        there.get(f"/agenda/courriers/{letter.id}/imprimer"),
        there.post(f"/agenda/courriers/{letter.id}/poste"),
    ):
        assert act.status_code in {403, 404}
    person = accept(house, number)
    person.protected = True
    db.session.commit()
    assert "Nadia" not in here.get("/agenda/courriers").text
    assert here.get("/agenda/courriers/imprimer").status_code == 303
    assert here.get(f"/agenda/courriers/{letter.id}/imprimer").status_code in {403, 404}


def test_another_desk_posts_what_it_takes_over(house: House, session: Session) -> None:
    number = receive(house, **BY_POST)
    services.transfer(
        prescription_id=number, desk_id=house.other.id, note="Elle déménage.", actor_id=house.adviser.id, now=NOW
    )
    assert [row.desk_id for row in letters(session)] == [house.other.id, house.other.id]
    assert waiting(session) == [LetterKind.RECEIVED, LetterKind.TRANSFERRED]


def test_a_commune_of_several_postcodes_is_completed_by_hand(app: Flask, house: House, session: Session) -> None:
    receive(house, desk_id=house.desk.id, insee_code="59350", **BY_POST)
    assert letters(session)[0].receiver["postcode"] == ""
    client = signed_in(app, house.adviser)
    assert "adresse à compléter" in client.get("/agenda/courriers").text
    assert client.get("/agenda/courriers/imprimer").status_code == 303


def test_words_and_receiver_go_with_the_orientation_and_with_the_file(house: House, session: Session) -> None:
    alone, kept = receive(house, **BY_POST), receive(house, **BY_POST, last_name="Autre")
    person = accept(house, kept)
    lifecycle.erase_rows(list(session.scalars(select(Prescription).where(Prescription.id == alone))), now=NOW)
    db.session.commit()
    first, second = letters(session)
    assert (first.params, first.receiver, first.dropped_at) == ({}, {}, NOW)
    assert second.dropped_at is None
    for part in parts():
        if part.erase is not None and part.room in {"agenda", "prescriptions"}:
            part.erase(person_id=person.id, now=NOW)
    db.session.commit()
    assert letters(session)[1].params == {}
    assert waiting(session) == []


def test_the_list_takes_as_many_queries_for_ten_as_for_one(app: Flask, house: House, count_queries: Any) -> None:
    client = signed_in(app, house.adviser)
    receive(house, **BY_POST)
    client.get("/agenda/courriers")
    with count_queries() as one:
        assert "Nadia" in client.get("/agenda/courriers").text
    for letter in "abcdefghi":
        accept(house, receive(house, **{**BY_POST, "last_name": f"Autre{letter}"}))
    receive(house, **{**BY_POST, "last_name": "Encore"})
    with count_queries() as many:
        assert client.get("/agenda/courriers").text.count("C’est posté") == 11
    assert many.total == one.total
