"""The pages: partners and terms written by managers, offers compared by advisers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core.clock import today
from mobility.core.db import db
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.law import LEGAL_SENTENCE
from mobility.microcredit.rules.offers import InsuranceKind
from mobility.organisations.rules import OrganisationKind
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.dossiers import a_budget, a_dossier
from tests.factories.microcredit import make_offer, make_partner
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person

SIMULATOR = "/micro-credit/simulateur"
TERMS: dict[str, Any] = {
    "label": "Micro-crédit", "valid_from_on": "2026-01-01", "amount_min_cents": "300", "amount_max_cents": "8 000",
    "months_min": "6", "months_max": "84", "bands": "3000 ; ; 3,5\n; ; 4", "insurance_kind": "none",
    "waiting": "spread", "most_wait_months": "3", "papers": "Devis ; Réparation / Permis de conduire ; ; 3",
}  # fmt: skip


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return signed_in(app, make_user(Role.ADMINISTRATOR))


@pytest.fixture
def desk_id(app: Flask) -> int:
    return int(make_desk().id)


@pytest.fixture
def adviser(app: Flask, desk_id: int) -> FlaskClient:
    return signed_in(app, make_user(Role.ADVISER, desk_id=desk_id))


def _text(client: FlaskClient, url: str, **query: Any) -> str:
    answer = client.get(url, query_string=query or None)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True)).replace("\u00a0", " ").replace("\u202f", " ")


def test_a_bank_becomes_a_partner_and_gets_its_terms(admin: FlaskClient) -> None:
    bank = make_organisation(OrganisationKind.BANK, "Banque des Saules")
    answer = admin.post(
        "/micro-credit/banques/nouvelle",
        data={"organisation_id": bank.id, "decides_days": "10", "contact": "Mme Saule", "committee": "y"},
    )
    partner = db.session.scalars(select(CreditPartner)).one()
    assert (answer.status_code, partner.committee, partner.contact) == (303, True, "Mme Saule")
    answer = admin.post(answer.headers["Location"], data=TERMS)
    assert answer.status_code == 303
    offer = db.session.scalars(select(CreditOffer)).one()
    assert offer.bands == [
        {"up_to_cents": 3000_00, "up_to_months": None, "percent": "3.5"},
        {"up_to_cents": None, "up_to_months": None, "percent": "4"},
    ]
    assert offer.papers == [
        {"code": "quote", "label": "Devis", "purposes": ["licence", "repair"], "statuses": [], "most_months": 3}
    ]
    page = _text(admin, "/micro-credit/banques")
    assert "Banque des Saules" in page
    assert "de 300,00 € à 8 000,00 €" in page


def test_terms_are_changed_on_their_page_and_a_stale_one_is_refused(admin: FlaskClient) -> None:
    offer_id = make_offer(fee_percent="1.25", insurance_kind=InsuranceKind.FIXED, insurance_cents=150)
    url = f"/micro-credit/conditions/{offer_id}"
    page = _text(admin, url)
    assert "1,25" in page
    assert "Contrôle technique ; Achat d’un véhicule ;  ; 6" in page
    changed = {**TERMS, "label": "Autres", "version": "1", "insurance_kind": "balance", "insurance_percent": "0,4"}
    assert admin.post(url, data=changed).status_code == 303
    db.session.expire_all()
    offer = db.session.get_one(CreditOffer, offer_id)
    assert (offer.label, offer.insurance_percent, offer.fee_percent) == ("Autres", "0.4", "0")
    assert admin.post(url, data=changed).status_code == 422


def test_a_partner_is_changed_on_its_page(admin: FlaskClient) -> None:
    partner_id = make_partner()
    url = f"/micro-credit/banques/{partner_id}"
    assert "Banque des Saules" in _text(admin, url)
    data = {"contact": "M. Aulne", "decides_days": "7", "version": "1"}
    assert admin.post(url, data=data).status_code == 303
    assert admin.post(url, data=data).status_code == 422


def test_a_bank_is_a_partner_once_and_must_be_a_bank(admin: FlaskClient) -> None:
    partner = db.session.get_one(CreditPartner, make_partner())
    garage = make_organisation(OrganisationKind.GARAGE)
    for organisation_id in (partner.organisation_id, garage.id, 999_999, "x"):
        data = {"organisation_id": organisation_id, "decides_days": "10"}
        assert admin.post("/micro-credit/banques/nouvelle", data=data).status_code == 422
    assert len(db.session.scalars(select(CreditPartner)).all()) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount_max_cents", "200", "au-dessus du plus bas"),
        ("months_max", "5", "au-dessus de la plus courte"),
        ("valid_until_on", "2025-01-01", "après le début"),
        ("bands", "3000 ; 4", "Ligne 1 : écrivez 3 cellules"),
        ("bands", "3000 ; 36 ; beaucoup", "Ligne 1"),
        ("bands", "", "Remplissez"),
        ("papers", "Devis ; Vacances ; ; 3", "« Vacances » n’est pas dans la liste"),
        ("papers", "Devis ; ; ; 3\nDevis ; ; ; 4", "écrit deux fois"),
        ("papers", "Devis ; ; ; 300", "entre 1 et 120"),
        ("papers", f"{'D' * 200} ; ; ;", "trop long"),
        ("fee_percent", "un peu", "un nombre"),
        ("insurance_required", "y", "comment l’assurance exigée est comptée"),
        ("communes", "00000", "n’existe pas"),
        ("label", "", "Remplissez"),
    ],
)
def test_terms_that_do_not_hold_are_refused_beside_their_field(
    admin: FlaskClient, field: str, value: str, said: str
) -> None:
    partner_id = make_partner()
    answer = admin.post(f"/micro-credit/banques/{partner_id}/conditions", data={**TERMS, field: value})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page or (said == "Remplissez" and "has-error" in page)
    assert db.session.scalars(select(CreditOffer)).all() == []


def test_two_terms_of_one_name_and_day_are_refused(admin: FlaskClient) -> None:
    partner_id = make_partner()
    make_offer(partner_id)
    answer = admin.post(f"/micro-credit/banques/{partner_id}/conditions", data=TERMS)
    assert answer.status_code == 422


def test_offers_stand_side_by_side_with_their_rate_and_the_legal_sentence(adviser: FlaskClient) -> None:
    make_offer(make_partner("Banque A"))
    make_offer(make_partner("Banque B"), bands=[{"up_to_cents": None, "up_to_months": None, "percent": "3"}])
    start = today() + timedelta(days=15)
    page = _text(adviser, SIMULATOR, amount="3 000", months="36", purpose="purchase", starts_on=start.isoformat())
    assert LEGAL_SENTENCE in page
    for shown in ("88,57 €", "88,64 €", "4,07 %", "188,59 €", "87,24 €", "87,38 €", "3,04 %", "140,78 €"):
        assert shown in page
    assert page.index("Banque B") < page.index("Banque A")


def test_reasons_are_said_for_banks_that_do_not_lend_so(adviser: FlaskClient) -> None:
    make_offer(make_partner("Banque A"), amount_max_cents=1000_00, purposes=["licence"])
    page = _text(adviser, SIMULATOR, amount="3000", months="90")
    assert "Cette banque prête jusqu’à 1 000,00 €." in page
    assert "Cette banque prête sur 84 mois au plus." in page
    assert "Cette banque ne prête pas pour : achat d’un véhicule." in page


def test_the_budget_moves_with_the_instalment_and_says_what_would_change_it(adviser: FlaskClient, desk_id: int) -> None:
    make_offer(make_partner("Banque A"))
    person = make_person(desk_id=desk_id)
    url = f"/personnes/{person.id}/micro-credit/simulateur"
    page = _text(adviser, url, amount="3000", months="12", income="900", charges="450")
    assert "Le budget ne tient pas" in page
    assert "450,00 €" in page
    assert "Ce qui changerait la réponse" in page
    assert "rembourser en 21 mois" in page
    page = _text(adviser, url, amount="3000", months="21", income="900", charges="450")
    assert "Le budget tient" in page


def test_a_change_is_tried_to_the_cent_and_todays_word_is_kept_for_today(adviser: FlaskClient) -> None:
    make_offer(make_partner("Banque A"))
    page = _text(adviser, SIMULATOR, amount="2999,55", months="12", income="900", charges="450,60")
    assert re.search(r'href="[^"]*amount=2999(?:%2C|,)55[^"]*"[^>]*>Essayer', page)
    assert "Reste à vivre sans le prêt" in page
    assert "449,40 €" in page


def test_what_was_typed_stays_and_is_answered_in_words(adviser: FlaskClient) -> None:
    make_offer()
    page = _text(adviser, SIMULATOR, amount="beaucoup", months="-3", purpose="voyage", starts_on="hier", income="x")
    assert "beaucoup" in page
    assert "Il manque un chiffre" in page


def test_without_partners_the_page_says_so(adviser: FlaskClient) -> None:
    assert "Aucune banque ne prête ainsi." in _text(adviser, SIMULATOR)


def test_terms_of_another_desk_ended_or_to_come_are_not_offered(adviser: FlaskClient) -> None:
    make_offer(make_partner("Banque ailleurs", desk_id=make_desk("Ailleurs").id))
    partner_id = make_partner("Banque du temps")
    make_offer(partner_id, label="Finie", valid_until_on=today() - timedelta(days=1))
    make_offer(partner_id, label="Future", valid_from_on=today() + timedelta(days=1))
    assert "Banque" not in _text(adviser, SIMULATOR).split('id="resultat"')[1]


def test_the_terms_of_all_desks_are_not_a_managers_to_change(app: Flask, desk_id: int) -> None:
    manager = signed_in(app, make_user(Role.MANAGER, desk_id=desk_id))
    offer_id, own = make_offer(), make_offer(make_partner("Banque d’ici", desk_id=desk_id))
    assert manager.get(f"/micro-credit/conditions/{offer_id}").status_code == 404
    assert manager.get(f"/micro-credit/conditions/{own}").status_code == 200
    page = _text(manager, "/micro-credit/banques")
    assert "Banque des Saules" in page
    bank = make_organisation(OrganisationKind.BANK)
    answer = manager.post("/micro-credit/banques/nouvelle", data={"organisation_id": bank.id, "decides_days": "1"})
    assert answer.status_code in {403, 422}


def test_the_last_budget_of_a_person_is_taken_over_and_may_be_typed_over(adviser: FlaskClient, desk_id: int) -> None:
    make_offer()
    person = make_person(desk_id=desk_id)
    a_budget(person.id, items=(Item(ItemKind.WAGE, 1400_00), Item(ItemKind.RENT, 500_00), Item(ItemKind.LOAN, 60_50)),
             insurance_cents=0, commute_tenths=0, others=1, children=2)  # fmt: skip
    url = f"/personnes/{person.id}/micro-credit/simulateur"
    page = _text(adviser, url)
    for name, value in (
        ("income", "1400,00"),
        ("charges", "500,00"),
        ("credits", "60,50"),
        ("adults", "2"),
        ("children", "2"),
    ):
        assert re.search(rf'name="{name}"[^>]*value="{value}"|value="{value}"[^>]*name="{name}"', page), name
    assert "Repris du dernier budget" in page
    assert "630,00 €" in page, "the floor of 2.1 consumption units"
    assert "839,50 €" in page
    assert "939,50 €" in _text(adviser, url, income="1500")


def test_a_dossier_leads_to_the_simulator_with_what_it_asks(adviser: FlaskClient, desk_id: int) -> None:
    make_offer()
    dossier_id = a_dossier(make_person(desk_id=desk_id).id)
    page = _text(adviser, f"/micro-credits/{dossier_id}")
    link = re.search(r'href="([^"]*/simulateur\?[^"]*)"', page)
    assert link is not None
    shown = _text(adviser, link[1].replace("&amp;", "&"))
    assert "88,57 €" in shown


@pytest.mark.parametrize(("cents", "shown"), [(215_000, "2150"), (215_050, "2150,50")])
def test_the_simulator_of_a_person_begins_with_what_their_dossier_asks(
    adviser: FlaskClient, desk_id: int, cents: int, shown: str
) -> None:
    make_offer()
    person = make_person(desk_id=desk_id)
    a_dossier(person.id, amount_cents=cents, months=30)
    page = _text(adviser, f"/personnes/{person.id}/micro-credit/simulateur")
    for name, value in (("amount", shown), ("months", "30")):
        assert re.search(rf'name="{name}"[^>]*value="{value}"|value="{value}"[^>]*name="{name}"', page), name
