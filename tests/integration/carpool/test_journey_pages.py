"""A person asks, a volunteer offers by a link, staff see both."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobility.carpool import links
from mobility.carpool.kinds import JourneyState, MemberKind, MemberState, Timing
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.core.db import db
from mobility.notifications.models import OutboxMessage
from mobility.people.kinds import ConsentKind
from mobility.people.models import Person, PersonConsent
from tests.factories.carpool import NOW, a_colleague, a_member, a_request, an_offer
from tests.factories.pathway import an_objective
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("frozen")

ASKED = {
    "origin": "home",
    "destination": "other",
    "destination_street": "Parc d’activités",
    "destination_commune": "Onnaing (59264)",
    "ways": ["there", "back"],
    "timing": "weekly",
    "days": ["0", "1", "2", "3", "4"],
    "starts": "5h",
    "ends": "13h",
    "holidays_off": "y",
    "starts_on": "2026-11-30",
    "early_minutes": "30",
    "late_minutes": "20",
    "seats": "1",
    "child_seats": "0",
    "luggage": "small",
    "max_walk_metres": "800",
    "non_smoking": "y",
}
OFFERED = {
    **{name: value for name, value in ASKED.items() if name != "max_walk_metres"},
    "origin": "other",
    "origin_commune": "Raismes",
    "seats": "3",
    "max_detour_minutes": "12",
    "price_per_km_cents": "0,05",
}


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def a_volunteer(desk_id: int) -> CarpoolMember:
    from mobility.desks.models import Desk

    return a_colleague(
        db.session.get_one(Desk, desk_id),
        kind=MemberKind.VOLUNTEER,
        organisation_id=None,
        declared_at=NOW,
        name="Luc Petit",
    )


def test_a_person_joins_and_asks_in_their_portal_and_staff_see_it(
    own: FlaskClient, staff: FlaskClient, person: Person
) -> None:
    assert "Je participe" in text(own.get("/mon-espace/covoiturage"))
    refused = own.post("/mon-espace/covoiturage/participer", data={"woman": "yes"})
    assert refused.status_code == 422
    assert "Cochez cette case pour participer." in text(refused)
    joined = own.post("/mon-espace/covoiturage/participer", data={"woman": "yes", "agrees": "y"})
    assert joined.status_code == 303
    member = db.session.scalars(select(CarpoolMember)).one()
    assert (member.kind, member.state, member.is_woman) == (MemberKind.PERSON, MemberState.ACTIVE, True)
    consent = db.session.scalars(select(PersonConsent)).one()
    assert (consent.kind, consent.person_id) == (ConsentKind.CARPOOL_MATCHING, person.id)

    asked = own.post("/mon-espace/covoiturage/demande", data={**ASKED, "women_only": "y"})
    assert asked.status_code == 303
    row = db.session.scalars(select(CarpoolRequest)).one()
    assert (row.timing, row.origin_insee, row.destination_insee) == (Timing.PATTERN, "59491", "59447")
    assert (row.state, row.women_only, row.early_minutes, row.late_minutes) == (JourneyState.OPEN, True, 30, 20)
    assert row.pattern["days"]["0"] == [["05:00", "13:00"]]
    assert (row.origin_latitude, row.origin_longitude) == (50.39, 3.485)

    listed = text(staff.get("/covoiturage"))
    assert "Raismes ⇄ Onnaing" in listed
    assert "Nadia Leroy" in listed
    assert "4 rue des Lilas" not in listed
    shown = text(staff.get(f"/covoiturage/demandes/{row.id}"))
    assert "Du lundi au vendredi, 5 h – 13 h, sauf jours fériés" in shown
    assert "entre femmes, sans tabac" in shown


def test_a_volunteer_offers_by_their_link(app: Flask, client: FlaskClient, staff: FlaskClient, desk_id: int) -> None:
    registered = staff.post(
        "/covoiturage/membres/nouveau",
        data={
            "kind": "volunteer", "desk_id": str(desk_id), "name": "Luc Petit", "phone": "06 39 98 01 77",
            "declared": "y", "agrees": "y", "fiscal_power_cv": "5",
        },
    )  # fmt: skip
    assert registered.status_code == 303
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.template == "carpool_link"
    path = message.params["link"].removeprefix("http://mobilite.test")
    assert "Luc Petit" in text(client.get(path))
    token = links.make(db.session.scalars(select(CarpoolMember)).one(), now=NOW)
    offered = client.post(f"/c/{token}/offre", data=OFFERED)
    assert offered.status_code == 303, text(offered)
    row = db.session.scalars(select(CarpoolOffer)).one()
    assert (row.seats, row.max_detour_minutes, row.price_per_km_cents) == (3, 12, 5)
    assert "Raismes ⇄ Onnaing" in text(client.get(offered.headers["Location"]))
    listed = text(staff.get("/covoiturage?voir=offres"))
    assert "Luc Petit" in listed
    assert "Luc Petit" in text(staff.get("/covoiturage?voir=membres"))


def test_an_adviser_does_everything_in_the_name_of_a_person_with_a_phone_only(
    staff: FlaskClient, person: Person
) -> None:
    objective_id = an_objective(person.id, street="1 rue du Port", postcode="59264", city="Onnaing", insee_code="59447")
    joined = staff.post(f"/covoiturage/personnes/{person.id}", data={"manner": "spoken", "woman": "", "declared": "y"})
    assert joined.status_code == 303
    home = joined.headers["Location"]
    assert staff.get(f"/covoiturage/personnes/{person.id}").headers["Location"] == home
    page = text(staff.get(f"{home}/offre"))
    assert "Mes jours de travail : Préparatrice de commandes" in page
    data = {
        **OFFERED, "origin": "home", "destination": f"objective:{objective_id}", "timing": f"roster:{objective_id}",
    }  # fmt: skip
    offered = staff.post(f"{home}/offre", data=data)
    assert offered.status_code == 303, text(offered)
    shown = offered.headers["Location"]
    row = db.session.scalars(select(CarpoolOffer)).one()
    assert (row.timing, row.objective_id, row.pattern) == (Timing.ROSTER, objective_id, {})
    assert "Logistique du Hainaut" in row.destination_label

    staff.post(f"{shown}/jours", data={"day_on": "2026-12-24", "direction": "back"})
    assert "l’aller seulement" not in text(staff.get(shown))
    assert "jeudi 24 décembre, le retour seulement" in text(staff.get(shown))
    wrong = staff.post(f"{shown}/jours", data={"day_on": "2026-11-01"})
    assert wrong.status_code == 422
    assert "Choisissez un jour à venir" in text(wrong)
    off = db.session.scalars(select(CarpoolException)).one()
    staff.post(f"{shown}/jours", data={"remove": str(off.id)})
    assert db.session.scalar(select(func.count(CarpoolException.id))) == 0

    staff.post(f"{shown}/etat", data={"act": "pause"})
    assert db.session.scalars(select(CarpoolOffer)).one().state is JourneyState.PAUSED
    staff.post(f"{shown}/etat", data={"act": "resume"})
    edited = staff.post(
        f"{shown}/modifier",
        data={**OFFERED, "origin": "kept", "destination": "kept", "timing": "kept", "seats": "2", "ways": ["there"]},
    )
    assert edited.status_code == 303, text(edited)
    db.session.expire_all()
    row = db.session.scalars(select(CarpoolOffer)).one()
    assert (row.seats, row.there, row.back, row.timing) == (2, True, False, Timing.ROSTER)
    staff.post(f"{shown}/etat", data={"act": "close"})
    db.session.expire_all()
    assert db.session.scalars(select(CarpoolOffer)).one().state is JourneyState.CLOSED
    assert "terminé" in text(staff.post(f"{shown}/etat", data={"act": "pause"}, follow_redirects=True)).lower()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"destination_commune": "Onaing-sur-Mer"}, "Cette commune n’est pas connue"),
        ({"destination_commune": ""}, "Écrivez la commune de cette adresse."),
        ({"destination": "home"}, "Le départ et l’arrivée sont au même endroit"),
        ({"ways": []}, "Choisissez une réponse."),
        ({"timing": "weekly", "days": []}, "Cochez au moins un jour."),
        ({"starts": ""}, "Indiquez l’heure d’arrivée."),
        ({"starts": "13h"}, "L’arrivée et le retour sont à la même heure."),
        ({"timing": "once"}, "Choisissez le jour."),
        ({"timing": "once", "day_on": "2026-11-02"}, "Ce jour est passé."),
        ({"timing": "cycle"}, "Choisissez le cycle."),
        ({"timing": "cycle", "preset": "3x8"}, "Indiquez le premier jour du cycle."),
        ({"timing": "dates", "dates": "24/11/2026 midi"}, "Ligne 1"),
        ({"timing": "roster:1"}, "Choisissez une réponse dans la liste."),
        ({"ends_on": "2026-11-01"}, "La fin doit venir après le début."),
        ({"starts_on": "2199-01-01"}, "Cette date est trop loin."),
        ({"child_seats": "2"}, "Il y a plus de sièges enfant que de places."),
        ({"women_only": "y"}, "« Entre femmes » se choisit par les femmes elles-mêmes."),
        ({"seats": "9"}, "Écrivez un nombre entre 1 et 8."),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_nothing_is_lost(
    own: FlaskClient, person: Person, change: dict[str, Any], sentence: str
) -> None:
    a_member(person)
    answer = own.post("/mon-espace/covoiturage/demande", data={**ASKED, **change})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Parc d’activités" in text(answer)
    assert db.session.scalar(select(func.count(CarpoolRequest.id))) == 0


@pytest.mark.parametrize(
    ("change", "kind", "timing"),
    [
        ({"timing": "once", "day_on": "2026-12-01", "ends": "", "ways": ["there"]}, "dates", Timing.ONCE),
        ({"timing": "cycle", "preset": "4-2", "cycle_on": "2026-11-30"}, "cycle", Timing.PATTERN),
        ({"timing": "dates", "dates": "1/12/2026 21h-5h\n3/12/2026 5h-13h"}, "dates", Timing.PATTERN),
        ({"starts": "21h", "ends": "5h"}, "weekly", Timing.PATTERN),
    ],
)
def test_every_way_of_saying_when_is_kept(
    own: FlaskClient, person: Person, change: dict[str, Any], kind: str, timing: Timing
) -> None:
    a_member(person)
    answer = own.post("/mon-espace/covoiturage/demande", data={**ASKED, **change})
    assert answer.status_code == 303, text(answer)
    row = db.session.scalars(select(CarpoolRequest)).one()
    assert (row.pattern["kind"], row.timing) == (kind, timing)
    assert (row.starts_on == row.ends_on) is (timing is Timing.ONCE)
    assert own.get(answer.headers["Location"]).status_code == 200


def test_a_link_shows_and_changes_what_is_its_members_alone(client: FlaskClient, desk_id: int) -> None:
    member, other = a_volunteer(desk_id), a_volunteer(desk_id)
    mine, others = an_offer(member), an_offer(other)
    token = links.make(member, now=NOW)
    assert client.get(f"/c/{token}/offres/{mine.id}").status_code == 200
    for path in ("", "/modifier"):
        assert client.get(f"/c/{token}/offres/{others.id}{path}").status_code == 404
    assert client.post(f"/c/{token}/offres/{others.id}/etat", data={"act": "close"}).status_code == 404
    assert client.get(f"/c/{token[:-1]}x").status_code == 409
    assert client.get(f"/c/{token}/offres/99999999999").status_code == 404


def test_pausing_puts_everything_on_hold_and_leaving_ends_it_and_its_link(client: FlaskClient, desk_id: int) -> None:
    member = a_volunteer(desk_id)
    offer, request = an_offer(member), a_request(member)
    token = links.make(member, now=NOW)
    client.post(f"/c/{token}/etat", data={"act": "pause"})
    db.session.expire_all()
    assert {offer.state, request.state} == {JourneyState.PAUSED}
    assert "Reprendre" not in text(client.get(f"/c/{token}/offres/{offer.id}"))
    client.post(f"/c/{token}/etat", data={"act": "resume"})
    db.session.expire_all()
    assert {offer.state, request.state} == {JourneyState.OPEN}
    gone = client.post(f"/c/{token}/etat", data={"act": "leave"})
    assert "ce lien ne marche plus" in text(gone)
    db.session.expire_all()
    assert {offer.state, request.state} == {JourneyState.CLOSED}
    assert client.get(f"/c/{token}").status_code == 409


def test_a_lost_link_is_replaced_and_the_old_one_stops(client: FlaskClient, staff: FlaskClient, desk_id: int) -> None:
    member = a_volunteer(desk_id)
    token = links.make(member, now=NOW)
    assert client.get(f"/c/{token}").status_code == 200
    staff.post(f"/covoiturage/membres/{member.id}/lien", data={"revoke": "1"})
    assert client.get(f"/c/{token}").status_code == 409
    db.session.expire_all()
    fresh = links.make(db.session.get_one(CarpoolMember, member.id), now=NOW)
    assert client.get(f"/c/{fresh}").status_code == 200


def test_nobody_offers_a_seat_without_saying_that_they_may_drive(own: FlaskClient, person: Person) -> None:
    member = a_member(person)
    led = own.get("/mon-espace/covoiturage/offre", follow_redirects=True)
    assert "il faut un permis valable" in text(led)
    assert own.post("/mon-espace/covoiturage/offre", data={**OFFERED, "origin": "home"}).status_code == 422
    own.post(
        "/mon-espace/covoiturage/moi",
        data={"woman": "", "declared": "y", "car": "Clio", "version": str(member.version)},
    )
    assert own.post("/mon-espace/covoiturage/offre", data={**OFFERED, "origin": "home"}).status_code == 303


def test_a_protected_file_stays_out(app: Flask, desk_id: int, staff: FlaskClient, adviser: Any) -> None:
    hidden = make_person(desk_id=desk_id, protected_for=[adviser])
    assert "Fiche protégée" in text(staff.get(f"/covoiturage/personnes/{hidden.id}"))
    refused = staff.post(f"/covoiturage/personnes/{hidden.id}", data={"manner": "spoken"})
    assert db.session.scalar(select(func.count(CarpoolMember.id))) == 0
    assert refused.status_code == 422
    member = a_member(hidden)
    assert staff.post(f"/covoiturage/membres/{member.id}/demande", data=ASKED).status_code == 422
    assert db.session.scalar(select(func.count(CarpoolRequest.id))) == 0


def test_pages_of_other_desks_do_not_exist_and_of_other_people_neither(
    staff: FlaskClient, own: FlaskClient, person: Person
) -> None:
    stranger = a_member(make_person())
    row = a_request(stranger)
    for path in (f"/covoiturage/membres/{stranger.id}", f"/covoiturage/demandes/{row.id}"):
        assert staff.get(path).status_code == 404
    assert own.get(f"/mon-espace/covoiturage/demandes/{row.id}").status_code == 404
    assert own.get("/covoiturage").status_code == 403
    assert "Raismes ⇄" not in text(staff.get("/covoiturage"))


def test_lists_ask_the_same_number_of_queries_however_long_they_are(
    staff: FlaskClient, desk_id: int, count_queries: Any
) -> None:
    for shown in ("demandes", "offres", "membres"):
        a_request(a_member(make_person(desk_id=desk_id)))
        an_offer(a_volunteer(desk_id))
        with count_queries() as few:
            staff.get(f"/covoiturage?voir={shown}")
        for _number in range(4):
            a_request(a_member(make_person(desk_id=desk_id)))
            an_offer(a_volunteer(desk_id))
        with count_queries() as many:
            staff.get(f"/covoiturage?voir={shown}")
        assert many.total == few.total


def test_a_link_that_was_sent_is_not_sent_again_within_the_hour(staff: FlaskClient, desk_id: int) -> None:
    member = a_volunteer(desk_id)
    for _number in range(3):
        staff.post(f"/covoiturage/membres/{member.id}/lien")
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 1
