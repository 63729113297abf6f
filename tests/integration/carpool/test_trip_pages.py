"""Matches and days behind the three doors: the person's portal, a signed link, the staff's pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event, select

from mobility.accounts.policy import Role
from mobility.carpool import links
from mobility.carpool.kinds import MatchState, RideState
from mobility.carpool.models import CarpoolBlock, CarpoolMatch, CarpoolReport, CarpoolRide
from mobility.carpool.services import agreeing, attending, cancelling
from mobility.carpool.states import Side
from mobility.core.db import db, end_read, load
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import a_colleague, a_match, an_offer
from tests.integration.carpool.worlds import LEGS, NOW, PICKUP, World, a_world

SECRETS = ("Sophie", "Lemaire", "611111111", "6 11 11 11 11", "Mairie de Raismes")


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """A proposed match, seen on Sunday at noon."""
    with time_machine.travel(NOW, tick=False):
        yield a_world()


@pytest.fixture
def nadia(app: Flask, world: World) -> FlaskClient:
    """The passenger's browser."""
    person = load(Person, world.passenger.person_id or 0)
    return signed_in(app, make_user(person_id=person.id, recipient_id=person.recipient_id))


@pytest.fixture
def staff(app: Flask, world: World) -> FlaskClient:
    """An adviser of the desk."""
    return signed_in(app, make_user(Role.ADVISER, desk_id=world.desk.id))


@pytest.fixture
def sophie(app: Flask, world: World) -> str:
    """The driver's own pages, behind her link."""
    return f"/c/{links.make(world.driver, now=NOW)}"


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def ride_of(world: World) -> CarpoolRide:
    end_read()
    query = select(CarpoolRide).where(CarpoolRide.match_id == world.match.id).order_by(CarpoolRide.pickup_at).limit(1)
    return db.session.scalars(query).one()


def test_nothing_of_the_other_is_shown_before_both_agreed_and_then_it_is(
    client: FlaskClient, nadia: FlaskClient, world: World, sophie: str
) -> None:
    page = f"/mon-espace/covoiturage/accords/{world.match.id}"
    before = text(nadia.get(page))
    assert "Une conductrice peut vous emmener." in before
    assert "vers 4 h 10" in before
    assert not [word for word in SECRETS if word in before]
    assert nadia.post(page, data={"act": "passenger_agrees"}).status_code == 303
    asked = text(nadia.get(page))
    assert "Nous attendons la réponse" in asked
    assert not [word for word in SECRETS if word in asked]

    driver_page = f"{sophie}/accords/{world.match.id}"
    seen = text(client.get(driver_page))
    assert "Nadia" not in seen
    assert client.post(driver_page, data={"act": "driver_agrees"}).status_code == 303
    assert "Nadia Benali" in text(client.get(driver_page))
    after = text(nadia.get(page))
    assert "Sophie Lemaire m’emmène" in after
    assert "à 4 h 12, Mairie de Raismes" in after
    assert "+33611111111" in after


def test_a_side_cannot_say_yes_for_the_other(nadia: FlaskClient, world: World) -> None:
    page = f"/mon-espace/covoiturage/accords/{world.match.id}"
    for act in ("driver_agrees", "confirm", "expire", "anything", ""):
        assert nadia.post(page, data={"act": act}).status_code == 400
    assert load(CarpoolMatch, world.match.id).state is MatchState.PROPOSED


