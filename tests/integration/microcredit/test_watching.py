"""The daily watch: a missed instalment is seen, and the adviser warned before the second one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.rules.states import Action, State
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import NOW, a_dossier, answered, disbursed, sent
from tests.factories.pathway import a_person

# The first instalment is due on 1 January, and counts as missed after five days.
FIRST_MISS = NOW + timedelta(days=45)


def state(dossier_id: int) -> State:
    db.session.expire_all()
    return queries.get_dossier(dossier_id).state


def test_an_instalment_that_did_not_come_is_an_incident_once(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    disbursed(dossier_id)
    assert services.watch_due(now=FIRST_MISS - timedelta(days=3)) == {"seen": 0, "late": 0}
    assert services.watch_due(now=FIRST_MISS) == {"seen": 1, "late": 1}
    assert services.watch_due(now=FIRST_MISS) == {"seen": 0, "late": 0}
    assert state(dossier_id) is State.INCIDENT
    assert [one.action for one in queries.log_of(dossier_id)].count(Action.MISS) == 1


def test_what_was_paid_is_no_incident(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    disbursed(dossier_id)
    paid: dict[str, Any] = {"amount_cents": 8_857, "actor_id": None, "now": FIRST_MISS}
    services.note_payment(dossier_id=dossier_id, on=FIRST_MISS.date(), **paid)
    assert services.watch_due(now=FIRST_MISS) == {"seen": 1, "late": 0}
    assert state(dossier_id) is State.REPAYING


def staff(app: Flask, person_id: int) -> FlaskClient:
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def test_the_adviser_is_warned_before_the_second_miss(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: FIRST_MISS)
    person_id = a_person(last_name="Benali")
    disbursed(a_dossier(person_id))
    services.watch_due(now=FIRST_MISS)
    page = staff(app, person_id).get("/a-faire").text
    assert "Appeler avant la deuxième mensualité manquée" in page
    assert "Benali" in page


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action.GRANT, "Lire l’offre de la banque avec la personne"),
        (Action.REFUSE, "Parler du refus de la banque"),
        (Action.ASK_MORE, "Répondre à la banque"),
    ],
)
def test_a_banks_answer_waits_for_the_adviser(
    app: Flask, monkeypatch: pytest.MonkeyPatch, action: Action, said: str
) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)
    person_id = a_person()
    answered(sent(a_dossier(person_id)), action, "Motif")
    assert said in staff(app, person_id).get("/a-faire").text
