"""What was found for a request, as an adviser and as the person read it: words, table, map, and nobody's name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from mobility.carpool import links
from mobility.carpool.kinds import MatchState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolRequest
from mobility.carpool.services.matching import propose_matches
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.people.models import Person
from tests.factories.carpool import NOW, a_colleague, a_member, a_request, an_offer
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("frozen")


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def request_id(person: Person, desk_id: int) -> int:
    """A request of the person's, met by two offers."""
    desk = db.session.get_one(Desk, desk_id)
    # Two kilometres up the road, so that there is a detour to draw.
    an_offer(a_colleague(desk, is_woman=True, name="Sophie Lemaire"), origin_latitude=50.43, origin_longitude=3.44,
             max_detour_minutes=40)  # fmt: skip
    an_offer(a_colleague(desk, name="Karim Benali"), price_per_km_cents=20)
    row = a_request(a_member(person), origin_label="4 rue des Lilas, Raismes")
    propose_matches(request_id=row.id, now=NOW)
    return row.id


def shapes(answer: Any) -> dict[str, Any]:
    found = re.search(r"<script[^>]*data-map-shapes>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
    assert found
    drawn: dict[str, Any] = json.loads(found[1])
    return drawn


def test_an_adviser_reads_why_each_stands_where_it_does(staff: FlaskClient, request_id: int) -> None:
    page = staff.get(f"/covoiturage/demandes/{request_id}/propositions")
    assert page.status_code == 200
    read = text(page)
    assert re.search(
        r"Une conductrice (fait \d+ minutes? de plus|ne fait pas de détour), passe vers \d+ h( \d\d)?", read
    )
    assert "tous les jours" in read
    assert "Pourquoi cette place dans la liste" in read
    assert "Jours sans place" in read
    for name in ("Lemaire", "Benali"):
        assert name not in read
    assert staff.get(f"/covoiturage/demandes/{request_id}").status_code == 200


def test_the_map_shows_the_way_and_the_detour_but_not_where_the_driver_lives(
    staff: FlaskClient, request_id: int
) -> None:
    first = staff.get(f"/covoiturage/demandes/{request_id}/propositions")
    ids = db.session.scalars(select(CarpoolMatch.id).order_by(CarpoolMatch.id)).all()
    drawn = [shapes(staff.get(f"/covoiturage/demandes/{request_id}/propositions?choix={one}&zones=1")) for one in ids]
    kinds = {feature["properties"]["kind"] for shape in drawn for feature in shape["features"]}
    assert {"pickup", "dropoff", "area", "route", "detour"} <= kinds
    for shape in drawn:
        for feature in shape["features"]:
            if feature["geometry"]["type"] == "LineString":
                for longitude, latitude in feature["geometry"]["coordinates"]:
                    assert abs(latitude - 50.43) > 0.004 or abs(longitude - 3.44) > 0.004
            elif feature["geometry"]["type"] == "Point":
                assert feature["geometry"]["coordinates"] == [
                    round(part, 3) for part in feature["geometry"]["coordinates"]
                ]
    assert "area" not in {feature["properties"]["kind"] for feature in shapes(first)["features"]}
    back = staff.get(f"/covoiturage/demandes/{request_id}/propositions?sens=retour&choix=abc")
    assert back.status_code == 200
    assert "Voir l’aller" in text(back)


def test_the_person_reads_their_own_and_nobody_elses(own: FlaskClient, request_id: int) -> None:
    page = own.get(f"/mon-espace/covoiturage/demandes/{request_id}/propositions")
    assert page.status_code == 200
    read = text(page)
    assert "Personne ne voit votre nom" in read
    assert "Pourquoi cette place" not in read
    for name in ("Lemaire", "Benali"):
        assert name not in read
    other = a_request(a_member(make_person()))
    assert own.get(f"/mon-espace/covoiturage/demandes/{other.id}/propositions").status_code == 404
    assert own.get(f"/covoiturage/demandes/{request_id}/propositions").status_code in {403, 404}


def test_nobody_yet_is_said_and_looking_now_finds(
    staff: FlaskClient, own: FlaskClient, person: Person, desk_id: int
) -> None:
    row = a_request(a_member(person))
    assert "Personne pour le moment" in text(own.get(f"/mon-espace/covoiturage/demandes/{row.id}/propositions"))
    an_offer(a_colleague(db.session.get_one(Desk, desk_id)))
    answer = staff.post(f"/covoiturage/demandes/{row.id}/chercher", follow_redirects=True)
    assert "Une nouvelle proposition." in text(answer)
    again = staff.post(f"/covoiturage/demandes/{row.id}/chercher", follow_redirects=True)
    assert "Rien de nouveau pour le moment" in text(again)
    assert len(db.session.scalars(select(CarpoolMatch.id)).all()) == 1


def test_whoever_has_no_account_reads_theirs_by_link(app: Flask, desk_id: int) -> None:
    desk = db.session.get_one(Desk, desk_id)
    member = a_colleague(desk)
    row = a_request(member)
    other = a_request(a_colleague(desk))
    token = links.make(db.session.get_one(CarpoolMember, member.id), now=NOW)
    client = app.test_client()
    assert "Personne pour le moment" in text(client.get(f"/c/{token}/demandes/{row.id}/propositions"))
    assert client.get(f"/c/{token}/demandes/{other.id}/propositions").status_code == 404


def test_once_both_agreed_the_places_are_exact(staff: FlaskClient, request_id: int) -> None:
    match = db.session.scalars(select(CarpoolMatch).order_by(CarpoolMatch.id)).first()
    assert match is not None
    with transaction() as session:
        row = session.get_one(CarpoolMatch, match.id)
        row.state, row.driver_agreed_at, row.passenger_agreed_at = MatchState.TRIAL, NOW, NOW
        row.trial_until_on = NOW.date()
    drawn = shapes(staff.get(f"/covoiturage/demandes/{request_id}/propositions?choix={match.id}"))
    pickup = next(one for one in drawn["features"] if one["properties"]["kind"] == "pickup")
    leg = db.session.get_one(CarpoolMatch, match.id).legs["there"]
    assert pickup["geometry"]["coordinates"] == [leg["pickup"]["longitude"], leg["pickup"]["latitude"]]


def test_the_page_asks_as_many_questions_for_five_as_for_one(staff: FlaskClient, request_id: int, desk_id: int) -> None:
    asked: list[str] = []

    def count(*arguments: Any) -> None:
        asked.append(arguments[2])

    def queries() -> int:
        asked.clear()
        event.listen(db.engine, "before_cursor_execute", count)
        assert staff.get(f"/covoiturage/demandes/{request_id}/propositions").status_code == 200
        event.remove(db.engine, "before_cursor_execute", count)
        return len(asked)

    queries()
    few = queries()
    desk = db.session.get_one(Desk, desk_id)
    for _ in range(3):
        an_offer(a_colleague(desk))
    propose_matches(request_id=request_id, now=NOW)
    assert db.session.scalars(select(CarpoolRequest.id)).all() == [request_id]
    assert len(db.session.scalars(select(CarpoolMatch.id)).all()) == 5
    assert queries() == few
