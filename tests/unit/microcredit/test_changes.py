"""What a budget bears, offers side by side, and the smallest changes that turn a red light."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.funding.rules import Purpose
from mobility.microcredit.rules.budget import Change as Project
from mobility.microcredit.rules.budget import Figures
from mobility.microcredit.rules.capacity import Light, judge
from mobility.microcredit.rules.changes import Case, ChangeKind, after_refusal, quoted, stands, what_would_change_it
from mobility.microcredit.rules.offers import Band
from mobility.microcredit.rules.schedule import Waiting
from mobility.microcredit.rules.simulation import Simulation, simulate
from mobility.microcredit.rules.usury import Ceiling
from tests.unit.microcredit.scene import BOUNDS, asks, bank

TIGHT = Figures(900_00, 500_00)


@pytest.mark.parametrize(
    ("budget", "month", "light", "reasons"),
    [
        (Figures(1000_00, 600_00), 100_00, Light.ORANGE, 0),
        (Figures(1000_00, 100_00), 100_00, Light.GREEN, 0),
        (Figures(1000_00, 600_00), 100_01, Light.RED, 1),
        (Figures(1000_00, 100_00, 230_00), 100_00, Light.ORANGE, 0),
        (Figures(1000_00, 100_00, 230_00), 105_00, Light.RED, 1),
        (Figures(1000_00, 600_00, 0, Decimal("1.5")), 0, Light.RED, 1),
        (Figures(0), 100_00, Light.RED, 2),
        (Figures(0), 0, Light.RED, 1),
    ],
)
def test_a_budget_is_held_against_the_floor_and_the_debt(
    budget: Figures, month: int, light: Light, reasons: int
) -> None:
    verdict = judge(budget, month, floor_cents=300_00, most_percent=Decimal(33))
    assert (verdict.light, len(verdict.reasons)) == (light, reasons)
    assert verdict.remaining_cents == budget.plus(Project(instalment_cents=month)).rest


def _kinds(case: Case, *others: object) -> list[ChangeKind]:
    return [change.kind for change in what_would_change_it(case, [case.bank, *others])]  # type: ignore[list-item]


def test_a_green_light_needs_no_change() -> None:
    assert _kinds(Case(asks(), bank(), Figures(2000_00), BOUNDS)) == []
    assert _kinds(Case(asks(), bank(), None, BOUNDS)) == []


def test_longer_is_the_first_month_that_holds() -> None:
    case = Case(asks(months=24), bank(), TIGHT, BOUNDS)
    changes = what_would_change_it(case, [case.bank])
    longer = changes[0]
    assert (longer.kind, longer.ask.months) == (ChangeKind.LONGER, 32)
    assert longer.month_cents <= 100_00
    assert stands(replace(case, ask=asks(months=31))) is None
    assert "Rembourser en 32 mois" in longer.sentence
    assert "de plus" in longer.sentence
    assert [change.kind for change in changes] == [ChangeKind.LONGER, ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER]


def test_less_is_the_largest_ten_euros_that_hold() -> None:
    case = Case(asks(months=24), bank(months_max=24), TIGHT, BOUNDS)
    changes = {change.kind: change for change in what_would_change_it(case, [case.bank])}
    less = changes[ChangeKind.CONTRIBUTION]
    assert less.ask.amount_cents % 10_00 == 0
    assert stands(replace(case, ask=replace(less.ask, amount_cents=less.ask.amount_cents + 10_00))) is None
    assert "Chercher un véhicule" in changes[ChangeKind.CHEAPER].sentence


def test_a_licence_is_not_looked_for_cheaper() -> None:
    case = Case(asks(months=24, purpose=Purpose.LICENCE), bank(), TIGHT, BOUNDS)
    assert ChangeKind.CHEAPER not in _kinds(case)
    repair = replace(case, ask=asks(months=24, purpose=Purpose.REPAIR))
    assert any("un devis" in change.sentence for change in what_would_change_it(repair, []))


def test_another_bank_comes_first_where_it_lends_and_costs_no_more() -> None:
    case = Case(asks(), bank(amount_max_cents=2000_00), Figures(2000_00), BOUNDS)
    changes = what_would_change_it(case, [case.bank, bank("Banque B", 2), bank("Banque C", 3, amount_max_cents=1)])
    assert (changes[0].kind, changes[0].bank.name) == (ChangeKind.OTHER_BANK, "Banque B")


def test_a_duration_beyond_the_banks_is_shortened() -> None:
    case = Case(asks(months=48), bank(months_max=36), Figures(2000_00), BOUNDS)
    shorter = what_would_change_it(case, [case.bank])[0]
    assert (shorter.kind, shorter.ask.months) == (ChangeKind.SHORTER, 36)


def test_longer_and_less_together_where_neither_is_little() -> None:
    case = Case(asks(months=12), bank(months_max=24), TIGHT, BOUNDS)
    changes = {change.kind: change for change in what_would_change_it(case, [case.bank])}
    both = changes[ChangeKind.LONGER_AND_LESS]
    assert both.ask.months == 24
    assert both.ask.amount_cents > changes[ChangeKind.CONTRIBUTION].ask.amount_cents
    assert both.effort < changes[ChangeKind.CONTRIBUTION].effort


def test_longer_is_not_added_where_it_saves_nothing() -> None:
    case = Case(asks(months=24), bank(amount_max_cents=2000_00), Figures(2000_00), BOUNDS)
    assert _kinds(case) == [ChangeKind.CONTRIBUTION, ChangeKind.CHEAPER]


def test_debts_come_first_where_nothing_holds_even_without_the_loan() -> None:
    budget = Figures(1000_00, 300_00, 450_00)
    case = Case(asks(), bank(), budget, BOUNDS)
    changes = what_would_change_it(case, [case.bank])
    assert changes[0].kind is ChangeKind.DEBT_FIRST
    assert changes[0].credits_cents is not None
    assert "plan de surendettement" in changes[0].sentence
    eased = replace(case, budget=replace(budget, credits=changes[0].credits_cents))
    assert stands(eased) is not None
    harder = replace(case, budget=replace(budget, credits=changes[0].credits_cents + 50))
    assert stands(harder) is None


def test_no_change_is_invented_where_none_helps() -> None:
    assert _kinds(Case(asks(), bank(), Figures(0), BOUNDS)) == []
    assert _kinds(Case(asks(), bank(), Figures(100_00, 0, 10_00), BOUNDS)) == []


def test_terms_that_give_no_schedule_do_not_stand() -> None:
    """The interest of two years' wait is more than the first instalment of a long loan."""
    long_wait = bank(most_wait_months=24, bands=(Band(Decimal(20)),))
    case = Case(asks(months=60, first_on=date(2028, 11, 1)), long_wait, None, BOUNDS)
    assert quoted(case) is None