def test_a_match_without_seats_answers_in_a_sentence(client: FlaskClient, app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        world = a_world(seats=1)
        _member, _request, second = world.another()
        world.agree()
        agreeing.accept(match_id=second.id, side=Side.PASSENGER, actor_id=None, now=NOW)
        answer = client.post(
            f"/c/{links.make(world.driver, now=NOW)}/accords/{second.id}", data={"act": "driver_agrees"}
        )
        assert answer.status_code == 422
        assert "Il n’y a plus de place dans cette voiture." in text(answer)


def test_the_days_are_listed_one_is_cancelled_by_link_and_the_passenger_sees_what_remains(
    client: FlaskClient, nadia: FlaskClient, world: World, sophie: str
) -> None:
    world.agree()
    an_offer(a_colleague(world.desk, name="Karim Haddad", is_woman=False))
    ride = ride_of(world)
    listed = text(client.get(f"{sophie}/trajets"))
    assert "avec Nadia Benali" in listed
    assert "Je ne peux pas conduire" in text(client.get(f"{sophie}/trajets/{ride.id}"))
    assert "Tous vos passagers sont prévenus" in text(client.get(f"{sophie}/trajets/{ride.id}/annuler"))
    cancelled = client.post(f"{sophie}/trajets/{ride.id}/annuler", data={"whole_day": "y"})
    assert cancelled.status_code == 303
    states = [row.state for row in db.session.scalars(select(CarpoolRide).order_by(CarpoolRide.pickup_at).limit(3))]
    assert states == [RideState.CANCELLED_BY_DRIVER, RideState.CANCELLED_BY_DRIVER, RideState.PLANNED]

    lost = text(nadia.get(f"/mon-espace/covoiturage/trajets/{ride.id}"))
    assert "Ce trajet est annulé" in lost
    assert "Un conducteur peut vous emmener, passe vers 4 h 45 près de chez vous" in lost
    found = db.session.scalars(select(CarpoolMatch).where(CarpoolMatch.only_on == ride.shift_on)).one()
    assert f"/accords/{found.id}" in lost
    offered = text(nadia.get(f"/mon-espace/covoiturage/accords/{found.id}"))
    assert "lundi 23 novembre seulement" in offered
    assert (
        nadia.post(f"/mon-espace/covoiturage/accords/{found.id}", data={"act": "passenger_agrees"}).status_code == 303
    )
    assert "nous attendons sa réponse" in text(nadia.get(f"/mon-espace/covoiturage/trajets/{ride.id}"))
    assert client.get(f"{sophie}/trajets/{ride.id}/annuler").status_code == 303


def test_the_passenger_cancels_in_the_portal(nadia: FlaskClient, world: World) -> None:
    world.agree()
    ride = ride_of(world)
    assert "Je ne viens pas ce jour-là" in text(nadia.get(f"/mon-espace/covoiturage/trajets/{ride.id}"))
    assert nadia.post(f"/mon-espace/covoiturage/trajets/{ride.id}/annuler").status_code == 303
    assert ride_of(world).state is RideState.CANCELLED_BY_PASSENGER
    assert nadia.post(f"/mon-espace/covoiturage/trajets/{ride.id}/annuler").status_code == 422


def test_one_tap_says_that_the_journey_was_made(
    nadia: FlaskClient, client: FlaskClient, world: World, sophie: str
) -> None:
    world.agree()
    ride = ride_of(world)
    page = f"/mon-espace/covoiturage/trajets/{ride.id}/presence"
    assert nadia.post(page, data={"fait": "peut-être"}).status_code == 400
    assert nadia.post(page, data={"fait": "oui"}).status_code == 303
    assert ride_of(world).state is RideState.PLANNED
    with time_machine.travel(PICKUP + timedelta(hours=2), tick=False):
        assert "Avez-vous fait ces trajets ensemble ?" in text(client.get(f"{sophie}/trajets"))
        assert client.post(f"{sophie}/trajets/{ride.id}/presence", data={"fait": "oui"}).status_code == 303
    assert ride_of(world).state is RideState.DONE


def test_a_problem_goes_to_the_desk_alone_and_a_block_ends_it(
    nadia: FlaskClient, client: FlaskClient, staff: FlaskClient, world: World, sophie: str
) -> None:
    world.agree()
    page = f"/mon-espace/covoiturage/accords/{world.match.id}/probleme"
    assert "appelez le 17 ou le 112" in text(nadia.get(page))
    assert nadia.post(page, data={"text": ""}).status_code == 422
    assert nadia.post(page, data={"text": "Il roule trop vite.", "block": "y"}).status_code == 303
    [block] = db.session.scalars(select(CarpoolBlock)).all()
    assert (block.by_member_id, block.other_member_id) == (world.passenger.id, world.driver.id)
    assert "trop vite" not in text(client.get(f"{sophie}/accords/{world.match.id}"))
    assert "Nadia Benali" in text(staff.get("/covoiturage/signalements"))
    assert "Covoiturage : un problème est signalé" in text(staff.get("/a-faire"))
    [report] = db.session.scalars(select(CarpoolReport)).all()
    assert "Il roule trop vite." in text(staff.get(f"/covoiturage/signalements/{report.id}"))
    assert staff.post(f"/covoiturage/signalements/{report.id}", data={"answer": ""}).status_code == 422
    assert staff.post(f"/covoiturage/signalements/{report.id}", data={"answer": "Vu avec elle."}).status_code == 303
    assert "Vu avec elle." in text(staff.get(f"/covoiturage/signalements/{report.id}"))


def test_staff_answer_for_those_who_telephone_and_cancel_a_day_for_them(staff: FlaskClient, world: World) -> None:
    page = f"/covoiturage/accords/{world.match.id}"
    assert "Sophie Lemaire emmène Nadia Benali" in text(staff.get(page))
    for act in ("passenger_agrees", "driver_agrees", "confirm"):
        assert staff.post(f"{page}/suite", data={"act": act}).status_code == 303
    shown = text(staff.get(page))
    assert "Confirmé" in shown
    changed = staff.post(f"{page}/changer", data={"there": "y"})
    assert changed.status_code == 303
    assert staff.post(f"{page}/changer", data={}).status_code == 422
    ride = ride_of(world)
    assert "chaque passager est prévenu" in text(staff.get(f"/covoiturage/trajets/{ride.id}/annuler?qui=driver"))
    assert staff.post(f"/covoiturage/trajets/{ride.id}/annuler?qui=driver").status_code == 303
    day = text(staff.get("/covoiturage/jours?jour=2026-11-23"))
    assert "Sophie Lemaire" in day
    assert "Annulé par la personne qui conduit" in day
    assert "Pas de covoiturage" in text(staff.get("/covoiturage/jours?jour=hier"))
    assert "Sophie Lemaire" in text(staff.get(f"/covoiturage/demandes/{world.request.id}/trajets"))


def test_the_month_is_added_up_and_certified(
    nadia: FlaskClient, staff: FlaskClient, client: FlaskClient, world: World, sophie: str
) -> None:
    world.agree()
    ride = ride_of(world)
    later = PICKUP + timedelta(hours=2)
    attending.attend(ride_id=ride.id, side=Side.DRIVER, was_there=True, actor_id=None, now=later)
    shown = text(nadia.get("/mon-espace/covoiturage/releve?mois=2026-11"))
    assert "On m’a emmené" in shown
    assert "0,45 €" in shown
    assert "Fait" in text(staff.get("/covoiturage/jours?jour=2026-11-23")), "a day of which nothing is planned any more"
    assert "Participations reçues" in text(client.get(f"{sophie}/releve?mois=2026-11"))
    assert "Aucun trajet fait" in text(nadia.get("/mon-espace/covoiturage/releve?mois=2026-10"))
    assert nadia.get("/mon-espace/covoiturage/releve?mois=x").status_code == 200
    assert "Aucun trajet" not in text(staff.get(f"/covoiturage/membres/{world.driver.id}/releve"))
    for answer in (
        nadia.get("/mon-espace/covoiturage/attestation.pdf?mois=2026-11"),
        client.get(f"{sophie}/attestation.pdf"),
        staff.get(f"/covoiturage/membres/{world.passenger.id}/attestation.pdf"),
    ):
        paper = " ".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().replace("\u202f", " ").split())
        assert "Attestation de covoiturage" in paper
        assert "0,45" in paper


