"""The budget's page: each step is saved by itself, refused beside its field, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import date, time
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.core.money import format_cents
from mobility.funding.rules import LineAction, Source
from mobility.funding.services import move_line, put_line
from mobility.geo import engines
from mobility.geo.errors import Unreachable
from mobility.microcredit.dossiers import commute, queries, services
from mobility.microcredit.dossiers.errors import BudgetInvalid
from mobility.microcredit.dossiers.models import Budget, BudgetItem
from mobility.microcredit.dossiers.services import Home, Vehicle
from mobility.microcredit.rules.budget import Debts, Every, Item, ItemKind
from mobility.microcredit.rules.running_cost import Energy
from mobility.microcredit.rules.states import Action
from mobility.pathway.models import Objective
from mobility.pathway.roster import Hours, Weekly
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import NOW, TODAY, a_budget, a_dossier, a_project, answered, disbursed, sent
from tests.factories.microcredit import make_offer
from tests.factories.pathway import a_person, a_roster, an_objective

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
DAY = Weekly(days=((Hours(time(5), time(13)),),) * 4 + ((),) * 3)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def staff(app: Flask, person_id: int) -> FlaskClient:
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def the_budget(person_id: int) -> Budget:
    found = queries.find_budget(person_id)
    assert found is not None
    return found


def kinds_of(person_id: int) -> list[ItemKind]:
    return [one.kind for one in queries.rows_of(the_budget(person_id).id)]


def a_picture() -> tuple[BytesIO, str]:
    kept = BytesIO()
    Image.new("RGB", (40, 40), "white").save(kept, "JPEG")
    return BytesIO(kept.getvalue()), "bulletin.jpg"


def test_a_budget_grows_line_by_line_and_explains_itself(staff: FlaskClient, person_id: int) -> None:
    url = f"/personnes/{person_id}/budget"
    assert "Le budget en une fois" in staff.get(url).text
    wage = {"act": "line", "kind": "wage", "amount_cents": "1400", "every": "month", "whose": "borrower"}
    refused = staff.post(url, data={**wage, "amount_cents": "beaucoup"})
    assert (refused.status_code, "beaucoup" in refused.text) == (422, True)
    assert staff.post(url, data={**wage, "file": a_picture()}).status_code == 303
    assert (
        staff.post(url, data={**wage, "kind": "rent", "amount_cents": "450", "until": "2027-08-31"}).status_code == 303
    )
    version = str(the_budget(person_id).version)
    home = {"act": "home", "others": "0", "children": "1", "debts": "plan", "in_file": "yes", "account_cents": "120"}
    assert staff.post(url, data={**home, "version": version}).status_code == 303
    stale = staff.post(url, data={**home, "version": version, "children": "3"})
    assert (stale.status_code, "entre-temps" in stale.text, 'value="3"' in stale.text) == (422, True, True)
    vehicle = {
        "act": "vehicle", "energy": "petrol", "insurance_cents": "50", "commute_km": "12,5", "days_a_week": "5",
        "version": str(the_budget(person_id).version),
    }  # fmt: skip
    wrong = staff.post(url, data={**vehicle, "commute_km": "loin"})
    assert (wrong.status_code, "loin" in wrong.text) == (422, True)
    assert staff.post(url, data=vehicle).status_code == 303
    page = staff.get(url).text
    for words in ("Reste à vivre par part", "1,3 part", "plan de surendettement", "pas un refus en soi", "<polyline"):
        assert words in page, words
    assert "Voir le justificatif" in page
    assert page.count("sans justificatif") == 1
    assert "Saisi à la main" in page
    assert the_budget(person_id).commute_tenths == 125


def test_a_line_is_changed_keeps_its_evidence_and_is_taken_out(staff: FlaskClient, person_id: int) -> None:
    url = f"/personnes/{person_id}/budget"
    wage = {"act": "line", "kind": "wage", "amount_cents": "1400", "every": "month", "whose": "borrower"}
    staff.post(url, data={**wage, "file": a_picture()})
    line = db.session.scalars(select(BudgetItem)).one()
    document_id, line_id = line.document_id, line.id
    assert document_id is not None
    page = staff.get(f"{url}?ligne={line_id}").text
    assert "Changer une ligne" in page
    assert re.search(r'name="amount_cents"[^>]*value="1.?400', page)
    assert staff.post(url, data={**wage, "item_id": line_id, "amount_cents": "1500"}).status_code == 303
    changed = db.session.scalars(select(BudgetItem).execution_options(populate_existing=True)).one()
    assert (changed.amount_cents, changed.document_id) == (150_000, document_id)
    assert staff.post(url, data={"act": "remove", "item_id": line_id}).status_code == 303
    assert kinds_of(person_id) == []
    gone = staff.post(url, data={"act": "remove", "item_id": line_id})
    assert (gone.status_code, "n’est plus dans le budget" in gone.text) == (422, True)
    for wrong in ({"act": "remove"}, {"act": "remove", "item_id": "x"}, {"act": "?"}, {}):
        assert staff.post(url, data=wrong).status_code == 400
    assert staff.get(f"{url}?ligne=abc").status_code == 200


def test_the_curve_knows_what_leaves_at_once_and_what_the_project_brings(app: Flask, person_id: int) -> None:
    project_id = a_project(person_id, cents=345_000)
    put_line(project_id=project_id, source=Source.OWN, amount_cents=40_000, **ACTS)
    given = put_line(project_id=project_id, source=Source.OWN, amount_cents=5_000, **ACTS)
    move_line(project_id=project_id, line_id=given, action=LineAction.DROP, **ACTS)
    dossier_id = a_dossier(person_id, project_id=project_id)
    services.write_part(
        person_id=person_id, part=Vehicle(Energy.PETROL, 0, 0, 5, 0, 0, gained_cents=20_000), version=None, **ACTS
    )
    dossier = queries.get_dossier(dossier_id)
    assert queries.upfront_of(dossier) == 40_000
    rows = queries.schedule_of(dossier)
    person = db.session.get_one(Person, person_id)
    told = queries.tell(
        the_budget(person_id),
        on=TODAY,
        desk_id=person.desk_id,
        schedule=rows,
        upfront_cents=queries.upfront_of(dossier),
    )
    assert told.after.income - told.now.income == 20_000
    moved = [
        with_it.balance - without.balance for with_it, without in zip(told.months, told.months_without, strict=True)
    ]
    assert moved[:2] == [20_000 - 40_000, 2 * 20_000 - 40_000 - 8_857]
    disbursed(dossier_id)
    db.session.expire_all()
    assert queries.upfront_of(queries.get_dossier(dossier_id)) == 0


def test_the_table_of_the_curve_can_be_followed_by_hand(staff: FlaskClient, person_id: int) -> None:
    a_budget(person_id, insurance_cents=5_000, commute_tenths=0)
    page = staff.get(f"/personnes/{person_id}/budget").text
    table = page.split("Voir le tableau des 24 mois", 1)[1].split("</table>", 1)[0]
    assert re.findall(r"<th[^>]*scope=\"col\"[^>]*>\s*([^<]+?)\s*<", table) == [
        "Mois", "Revenus", "Charges", "Crédits", "Vie courante", "Projet", "Sur le compte", "Sans le projet",
    ]  # fmt: skip
    told = queries.tell(the_budget(person_id), on=TODAY, desk_id=db.session.get_one(Person, person_id).desk_id)
    balance = told.budget.account_cents
    for month, without in zip(told.months, told.months_without, strict=True):
        balance += month.income - month.charges - month.credits - month.living - month.project
        assert balance == month.balance
        assert balance < without.balance
        assert format_cents(balance) in table
        assert format_cents(without.balance) in table


def test_the_banks_fees_leave_at_once(app: Flask, person_id: int) -> None:
    offer_id = make_offer(fee_cents=2_500, fee_percent="1")
    dossier_id = a_dossier(person_id, offer_id=offer_id)
    assert queries.upfront_of(queries.get_dossier(dossier_id)) == 2_500 + 3_000


def test_what_a_bank_has_in_hands_is_part_of_the_project(staff: FlaskClient, person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    said = "plus 88,57"
    assert said in staff.get(f"/personnes/{person_id}/budget").text
    transmission_id = sent(dossier_id)
    assert said in staff.get(f"/personnes/{person_id}/budget").text
    answered(transmission_id, Action.REFUSE, "Trop cher")
    assert said not in staff.get(f"/personnes/{person_id}/budget").text


def test_a_budget_that_a_bank_has_seen_goes_on_as_a_copy(app: Flask, person_id: int) -> None:
    sent(a_dossier(person_id))
    seen = the_budget(person_id)
    lines = [one.id for one in queries.rows_of(seen.id)]
    services.put_line(person_id=person_id, item=Item(ItemKind.WAGE, 160_000), item_id=lines[0], **ACTS)
    now_there = the_budget(person_id)
    assert now_there.id != seen.id
    assert now_there.commute_tenths == seen.commute_tenths
    assert [one.amount_cents for one in queries.rows_of(now_there.id)] == [160_000, 45_000, 9_000]
    assert [one.amount_cents for one in queries.rows_of(seen.id)] == [140_000, 45_000, 9_000]
    services.remove_line(person_id=person_id, item_id=queries.rows_of(now_there.id)[0].id, **ACTS)
    assert the_budget(person_id).id == now_there.id


def test_no_line_is_written_in_the_budget_of_another(app: Flask, person_id: int) -> None:
    other = a_person(last_name="Autre")
    a_budget(other)
    line_id = queries.rows_of(the_budget(other).id)[0].id
    with pytest.raises(BudgetInvalid, match="n’est plus"):
        services.put_line(person_id=person_id, item=Item(ItemKind.WAGE, 1), item_id=line_id, **ACTS)
    with pytest.raises(BudgetInvalid, match="n’est plus"):
        services.remove_line(person_id=person_id, item_id=line_id, **ACTS)


def test_a_budget_has_so_many_lines_at_most(app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobility.microcredit.dossiers.services.budget_lines.MOST_ITEMS", 2)
    for _ in range(2):
        services.put_line(person_id=person_id, item=Item(ItemKind.WAGE, 1, Every.WEEK), **ACTS)
    with pytest.raises(BudgetInvalid, match="2 lignes au plus"):
        services.put_line(person_id=person_id, item=Item(ItemKind.WAGE, 1), **ACTS)


def test_the_first_step_may_be_the_household_or_the_vehicle(app: Flask, person_id: int) -> None:
    services.write_part(person_id=person_id, part=Home(1, 2, Debts.NONE, None, -5_000), version=None, **ACTS)
    vehicle = Vehicle(Energy.DIESEL, 5_000, 0, 5, 0, 0)
    services.write_part(person_id=person_id, part=vehicle, version=the_budget(person_id).version, **ACTS)
    row = the_budget(person_id)
    assert (row.others, row.children, row.account_cents, row.energy) == (1, 2, -5_000, Energy.DIESEL)


# -- the commute -----------------------------------------------------------------------------------------


class Road:
    """An engine that knows one road."""

    def __init__(self, metres: float | None) -> None:
        self.metres = metres

    def route(self, _home: object, _work: object) -> Any:
        if self.metres is None:
            raise Unreachable
        return type("Route", (), {"metres": self.metres})


def placed(person_id: int, objective_id: int) -> None:
    with transaction() as session:
        for model, number in ((Person, person_id), (Objective, objective_id)):
            row = session.get_one(model, number)
            row.latitude, row.longitude = 50.35, 3.52
            if hasattr(row, "position_precision"):
                row.position_precision = "street"


def roads(monkeypatch: pytest.MonkeyPatch, metres: float | None) -> list[str]:
    asked: list[str] = []
    for name in ("in_use", "local"):
        monkeypatch.setattr(engines, name, lambda name=name: asked.append(name) or Road(metres))
    return asked


def test_the_commute_comes_from_the_road_and_the_roster_and_says_so(
    staff: FlaskClient, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective_id = an_objective(person_id, starts_on=TODAY)
    a_roster(objective_id, DAY)
    placed(person_id, objective_id)
    asked = roads(monkeypatch, 14_260.0)
    a_budget(person_id, commute_tenths=0)
    url = f"/personnes/{person_id}/budget"
    page = staff.get(url).text
    assert "Calculer le trajet par la route" in page
    assert asked == []
    version = the_budget(person_id).version
    assert staff.post(url, data={"act": "commute", "version": version}).status_code == 303
    row = the_budget(person_id)
    assert (row.commute_tenths, row.days_a_week, row.insurance_cents) == (143, 4, 5_000)
    assert "4 jours par semaine d’après les horaires" in row.commute_source
    page = staff.get(url).text
    assert "Par la route, du domicile à" in page
    vehicle = {"act": "vehicle", "energy": "petrol", "commute_km": "14,3", "days_a_week": "4", "version": row.version}
    assert staff.post(url, data={**vehicle, "insurance_cents": "60"}).status_code == 303
    assert the_budget(person_id).commute_source == row.commute_source
    typed = {**vehicle, "commute_km": "15", "version": the_budget(person_id).version}
    assert staff.post(url, data=typed).status_code == 303
    assert the_budget(person_id).commute_source == ""
    assert asked == ["in_use"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [("objective", "pas d’objectif"), ("home", "domicile"), ("work", "L’objectif"), ("road", "route ne peut pas")],
)
def test_what_cannot_be_measured_is_typed(
    staff: FlaskClient, person_id: int, monkeypatch: pytest.MonkeyPatch, missing: str, words: str
) -> None:
    roads(monkeypatch, None if missing == "road" else 1_000.0)
    if missing != "objective":
        objective_id = an_objective(person_id, starts_on=TODAY)
        placed(person_id, objective_id)
        with transaction() as session:
            if missing == "home":
                person = session.get_one(Person, person_id)
                person.latitude = person.longitude = person.position_precision = None
            if missing == "work":
                row = session.get_one(Objective, objective_id)
                row.latitude = row.longitude = row.position_precision = None
    refused = staff.post(f"/personnes/{person_id}/budget", data={"act": "commute"})
    assert (refused.status_code, words in refused.text) == (422, True)


def test_a_protected_address_does_not_leave_the_house(
    app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective_id = an_objective(person_id, starts_on=TODAY, ends_on=date(2026, 12, 6))
    a_roster(objective_id, DAY)
    placed(person_id, objective_id)
    with transaction() as session:
        session.get_one(Person, person_id).protected = True
    asked = roads(monkeypatch, 2_000.0)
    found = commute.measure(person_id, on=TODAY)
    assert (found.tenths, found.days_a_week, asked) == (20, 4, ["local"])


def test_days_that_nobody_knows_yet_are_said_to_be_confirmed(
    app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective_id = an_objective(person_id, starts_on=TODAY)
    placed(person_id, objective_id)
    roads(monkeypatch, 2_000.0)
    found = commute.measure(person_id, on=TODAY)
    assert found.days_a_week == 5
    assert re.search("jours à confirmer", found.source)


def test_a_first_budget_is_typed_in_one_go(staff: FlaskClient, person_id: int) -> None:
    page = f"/personnes/{person_id}/budget"
    assert "Le budget en une fois" in staff.get(page).text
    asked = {"act": "begin", "first_wage": "1 400", "first_rent": "450,50", "first_others": "1", "first_children": "2"}
    wrong = staff.post(page, data={**asked, "first_phone": "cher"})
    assert wrong.status_code == 422
    assert "cher" in wrong.text
    assert "450,50" in wrong.text
    assert queries.find_budget(person_id) is None
    empty = staff.post(page, data={"act": "begin", "first_others": "0", "first_children": "0"})
    assert (empty.status_code, "Écrivez au moins une somme" in empty.text) == (422, True)
    assert staff.post(page, data=asked).status_code == 303
    row = the_budget(person_id)
    assert (row.others, row.children) == (1, 2)
    assert [(one.kind, one.amount_cents) for one in queries.rows_of(row.id)] == [
        (ItemKind.WAGE, 140_000),
        (ItemKind.RENT, 45_050),
    ]
    assert "Le budget en une fois" not in staff.get(page).text
    # Somebody else was faster: what was typed stays on the page.
    late = staff.post(page, data={**asked, "first_wage": "1 555"})
    assert (late.status_code, "déjà commencé" in late.text, "555" in late.text) == (422, True, True)
    assert len(queries.rows_of(row.id)) == 2
