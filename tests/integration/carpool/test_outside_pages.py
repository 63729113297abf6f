"""What other services ask of our members, at the desk: seen, answered for whoever telephones, brought back to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import Role
from mobility.carpool import links
from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage, CarpoolOperator
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.services.forgetting import erase_member
from mobility.carpool.standard import calling, mailbox, outward
from mobility.core.crypto import encrypt
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import NOW, a_request
from tests.factories.desks import make_desk
from tests.factories.interop import DOMAIN, a_booking, a_letter, a_sharing_colleague, a_sharing_person, an_operator


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    """A desk, at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield make_desk("Denain")


@pytest.fixture
def service(desk: Desk) -> CarpoolOperator:
    """A service that we may ask."""
    del desk
    return an_operator(base_url="https://blue.example/api", key_encrypted=encrypt("k" * 20), asked=True)


@pytest.fixture
def driver(desk: Desk) -> CarpoolMember:
    return a_sharing_colleague(desk, name="Sophie Lemaire")


@pytest.fixture
def staff(app: Flask, desk: Desk) -> FlaskClient:
    return signed_in(app, make_user(Role.ADVISER, desk_id=desk.id))


def text(answer: Any) -> str:
    assert answer.status_code in {200, 422}, answer.status
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def fresh(row: Any) -> Any:
    identity, model = row.id, type(row)
    db.session.expire_all()
    return load(model, identity)


def test_an_empty_list_says_what_will_stand_in_it(staff: FlaskClient) -> None:
    assert "Rien pour le moment" in text(staff.get("/covoiturage/autres-services"))


def test_the_desk_answers_a_booking_for_whoever_telephones(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember
) -> None:
    booking = a_booking(service, driver, pickup_at=NOW + timedelta(days=2))
    listed = text(staff.get("/covoiturage/autres-services"))
    assert "Sophie Lemaire conduit" in listed
    assert "avec Ana P. (Blue Carpool)" in listed
    page = f"/covoiturage/autres-services/places/{booking.id}"
    assert "Gare de Raismes" in text(staff.get(page))
    assert staff.post(page, data={}).status_code == 422
    assert staff.post(page, data={"answer": "yes"}).status_code == 303
    row: CarpoolBooking = fresh(booking)
    assert (row.status, row.to_tell) == (BookingStatus.CONFIRMED, True)


def test_a_booking_that_is_past_is_no_longer_listed(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember
) -> None:
    a_booking(service, driver, pickup_at=NOW - timedelta(hours=1))
    assert "Sophie" not in text(staff.get("/covoiturage/autres-services"))