@settings(max_examples=25, deadline=None)
@given(
    st.integers(30, 800), st.integers(6, 84), st.integers(400, 2500), st.integers(0, 1500), st.integers(0, 600),
    st.sampled_from(Purpose), st.sampled_from(Waiting),
)  # fmt: skip
def test_every_change_that_is_proposed_turns_the_light(
    tens: int, months: int, income: int, charges: int, credits_: int, purpose: Purpose, waiting: Waiting
) -> None:
    asked = asks(amount_cents=tens * 10_00, months=months, purpose=purpose)
    budget = Figures(income * 100, charges * 100, credits_ * 100)
    mine = bank(amount_max_cents=4000_00, months_max=60, waiting=waiting)
    case = Case(asked, mine, budget, BOUNDS)
    changes = what_would_change_it(case, [mine, bank("Banque B", 2, bands=(Band(Decimal("2.5")),))])
    assert not (changes and stands(case))
    for change in changes:
        then = budget if change.credits_cents is None else replace(budget, credits=change.credits_cents)
        found = stands(Case(change.ask, change.bank, then, BOUNDS))
        assert found is not None
        assert (found.month_cents, found.cost_cents) == (change.month_cents, change.cost_cents)
        assert change.sentence.endswith(".")
    assert [change.effort for change in changes] == sorted(change.effort for change in changes)


