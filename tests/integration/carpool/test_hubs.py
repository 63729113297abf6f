"""Employers' sites: kept by managers, their posters, and the seats that their staff offer without an account."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobility.accounts.policy import Role
from mobility.carpool import links
from mobility.carpool.kinds import JourneyState, MemberKind, MemberState
from mobility.carpool.models import CarpoolHub, CarpoolMember, CarpoolOffer
from mobility.carpool.services import members
from mobility.core.db import db
from mobility.notifications.models import OutboxMessage
from mobility.organisations.rules import OrganisationKind
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import NOW, a_hub
from tests.factories.organisations import make_organisation
from tests.integration.carpool.test_journey_pages import OFFERED, text

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def manager(app: Flask, desk_id: int) -> FlaskClient:
    return signed_in(app, make_user(Role.MANAGER, desk_id=desk_id))


def _offer(hub: CarpoolHub, **values: Any) -> dict[str, Any]:
    return {
        **OFFERED, "destination": f"hub:{hub.id}", "name": "Sophie Lemaire", "phone": "06 39 98 01 55",
        "declared": "y", "agrees": "y", "car": "Clio", **values,
    }  # fmt: skip


def _path(url: str) -> str:
    return url.removeprefix("http://mobilite.test")


def test_a_manager_keeps_sites_and_prints_their_posters(manager: FlaskClient, desk_id: int) -> None:
    employer = make_organisation(OrganisationKind.EMPLOYER, "Logistique du Hainaut")
    data = {"desk_id": str(desk_id), "organisation_id": str(employer.id), "name": "Entrepôt", "commune": "Onnaing"}
    refused = manager.post("/covoiturage/lieux/nouveau", data={**data, "commune": "Nulle-Part"})
    assert refused.status_code == 422
    assert "Cette commune n’est pas connue" in text(refused)
    made = manager.post("/covoiturage/lieux/nouveau", data=data)
    assert made.status_code == 303, text(made)
    hub = db.session.scalars(select(CarpoolHub)).one()
    assert (hub.insee_code, hub.organisation_id) == ("59447", employer.id)
    assert "Entrepôt" in text(manager.get("/covoiturage/lieux"))
    assert "Logistique du Hainaut" in text(manager.get(f"/covoiturage/lieux/{hub.id}"))
    assert "data:image/svg+xml" in manager.get(f"/covoiturage/lieux/{hub.id}/affiche").get_data(as_text=True)
    edited = manager.post(
        f"/covoiturage/lieux/{hub.id}/modifier",
        data={"name": "Grand entrepôt", "commune": "Denain (59220)", "street": "1 rue du Port", "version": "1"},
    )
    assert edited.status_code == 303, text(edited)
    stale = manager.post(
        f"/covoiturage/lieux/{hub.id}/modifier", data={"name": "Autre", "commune": "Denain (59220)", "version": "1"}
    )
    assert stale.status_code in {409, 422}
    db.session.expire_all()
    assert db.session.scalars(select(CarpoolHub)).one().name == "Grand entrepôt"


def test_only_managers_of_the_desk_keep_its_sites(app: Flask, staff: FlaskClient, desk_id: int) -> None:
    hub = a_hub(desk_id)
    assert staff.get("/covoiturage/lieux").status_code == 403
    stranger = signed_in(app, make_user(Role.MANAGER, desk_id=a_hub().desk_id))
    assert stranger.get(f"/covoiturage/lieux/{hub.id}").status_code == 404


def test_staff_of_a_site_offer_a_seat_that_counts_once_they_have_opened_their_link(
    client: FlaskClient, desk_id: int
) -> None:
    hub = a_hub(desk_id)
    path = _path(links.poster_url(hub))
    assert hub.name in text(client.get(path))
    done = client.post(path, data=_offer(hub))
    assert done.status_code == 200, text(done)
    assert "Regardez vos messages" in text(done)
    member = db.session.scalars(select(CarpoolMember)).one()
    offer = db.session.scalars(select(CarpoolOffer)).one()
    assert (member.kind, member.state, member.organisation_id) == (
        MemberKind.STAFF, MemberState.WAITING, hub.organisation_id,
    )  # fmt: skip
    assert (offer.state, offer.hub_id, offer.destination_latitude) == (JourneyState.PAUSED, hub.id, hub.latitude)
    own = _path(db.session.scalars(select(OutboxMessage)).one().params["link"])
    assert "Oui, c’est moi" in text(client.get(own))
    db.session.expire_all()
    assert db.session.scalars(select(CarpoolOffer)).one().state is JourneyState.PAUSED
    token = links.make(db.session.scalars(select(CarpoolMember)).one(), now=NOW)
    client.post(f"/c/{token}/etat", data={"act": "confirm"})
    db.session.expire_all()
    assert db.session.scalars(select(CarpoolMember)).one().state is MemberState.ACTIVE
    assert db.session.scalars(select(CarpoolOffer)).one().state is JourneyState.OPEN


def test_whoever_comes_twice_gets_their_link_again_and_the_page_tells_nothing(
    client: FlaskClient, desk_id: int
) -> None:
    hub = a_hub(desk_id)
    path = _path(links.poster_url(hub))
    first, again = (text(client.post(path, data=_offer(hub))).partition("<main")[2] for _number in range(2))
    assert first == again != ""
    assert db.session.scalar(select(func.count(CarpoolMember.id))) == 1
    assert db.session.scalar(select(func.count(CarpoolOffer.id))) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"phone": "", "email": ""}, "Écrivez un téléphone portable ou un e-mail"),
        ({"phone": "03 27 00 00 00"}, "Écrivez un téléphone portable ou un e-mail"),
        ({"declared": ""}, "il faut un permis valable"),
        ({"agrees": ""}, "Cochez cette case pour participer."),
        ({"destination": "other"}, "Écrivez la commune de cette adresse."),
        ({"origin_commune": ""}, "Écrivez la commune de cette adresse."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    client: FlaskClient, desk_id: int, change: dict[str, str], sentence: str
) -> None:
    hub = a_hub(desk_id)
    answer = client.post(_path(links.poster_url(hub)), data=_offer(hub, **{"destination_commune": "", **change}))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert db.session.scalar(select(func.count(CarpoolMember.id))) == 0
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 0


def test_a_poster_stops_when_it_is_renewed_or_the_site_put_away(
    client: FlaskClient, manager: FlaskClient, desk_id: int
) -> None:
    hub = a_hub(desk_id)
    path = _path(links.poster_url(hub))
    manager.post(f"/covoiturage/lieux/{hub.id}/lien")
    assert client.get(path).status_code == 409
    db.session.expire_all()
    fresh = _path(links.poster_url(db.session.get_one(CarpoolHub, hub.id)))
    assert client.get(fresh).status_code == 200
    manager.post(f"/covoiturage/lieux/{hub.id}/etat")
    assert client.get(fresh).status_code == 409
    manager.post(f"/covoiturage/lieux/{hub.id}/etat")
    assert client.get(fresh).status_code == 200
    assert client.get(f"{fresh[:-2]}xx").status_code in {404, 409, 422}


def test_a_poster_takes_no_flood(client: FlaskClient, desk_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "HUB_MAX_AN_HOUR", 2)
    hub = a_hub(desk_id)
    path = _path(links.poster_url(hub))
    for number in range(2):
        assert client.post(path, data=_offer(hub, phone=f"06 39 98 01 6{number}")).status_code == 200
    refused = client.post(path, data=_offer(hub, phone="06 39 98 01 69"))
    assert refused.status_code == 422
    assert "Trop d’inscriptions" in text(refused)
