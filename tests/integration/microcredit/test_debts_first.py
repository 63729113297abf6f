"""Debts first: the dossier waits, is looked at on a day, and goes on where it was."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.core.errors import NotFound, StaleVersion
from mobility.journal.models import JournalEntry
from mobility.microcredit.dossiers import lifecycle, queries, services
from mobility.microcredit.dossiers.errors import DossierInvalid, StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditDebtPlan, MicrocreditDossier
from mobility.microcredit.dossiers.waiting import debt_plans_of, standing_debt_plan
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.debts import DebtOutcome, DebtWay
from mobility.microcredit.rules.states import Action, State
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import NOW, TODAY, a_budget, a_dossier, answered, sent
from tests.factories.pathway import a_person
from tests.integration.microcredit.test_changes_taken import TIGHT, a_request, an_offer, opened

HEAVY = (*TIGHT, Item(ItemKind.LOAN, 30_000))
SOON = TODAY + timedelta(days=30)
BARE: dict[str, Any] = {"insurance_cents": 0, "commute_tenths": 0}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def dossier_id(person_id: int) -> int:
    """A request that the other credits make red."""
    a_budget(person_id, items=HEAVY, **BARE)
    return opened(person_id, a_request(an_offer()))


@pytest.fixture
def staff(app: Flask, person_id: int) -> FlaskClient:
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def begin(dossier_id: int, **values: Any) -> int:
    facts: dict[str, Any] = {
        "way": DebtWay.OVER_INDEBTEDNESS, "review_on": SOON, "version": None, "actor_id": None, "now": NOW, **values,
    }  # fmt: skip
    return services.begin_debts(dossier_id=dossier_id, **facts)


def end(dossier_id: int, outcome: DebtOutcome = DebtOutcome.SETTLED, **values: Any) -> None:
    facts: dict[str, Any] = {"version": None, "actor_id": None, "now": NOW + timedelta(days=40), **values}
    services.end_debts(dossier_id=dossier_id, outcome=outcome, **facts)


def ease(person_id: int, cents: int) -> None:
    """Write the instalments of the plan into the budget, a month later."""
    items = (*TIGHT, Item(ItemKind.LOAN, cents)) if cents else TIGHT
    details = services.BudgetDetails(items=items, **BARE)
    services.write_budget(person_id=person_id, details=details, actor_id=None, now=NOW + timedelta(days=35))


def test_a_dossier_waits_and_goes_on_once_the_budget_shows_the_plan(person_id: int, dossier_id: int) -> None:
    begin(dossier_id)
    plan = standing_debt_plan(dossier_id)
    assert plan is not None
    assert (plan.before_cents, plan.review_on) == (30_000, SOON)
    assert plan.most_cents is not None
    assert plan.most_cents < 30_000
    with pytest.raises(StepNotReady, match="dettes d’abord"):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW)
    with pytest.raises(StepNotReady, match="dans le budget"):
        end(dossier_id)
    ease(person_id, plan.most_cents + 1)
    with pytest.raises(StepNotReady, match="encore à"):
        end(dossier_id)
    ease(person_id, plan.most_cents)
    end(dossier_id)
    row = queries.get_dossier(dossier_id)
    budget = queries.find_budget(person_id)
    assert budget is not None
    assert (row.state, row.budget_id) == (State.INSTRUCTION, budget.id)
    assert standing_debt_plan(dossier_id) is None
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW + timedelta(days=41))
    kinds = db.session.scalars(select(JournalEntry.kind).where(JournalEntry.kind.like("microcredit.debts%"))).all()
    assert kinds == ["microcredit.debts_begun", "microcredit.debts_ended"]


def test_after_a_refusal_for_debts_the_dossier_comes_back_and_waits(person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    answered(sent(dossier_id), Action.REFUSE, "Une dette n’est pas réglée", motive="ficp")
    begin(dossier_id, way=DebtWay.CREDITORS)
    row, plan = queries.get_dossier(dossier_id), standing_debt_plan(dossier_id)
    assert (row.state, row.motive) == (State.INSTRUCTION, "")
    assert plan is not None
    assert plan.most_cents is None
    end(dossier_id, DebtOutcome.GIVEN_UP, note="La dette est déjà payée.")
    assert [one.outcome for one in debt_plans_of(dossier_id)] == [DebtOutcome.GIVEN_UP]


def test_a_complete_dossier_is_taken_back_and_a_withdrawn_one_waits_no_more(person_id: int, dossier_id: int) -> None:
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=None, now=NOW)
    begin(dossier_id)
    assert queries.get_dossier(dossier_id).state is State.INSTRUCTION
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Renonce", actor_id=None, now=NOW)
    assert [one.outcome for one in debt_plans_of(dossier_id)] == [DebtOutcome.GIVEN_UP]


def test_it_is_begun_once_where_it_is_proposed_and_on_a_day_to_come(person_id: int, dossier_id: int) -> None:
    for day in (TODAY, TODAY + timedelta(days=400)):
        with pytest.raises(DossierInvalid) as refused:
            begin(dossier_id, review_on=day)
        assert refused.value.field == "review_on"
    begin(dossier_id)
    with pytest.raises(DossierInvalid, match="attend déjà"):
        begin(dossier_id)
    light = a_dossier(a_person(last_name="Sans"))
    with pytest.raises(DossierInvalid, match="entre-temps"):
        begin(light)
    with pytest.raises(NotFound):
        end(light)
    sent(light)
    with pytest.raises(DossierInvalid, match="plus à l’antenne"):
        begin(light)


def test_the_database_holds_one_at_a_time_and_an_end_with_its_outcome(dossier_id: int) -> None:
    begin(dossier_id)
    second = MicrocreditDebtPlan(
        dossier_id=dossier_id, way=DebtWay.CREDITORS, before_cents=0, began_at=NOW, review_on=SOON
    )  # fmt: skip
    # SQLite names a unique index by its column, PostgreSQL by its name.
    with pytest.raises(IntegrityError, match=r"debt_plan_standing|dossier_id"), transaction() as session:
        session.add(second)
    for change, name in (
        ("outcome = 'settled'", "ended_with_outcome"),
        ("ended_at = began_at", "ended_with_outcome"),
        ("before_cents = -1", "amounts_positive"),
        ("most_cents = -1", "amounts_positive"),
        ("outcome = 'settled', ended_at = '2020-01-01 00:00:00'", "ends_later"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction() as session:
            session.execute(text(f"UPDATE microcredit_debt_plan SET {change}"))


def test_the_page_begins_looks_and_goes_on(staff: FlaskClient, person_id: int, dossier_id: int) -> None:
    home = staff.get(f"/micro-credits/{dossier_id}").text
    url = f"/micro-credits/{dossier_id}/dettes"
    assert url in home
    page = staff.get(url).text
    assert "Banque de France" in page

    def press(act: str, **values: Any) -> Any:
        version = db.session.scalar(select(MicrocreditDossier.version).where(MicrocreditDossier.id == dossier_id))
        db.session.rollback()
        return staff.post(url, data={"act": act, "version": version, **values})

    assert staff.post(url, data={"act": "nothing"}).status_code == 400
    refused = press("begin", way="social_plan", review_on=TODAY.isoformat())
    assert (refused.status_code, "jour à venir" in refused.text) == (422, True)
    assert press("begin", way="x", review_on=SOON.isoformat()).status_code == 422
    assert press("begin", way="social_plan", review_on=SOON.isoformat()).location.endswith(url)
    assert "le dossier attend" in staff.get(f"/micro-credits/{dossier_id}").text
    page = staff.get(url).text
    assert "point conseil budget" in page
    assert "Les dettes ont une solution" not in page
    later = (SOON + timedelta(days=30)).isoformat()
    assert press("review", note="Dossier déposé", review_on=later).status_code == 303
    plan = standing_debt_plan(dossier_id)
    assert plan is not None
    assert plan.review_on.isoformat() == later
    assert press("end", outcome="x").status_code == 400
    kept = press("end", outcome="settled", end_note="Le plan court")
    assert (kept.status_code, "Le plan court" in kept.text) == (422, True)
    ease(person_id, 0)
    assert "Les dettes ont une solution : reprendre" in staff.get(url).text
    assert press("end", outcome="settled").location.endswith(f"/micro-credits/{dossier_id}")
    assert "Auparavant" in staff.get(url).text
    assert "rien n’attend ici" in staff.get(url).text


def test_the_adviser_finds_it_in_their_list_on_its_day_and_the_person_in_their_space(
    app: Flask, staff: FlaskClient, person_id: int, dossier_id: int
) -> None:
    begin(dossier_id)
    listed = staff.get("/a-faire").text
    assert "Faire le point sur les dettes" in listed
    assert f"/micro-credits/{dossier_id}/dettes" in listed
    theirs = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=person_id))
    assert "vos dettes" in theirs.get("/mon-espace/micro-credit").text
    end(dossier_id, DebtOutcome.GIVEN_UP)
    assert "Faire le point sur les dettes" not in staff.get("/a-faire").text


def test_a_persons_copy_holds_what_waited(person_id: int, dossier_id: int) -> None:
    begin(dossier_id)
    found = next(one for one in lifecycle.export(person_id=person_id) if "dettes" in one.title)
    assert [row["outcome"] for row in found.rows] == [""]
    end(dossier_id, DebtOutcome.GIVEN_UP)
    found = next(one for one in lifecycle.export(person_id=person_id) if "dettes" in one.title)
    assert [row["outcome"] for row in found.rows] == ["Repris sans attendre"]


def test_the_version_of_the_dossier_guards_it(dossier_id: int) -> None:
    version = queries.get_dossier(dossier_id).version
    begin(dossier_id, version=version)
    with pytest.raises(StaleVersion):
        services.review_debts(
            dossier_id=dossier_id, review_on=SOON, version=version, actor_id=None, now=NOW
        )  # fmt: skip


def test_the_address_names_no_other_act(staff: FlaskClient, dossier_id: int) -> None:
    page = staff.get(f"/micro-credits/{dossier_id}/dettes").text
    assert re.findall(r'name="act" value="(\w+)"', page) == ["begin"]
