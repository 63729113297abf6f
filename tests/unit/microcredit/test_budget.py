"""Budgets: what is left to live on, the debt, the running cost of a vehicle and the account month by month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.dossiers.drawing import HEIGHT, curve_points, month_name
from mobility.microcredit.rules.budget import (
    Change,
    Debts,
    Every,
    Household,
    Item,
    ItemKind,
    Side,
    figures,
    month_of,
    side_of,
    warnings,
)
from mobility.microcredit.rules.capacity import explain, say_percent
from mobility.microcredit.rules.cash import MONTHS, curve, first_below_zero
from mobility.microcredit.rules.running_cost import Energy, UnitCosts, Use, km_a_month, running_cost, total_cents

TODAY = date(2026, 11, 23)
HOME = (Item(ItemKind.WAGE, 150_000), Item(ItemKind.RENT, 50_000), Item(ItemKind.LOAN, 10_000))


@pytest.mark.parametrize(
    ("kind", "side"),
    [
        (ItemKind.WAGE, Side.INCOME),
        (ItemKind.OTHER_INCOME, Side.INCOME),
        (ItemKind.RENT, Side.CHARGE),
        (ItemKind.OTHER_CHARGE, Side.CHARGE),
        (ItemKind.LOAN, Side.CREDIT),
        (ItemKind.OVERDRAFT, Side.CREDIT),
    ],
)
def test_each_kind_has_its_side(kind: ItemKind, side: Side) -> None:
    assert side_of(kind) is side


@pytest.mark.parametrize(
    ("every", "cents"),
    [(Every.MONTH, 12_000), (Every.WEEK, 52_000), (Every.QUARTER, 4_000), (Every.YEAR, 1_000)],
)
def test_every_rhythm_is_brought_to_the_month(every: Every, cents: int) -> None:
    assert month_of([Item(ItemKind.WAGE, 12_000, every)], Side.INCOME, on=TODAY) == cents


def test_what_has_ended_counts_no_more() -> None:
    over = Item(ItemKind.LOAN, 10_000, ends_on=date(2026, 11, 22))
    last = Item(ItemKind.LOAN, 7_000, ends_on=TODAY)
    assert month_of([over, last], Side.CREDIT, on=TODAY) == 7_000


@pytest.mark.parametrize(
    ("household", "units"),
    [(Household(), "1"), (Household(1, 2), "2.1"), (Household(0, 3), "1.9"), (Household(2, 0), "2.0")],
)
def test_consumption_units_are_those_of_the_scale(household: Household, units: str) -> None:
    assert household.units == Decimal(units)


def test_what_is_left_is_income_less_charges_less_instalments_by_unit() -> None:
    found = figures(HOME, Household(1, 0), on=TODAY)
    assert (found.income, found.charges, found.credits, found.rest) == (150_000, 50_000, 10_000, 90_000)
    assert (found.rest_per_unit, found.debt_percent) == (60_000, Decimal("6.7"))


def test_the_project_adds_its_instalment_and_the_vehicle_less_what_it_replaces() -> None:
    change = Change(instalment_cents=8_857, vehicle_cents=20_000, replaced_cents=5_000, income_cents=10_000)
    found = figures(HOME, Household(), on=TODAY, change=change)
    assert (found.income, found.charges, found.credits) == (160_000, 65_000, 18_857)
    assert found.rest == 160_000 - 65_000 - 18_857


def test_without_income_there_is_no_ratio() -> None:
    assert figures([Item(ItemKind.RENT, 1)], Household(), on=TODAY).debt_percent is None
    assert say_percent(None) == "sans objet"
    assert say_percent(Decimal("33.0")) == "33\u00a0%"


def said(items: tuple[Item, ...], change: Change, *, floor: int, percent: int = 33) -> dict[str, str]:
    now, after = figures(items, Household(), on=TODAY), figures(items, Household(), on=TODAY, change=change)
    found = explain(now, after, change, floor_cents=floor, most_percent=Decimal(percent))
    assert all(one.sentence.endswith(".") for one in found)
    return {one.label: one.tone for one in found}


@pytest.mark.parametrize(
    ("floor", "percent", "left", "debt"),
    [
        (50_000, 33, "success", "success"),
        (85_000, 33, "warning", "success"),
        (90_001, 33, "danger", "success"),
        (50_000, 7, "success", "warning"),
        (50_000, 6, "success", "danger"),
    ],
)
def test_a_light_is_orange_near_its_threshold(floor: int, percent: int, left: str, debt: str) -> None:
    tones = said(HOME, Change(), floor=floor, percent=percent)
    assert (tones["Reste à vivre par part"], tones["Taux d’endettement"]) == (left, debt)


def test_sentences_fit_what_there_is() -> None:
    assert said((), Change(), floor=0)["Taux d’endettement"] == "danger"
    change = Change(instalment_cents=1, vehicle_cents=2, replaced_cents=3)
    assert said(HOME, change, floor=0)["Revenus"] == "neutral"


def test_what_the_project_brings_is_said_beside_the_income() -> None:
    budget = figures(HOME, Household(), on=TODAY)
    change = Change(income_cents=20_000)
    (income, *_rest) = explain(budget, budget.plus(change), change, floor_cents=0, most_percent=Decimal(33))
    assert "Avec le projet : plus 200,00" in income.sentence
    assert income.now != income.after


@pytest.mark.parametrize(
    ("debts", "in_file", "count"),
    [
        (Debts.NONE, None, 0),
        (Debts.NONE, True, 1),
        (Debts.FILED, False, 1),
        (Debts.RECOVERY, False, 1),
        (Debts.PLAN, True, 3),
    ],
)
def test_what_to_think_of_is_said_and_the_file_is_no_refusal(debts: Debts, in_file: bool | None, count: int) -> None:
    found = warnings(debts, in_file=in_file, items=HOME)
    assert len(found) == count
    if in_file:
        assert any("pas un refus en soi" in sentence for sentence in found)


def test_a_plan_that_is_among_the_credits_is_not_asked_for() -> None:
    assert len(warnings(Debts.PLAN, in_file=None, items=[Item(ItemKind.DEBT_PLAN, 1)])) == 1


UNIT = UnitCosts(Decimal(175), Decimal("6.5"), 500, 100, 8_000)


def test_a_vehicle_costs_what_its_kilometres_cost() -> None:
    use = Use(insurance_cents=5_000, commute_km=Decimal("12.5"), days_a_week=5, other_km_a_week=20)
    # (12.5 × 2 × 5 + 20) × 52 / 12 = 628.33 km
    assert km_a_month(use) == 628
    parts = running_cost(use, UNIT)
    assert [part.cents for part in parts] == [5_000, 7_144, 3_140, 628, 333]
    assert total_cents(parts) == 16_245
    assert {part.label for part in running_cost(Use(0, energy=Energy.ELECTRIC), UNIT)} >= {"Électricité"}


def test_the_account_goes_month_by_month_and_a_loan_ends() -> None:
    items = (
        Item(ItemKind.WAGE, 100_000),
        Item(ItemKind.RENT, 60_000),
        Item(ItemKind.LOAN, 10_000, ends_on=date(2026, 12, 31)),
    )
    months = curve(
        items, starts_on=TODAY, opening_cents=5_000, living_cents=35_000, instalments={(2027, 1): 8_000}, project_cents=1_000
    )  # fmt: skip
    assert len(months) == MONTHS
    assert [month.balance for month in months[:3]] == [-1_000, -7_000, -11_000]
    assert (months[2].credits, months[2].project) == (0, 9_000)
    assert first_below_zero(months) is months[0]
    assert first_below_zero(curve(items, starts_on=TODAY, opening_cents=10**7, living_cents=0)) is None


def test_both_curves_share_one_scale() -> None:
    months = curve(HOME, starts_on=TODAY, opening_cents=0, living_cents=100_000)
    drawn = curve_points(months, curve(HOME, starts_on=TODAY, opening_cents=0, living_cents=0))
    assert 0 < drawn.zero < HEIGHT
    assert len(drawn.with_project.split()) == len(drawn.without.split()) == MONTHS
    assert month_name(date(2027, 3, 1)) == "mars 2027"


ITEMS = st.lists(
    st.builds(
        Item,
        kind=st.sampled_from(ItemKind),
        amount_cents=st.integers(1, 500_000),
        every=st.sampled_from(Every),
        ends_on=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    ),
    max_size=8,
)


@given(ITEMS, st.integers(0, 5), st.integers(0, 5), st.integers(0, 100_000))
def test_an_instalment_takes_exactly_itself(items: list[Item], others: int, children: int, instalment: int) -> None:
    household = Household(others, children)
    now = figures(items, household, on=TODAY)
    after = figures(items, household, on=TODAY, change=Change(instalment_cents=instalment))
    assert now.rest - after.rest == instalment
    assert abs(after.rest_per_unit * household.units - after.rest) <= household.units
    if now.debt_percent is not None and after.debt_percent is not None:
        assert after.debt_percent >= now.debt_percent


@given(ITEMS, st.integers(-100_000, 100_000), st.integers(0, 100_000))
def test_the_account_ends_where_its_months_lead(items: list[Item], opening: int, living: int) -> None:
    months = curve(items, starts_on=TODAY, opening_cents=opening, living_cents=living)
    moved = sum(one.income - one.charges - one.credits - one.living - one.project for one in months)
    assert months[-1].balance == opening + moved