def test_the_desk_answers_a_message_and_the_service_is_told(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = a_booking(service, driver, pickup_at=NOW + timedelta(days=2))
    letter = a_letter(service, driver, booking_id=booking.id)
    assert "À lire" in text(staff.get("/covoiturage/autres-services"))
    page = f"/covoiturage/autres-services/messages/{letter.id}"
    assert "partez-vous bien de la gare" in text(staff.get(page))
    assert "500" in text(staff.post(page, data={"answer": "x" * 501}))
    assert staff.post(page, data={"answer": "Oui, devant la gare."}).status_code == 303
    assert "ne l’a pas encore reçue" in text(staff.get(page))
    sent: list[tuple[str, str, Any]] = []

    def call(_service: Any, method: str, path: str, _deadline: Any, body: Any = None) -> calling.Answer:
        sent.append((method, path, body))
        return calling.Answer(201, None)

    monkeypatch.setattr(calling, "call", call)
    assert outward.tell_due(now=NOW) == {"told": 1, "silent": 0}
    [(method, path, body)] = sent
    assert (method, path) == ("POST", "/messages")
    assert body["to"] == {"id": "ana-1", "operator": DOMAIN, "alias": "Ana P."}
    assert body["from"]["id"] == driver.public_id
    assert (body["message"], body["recipientCarpoolerType"]) == ("Oui, devant la gare.", "PASSENGER")
    assert body["bookingId"] == booking.uuid
    assert "Sophie" not in str(body)
    assert "l’a reçue" in text(staff.get(page))
    # What was answered stays, and is told once.
    assert outward.tell_due(now=NOW + timedelta(days=1)) == {"told": 0, "silent": 0}
    mailbox.note_read(message_id=letter.id, answer="Autre chose", actor_id=make_user().id, now=NOW)
    assert fresh(letter).answer == "Oui, devant la gare."


def test_a_service_that_is_silent_is_told_again_and_given_up_in_the_end(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = a_letter(service, driver)
    page = f"/covoiturage/autres-services/messages/{letter.id}"
    staff.post(page, data={"answer": "Oui."})

    def call(*_args: Any, **_values: Any) -> calling.Answer:
        raise calling.EngineDown(reason="timeout")

    monkeypatch.setattr(calling, "call", call)
    at = NOW
    for _turn in range(outward.MOST_TRIES):
        assert outward.tell_due(now=at) == {"told": 0, "silent": 1}
        at += timedelta(days=1)
    assert outward.tell_due(now=at) == {"told": 0, "silent": 0}
    assert "cessé d’essayer" in text(staff.get(page))


def test_a_message_may_be_read_without_an_answer_and_is_gone_once_erased(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember
) -> None:
    letter = a_letter(service, driver)
    page = f"/covoiturage/autres-services/messages/{letter.id}"
    assert staff.post(page, data={"answer": " "}).status_code == 303
    row: CarpoolMessage = fresh(letter)
    assert (row.read_at, row.answer, row.to_tell) == (NOW, "", False)
    answered = a_letter(service, driver)
    mailbox.note_read(message_id=answered.id, answer="Oui, chez moi.", actor_id=make_user().id, now=NOW)
    erase_member(member_id=driver.id, actor_id=None, now=NOW)
    gone: CarpoolMessage = fresh(answered)
    assert (gone.text, gone.from_alias, gone.answer, gone.to_tell) == ("", "", "", False)
    assert staff.get(page).status_code == 404
    with pytest.raises(NotFound):
        mailbox.note_read(message_id=letter.id, answer="Oui", actor_id=make_user().id, now=NOW)


def test_another_desk_sees_nothing_of_it(app: Flask, service: CarpoolOperator, driver: CarpoolMember) -> None:
    booking, letter = a_booking(service, driver, pickup_at=NOW + timedelta(days=2)), a_letter(service, driver)
    other = signed_in(app, make_user(Role.ADVISER, desk_id=make_desk("Cambrai").id))
    assert "Sophie" not in text(other.get("/covoiturage/autres-services"))
    assert other.get(f"/covoiturage/autres-services/places/{booking.id}").status_code == 404
    assert other.get(f"/covoiturage/autres-services/messages/{letter.id}").status_code == 404


def test_what_waits_stands_in_the_list_of_things_to_do(
    staff: FlaskClient, service: CarpoolOperator, driver: CarpoolMember
) -> None:
    a_booking(service, driver, pickup_at=NOW + timedelta(days=2))
    a_letter(service, driver)
    page = text(staff.get("/a-faire"))
    assert "un autre service attend une réponse" in page
    assert "un message d’un autre service" in page


@pytest.mark.parametrize("shared", [True, False])
def test_other_services_stand_on_the_page_of_matches_apart_and_by_a_link(
    app: Flask, desk: Desk, service: CarpoolOperator, staff: FlaskClient, shared: bool
) -> None:
    member = a_sharing_person(desk)
    request = a_request(member, shared=shared)
    own = signed_in(app, make_user(person_id=member.person_id, recipient_id=member.recipient_id))
    path = f"covoiturage/demandes/{request.id}/autres-services"
    for client, space in ((staff, ""), (own, "/mon-espace")):
        page = f"{space}/covoiturage/demandes/{request.id}/propositions"
        shown = text(client.get(page))
        assert "Chez d’autres services" in shown
        assert (path in shown) is shared
    del service


def test_the_person_and_whoever_has_a_link_read_what_other_services_offer(
    app: Flask, client: FlaskClient, desk: Desk, service: CarpoolOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*_args: Any, **_values: Any) -> calling.Answer:
        raise calling.EngineDown(reason="timeout")

    monkeypatch.setattr(calling, "call", call)
    member, colleague = a_sharing_person(desk), a_sharing_colleague(desk)
    own_row, linked_row = a_request(member, shared=True), a_request(colleague, shared=True)
    own = signed_in(app, make_user(person_id=member.person_id, recipient_id=member.recipient_id))
    page = text(own.get(f"/mon-espace/covoiturage/demandes/{own_row.id}/autres-services"))
    assert "Ces personnes sont inscrites ailleurs" in page
    assert "Sans réponse" in page
    assert service.name in page
    assert own.get(f"/mon-espace/covoiturage/demandes/{linked_row.id}/autres-services").status_code == 404
    token = links.make(colleague, now=NOW)
    assert service.name in text(client.get(f"/c/{token}/demandes/{linked_row.id}/autres-services"))
    assert client.get(f"/c/{token}/demandes/{own_row.id}/autres-services").status_code == 404


def test_without_a_service_to_ask_the_page_of_matches_says_nothing_of_it(desk: Desk, staff: FlaskClient) -> None:
    request = a_request(a_sharing_person(desk), shared=True)
    assert (
        "autres services" not in text(staff.get(f"/covoiturage/demandes/{request.id}/propositions")).split("<main")[1]
    )