def test_nobody_reaches_the_matches_and_days_of_others(
    app: Flask, client: FlaskClient, nadia: FlaskClient, world: World, sophie: str
) -> None:
    world.agree()
    stranger = a_world()
    stranger.agree()
    ride = ride_of(stranger)
    for path in (f"accords/{stranger.match.id}", f"trajets/{ride.id}", f"trajets/{ride.id}/annuler", f"accords/{stranger.match.id}/probleme"):  # fmt: skip
        assert nadia.get(f"/mon-espace/covoiturage/{path}").status_code == 404
        assert client.get(f"{sophie}/{path}").status_code == 404
    assert client.get(f"{sophie}/trajets/999999999999").status_code == 404
    cancelling.cancel_ride(ride_id=ride_of(world).id, actor_id=None, now=NOW)


def test_no_page_asks_more_when_there_are_more_days(nadia: FlaskClient, staff: FlaskClient, world: World) -> None:
    world.agree()
    pages = (
        (nadia, "/mon-espace/covoiturage/trajets"),
        (nadia, f"/mon-espace/covoiturage/accords/{world.match.id}"),
        (staff, f"/covoiturage/accords/{world.match.id}"),
        (staff, "/covoiturage/jours?jour=2026-11-23"),
        (staff, f"/covoiturage/demandes/{world.request.id}/trajets"),
    )
    few = [asked(browser, path) for browser, path in pages]
    for name in ("Awa", "Lina"):
        world.agree(world.another(first_name=name)[2])
    other = an_offer(a_colleague(world.desk, name="Karim Haddad"))
    world.agree(a_match(other, world.request, legs=LEGS))
    many = [asked(browser, path) for browser, path in pages]
    assert [later for now, later in zip(few, many, strict=True) if later > now] == [], (few, many)


def asked(browser: FlaskClient, path: str) -> int:
    """Return how many questions a page asks of the database, looked at for the second time."""
    assert browser.get(path).status_code == 200
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    end_read()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)
