"""The pages of the first meeting: proposed by the desk, chosen by the person, booked by the prescriber; two at once."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.agenda.rules import AttendanceState
from mobility.notifications.models import OutboxMessage
from mobility.prescriptions import services, tokens
from mobility.prescriptions.queries.meetings import first_types
from mobility.prescriptions.rules.states import RefusalReason, State
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_type, an_opening
from tests.factories.prescriptions import NOW, House, bring_to, get
from tests.integration.prescriptions.test_meetings import book, close


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.get_data(as_text=True)).replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture
def doors(app: Flask, house: House, client: FlaskClient) -> SimpleNamespace:
    a_type()
    an_opening(house.adviser, house.desk)
    colleague = make_user(Role.ADVISER, desk_id=house.desk.id, name="Yasmina Benali")
    return SimpleNamespace(
        house=house,
        adviser=signed_in(app, house.adviser),
        colleague=signed_in(app, colleague),
        prescriber=signed_in(app, house.prescriber),
        anonymous=client,
    )


def slots_in(page: str) -> list[str]:
    return re.findall(r'name="slot"[^>]*value="([\d.]+)"', page) or re.findall(r'value="(\d{8,}\.\d+\.\d+)"', page)


def test_the_desk_proposes_and_books_a_free_hour(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ACCEPTED)
    assert "Proposer un premier rendez-vous" in text_of(doors.adviser.get(f"/bannette/{number}"))
    page = text_of(doors.adviser.get(f"/bannette/{number}/premier-rendez-vous"))
    assert "Première heure libre : mardi 24 novembre à 11 h" in page
    assert "C’est dans le délai." in page
    address = re.search(r'href="(/personnes/\d+/rendez-vous/nouveau\?[^"]+)"', page)
    assert address
    target = address[1].replace("&amp;", "&")
    slots = slots_in(text_of(doors.adviser.get(target)))
    assert doors.adviser.post(target, data={"slot": slots[0], "once": "1"}).status_code == 303
    assert get(number).state is State.MEETING_BOOKED
    shown = text_of(doors.adviser.get(f"/bannette/{number}"))
    assert "Premier rendez-vous : mardi 24 novembre" in shown
    assert "pris par l’antenne" in shown
    assert "Annuler le rendez-vous" not in shown, "it is changed in the agenda"


def test_nothing_is_proposed_before_the_acceptance(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ASSIGNED)
    assert doors.adviser.get(f"/bannette/{number}/premier-rendez-vous").location.endswith(f"/bannette/{number}")


def test_the_person_chooses_on_their_phone(doors: SimpleNamespace, session: Session) -> None:
    number = bring_to(doors.house, State.ACCEPTED)
    type_id = first_types(doors.house.desk.id)[0].id
    target = f"/bannette/{number}/premier-rendez-vous/inviter/{type_id}"
    assert doors.adviser.post(target, data={"once": "1"}).status_code == 303
    assert "Lien pour choisir l’heure envoyé" in text_of(doors.adviser.get(f"/bannette/{number}"))
    invitation = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "appointment_invitation")).one()
    link = urlsplit(invitation.params["link"]).path
    slots = slots_in(text_of(doors.anonymous.get(link)))
    text_of(doors.anonymous.post(link, data={"slot": slots[1], "once": "2"}))
    assert get(number).state is State.MEETING_BOOKED
    assert "pris en ligne par la personne" in text_of(doors.adviser.get(f"/bannette/{number}"))
    follow = text_of(doors.anonymous.get(urlsplit(tokens.follow_url(get(number))).path))
    assert "Premier rendez-vous :" not in follow, "without consent the prescriber reads three words"
    assert "Choisir le premier rendez-vous" not in follow
    wrong = f"/bannette/{number}/premier-rendez-vous/inviter/999999"
    assert doors.adviser.post(wrong, data={"once": "3"}).location.endswith("/premier-rendez-vous")


def test_the_prescriber_books_with_the_person_and_reads_the_date(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ACCEPTED, shares_back=True)
    follow = urlsplit(tokens.follow_url(get(number))).path
    assert f"{follow}/rendez-vous" in text_of(doors.anonymous.get(follow))
    assert follow in text_of(doors.prescriber.get("/mes-orientations"))
    page = text_of(doors.anonymous.get(f"{follow}/rendez-vous"))
    assert "Nadia" not in page
    assert "Lefèvre" not in page
    assert doors.anonymous.post(f"{follow}/rendez-vous", data={"once": "1"}).status_code == 422
    done = doors.anonymous.post(f"{follow}/rendez-vous", data={"slot": slots_in(page)[0], "once": "2"})
    assert done.status_code == 303
    shown = text_of(doors.anonymous.get(done.location))
    assert "Le rendez-vous est pris" in shown
    assert "Premier rendez-vous : jeudi 26 novembre" in shown or "Premier rendez-vous : mercredi 25" in shown
    assert doors.anonymous.get(f"{follow}/rendez-vous").status_code == 303, "there is one already"
    assert "pris par le prescripteur" in text_of(doors.adviser.get(f"/bannette/{number}"))


def test_after_an_absence_the_inbox_says_so_and_another_date_is_proposed(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ACCEPTED, shares_back=True)
    close(book(doors.house, number), AttendanceState.ABSENT)
    shown = text_of(doors.adviser.get(f"/bannette/{number}"))
    assert "La personne n’est pas venue jeudi 26 novembre à 10 h" in shown
    assert "Proposer un autre rendez-vous" in shown
    assert "Pas venue, à inviter de nouveau" in text_of(doors.adviser.get("/bannette"))
    assert "n’est pas venue" not in text_of(doors.anonymous.get(urlsplit(tokens.follow_url(get(number))).path))


def test_two_people_who_decide_at_once_see_what_the_other_did(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ASSIGNED)
    base = f"/bannette/{number}"
    version = re.search(r'name="version" type="hidden" value="(\d+)"', text_of(doors.colleague.get(f"{base}/terminer")))
    assert version
    services.refuse(
        prescription_id=number, reason=RefusalReason.OUTSIDE, note="Voyez Lens.",
        actor_id=doors.house.adviser.id, now=NOW,
    )  # fmt: skip
    stale = {"outcome": "withdrew", "note": "Elle renonce.", "version": version[1], "once": "1"}
    answer = doors.colleague.post(f"{base}/terminer", data=stale)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Quelqu’un a agi pendant que vous écriviez" in page
    assert "Refusée, Marion Delattre" in page.replace("\xa0", " ")
    assert "Elle renonce." in page, "what was typed is kept"
    assert get(number).state is State.REFUSED


def test_who_takes_what_a_colleague_has_just_taken_is_told(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.RECEIVED)
    address = re.search(
        rf"/bannette/{number}/prendre\?version=\d+", text_of(doors.colleague.get(f"/bannette/{number}"))
    )
    assert address
    assert doors.adviser.post(f"/bannette/{number}/prendre", data={"once": "1"}).status_code == 303
    doors.colleague.post(address[0], data={"once": "2"})
    assert get(number).assignee_id == doors.house.adviser.id
    assert "Entre-temps : prise en charge (Marion Delattre)" in text_of(doors.colleague.get(f"/bannette/{number}"))


def test_what_ended_is_reopened_on_its_page(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.REFUSED)
    assert "Rouvrir" in text_of(doors.adviser.get(f"/bannette/{number}"))
    target = f"/bannette/{number}/rouvrir"
    assert doors.adviser.get(target).status_code == 200
    assert doors.adviser.post(target, data={"note": " ", "once": "1"}).status_code == 422
    assert doors.adviser.post(target, data={"note": "Elle a déménagé ici.", "once": "2"}).status_code == 303
    assert get(number).state is State.ASSIGNED
    assert "Elle a déménagé ici." in text_of(doors.adviser.get(f"/bannette/{number}"))
    again = doors.adviser.post(target, data={"note": "Encore", "once": "3"})
    assert again.status_code == 422


def test_a_decision_that_still_holds_is_sent_again(doors: SimpleNamespace) -> None:
    number = bring_to(doors.house, State.ASSIGNED)
    target = f"/bannette/{number}/transferer"
    before = get(number).version
    services.assign(prescription_id=number, user_id=doors.house.manager.id, actor_id=doors.house.adviser.id, now=NOW)
    typed = {"desk_id": doors.house.other.id, "note": "Elle habite Caudry.", "version": before, "once": "1"}
    refused = doors.colleague.post(target, data=typed)
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "Quelqu’un a agi pendant que vous écriviez" in page
    again = {**typed, "version": re.findall(r'name="version" type="hidden" value="(\d+)"', page)[0], "once": "2"}
    assert doors.colleague.post(target, data=again).status_code == 303
    assert get(number).desk_id == doors.house.other.id