def _simulate(*banks: object, budget: Figures | None = None, ceiling: str = "23.56", months: int = 36) -> Simulation:
    return simulate(
        asks(months=months), list(banks), budget=budget, bounds=BOUNDS,  # type: ignore[arg-type]
        ceilings=[Ceiling(None, Decimal(ceiling))], ceilings_since_on=date(2026, 10, 1),
    )  # fmt: skip


def test_the_cheapest_offer_that_stands_comes_first() -> None:
    found = _simulate(bank(), bank("Banque B", 2, bands=(Band(Decimal(3)),)), bank("Banque C", 3, months_max=12))
    assert [one.bank.name for one in found.offered] == ["Banque B", "Banque A"]
    assert [one.bank.name for one in found.refused] == ["Banque C"]
    assert (found.stands, found.changes) == (True, ())
    assert found.offered[0].verdict is None


def test_an_offer_above_the_usury_ceiling_does_not_stand() -> None:
    found = _simulate(bank(), ceiling="4.07")
    assert not found.stands
    assert found.offered[0].usury.exceeded


def test_changes_of_all_banks_are_told_once_a_kind_with_the_banks_name() -> None:
    found = _simulate(bank(), bank("Banque B", 2, bands=(Band(Decimal(3)),)), budget=TIGHT, months=24)
    kinds = [change.kind for change in found.changes]
    assert len(kinds) == len(set(kinds))
    assert kinds[0] is ChangeKind.LONGER
    assert all(change.bank.name in change.sentence for change in found.changes)


def test_terms_without_schedule_or_rate_are_refused_in_words() -> None:
    waits = bank("Attente", 4, most_wait_months=24, bands=(Band(Decimal(20)),))
    fee = bank("Frais", 5, fee_cents=3000_00)
    found = simulate(
        asks(months=60, first_on=date(2028, 11, 1)), [waits], budget=None, bounds=BOUNDS, ceilings=(),
        ceilings_since_on=None,
    )  # fmt: skip
    assert "rapprochez-la" in found.refused[0].reasons[0]
    assert _simulate(fee).refused[0].reasons == ("Ces conditions ne donnent pas de taux annuel.",)


def test_after_a_refusal_of_a_red_request_the_same_changes_are_said() -> None:
    case = Case(asks(months=12), bank(), TIGHT, BOUNDS)
    assert after_refusal(case, []) == what_would_change_it(case, [])


def test_after_a_refusal_of_a_budget_that_holds_just_so_more_room_is_sought_and_another_bank() -> None:
    # 310 euros are left with 36 months, 300 are the floor: what is sought leaves 330.
    month = stands(Case(asks(), bank(), None, BOUNDS))
    assert month is not None
    budget = Figures(310_00 + month.month_cents)
    case = Case(asks(), bank(), budget, BOUNDS)
    found = after_refusal(case, [bank("Banque B", 2)])
    assert {ChangeKind.LONGER, ChangeKind.OTHER_BANK} <= {change.kind for change in found}
    longer = next(change for change in found if change.kind is ChangeKind.LONGER)
    assert budget.rest - longer.month_cents >= 330_00
    assert [change.effort for change in found] == sorted(change.effort for change in found)


def test_after_a_refusal_of_a_comfortable_budget_only_another_bank_is_proposed() -> None:
    case = Case(asks(), bank(), Figures(2000_00), BOUNDS)
    assert [change.kind for change in after_refusal(case, [bank("Banque B", 2)])] == [ChangeKind.OTHER_BANK]
    assert after_refusal(case, []) == ()


def test_after_a_refusal_another_bank_is_named_once_where_the_refused_terms_did_not_allow_the_request() -> None:
    case = Case(asks(months=48), bank(months_max=36), Figures(2000_00), BOUNDS)
    other = bank("Banque B", 2)
    assert ChangeKind.OTHER_BANK in {change.kind for change in what_would_change_it(case, [other])}
    found = [change for change in after_refusal(case, [other]) if change.kind is ChangeKind.OTHER_BANK]
    assert [change.bank.name for change in found] == ["Banque B"]
