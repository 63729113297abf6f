"""What the person sees of the pathway in their own space, and the accounts on both sides."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from mobility.ledger import services as ledger
from mobility.ledger.rules import LedgerKind
from mobility.pathway.roster import Weekly
from mobility.people.models import Person
from tests.factories.pathway import NOW, a_roster, an_objective
from tests.integration.pathway.pages import filled, roster_data, standing, text

pytestmark = pytest.mark.usefixtures("frozen")


def test_the_portal_tells_until_when_all_is_well_and_what_comes_next(own: FlaskClient, person: Person) -> None:
    filled(person.id)
    page = text(own.get("/mon-espace"))
    assert "Bonjour Nadia" in page
    assert "Je suis tranquille jusqu’au mercredi 25 novembre" in page
    assert "Voir le droit" in page
    assert "Clio AA-123-AA" in page
    assert "Vous ne devez rien." in page


def test_the_portal_announces_a_gap_in_easy_words(own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    page = text(own.get("/mon-espace"))
    assert "À partir du 23 novembre, pas de solution pour l’équipe du matin" in page
    assert "Je suis tranquille" not in page


def test_the_portal_of_a_new_person_is_not_empty(own: FlaskClient) -> None:
    page = text(own.get("/mon-espace"))
    assert "Vous n’avez pas encore d’objectif." in page


def test_the_person_changes_their_own_hours(own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    data = roster_data(objective_id, days=["0"], starts="05:00", ends="13:00")
    answer = own.post(f"/mon-espace/objectifs/{objective_id}/horaires?type=weekly", data=data)
    assert (answer.status_code, answer.location) == (303, "/mon-espace")
    assert isinstance(standing(objective_id).pattern, Weekly)


def test_accounts_are_shown_to_the_staff_and_to_the_person(
    staff: FlaskClient, own: FlaskClient, person: Person
) -> None:
    entry = ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=1250, label="3 jours", now=NOW)
    ledger.reverse(entry_id=entry, actor_id=None, now=NOW)
    ledger.post(person_id=person.id, kind=LedgerKind.DEPOSIT, amount_cents=30000, label="Chèque", now=NOW)
    page = text(staff.get(f"/personnes/{person.id}/compte"))
    assert "Annulée" in page
    assert "Dépôt de garantie gardé : 300,00 €" in page
    page = text(own.get("/mon-espace/compte"))
    assert "Vous ne devez rien." in page
    assert "3 jours" in page
