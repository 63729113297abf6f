"""Debts first: what each way means, when it is looked at again, and when debts may be said to have an outcome."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.debts import (
    DEBT_OUTCOME_LABELS,
    DEBT_STEPS,
    DEBT_WAY_LABELS,
    LONGEST_DAYS,
    DebtOutcome,
    DebtWay,
    against_review,
    against_settling,
)
from mobility.microcredit.rules.states import Action, Facts, missing

TODAY = date(2026, 11, 23)


def test_each_way_says_what_is_done_and_ends_in_the_budget() -> None:
    assert set(DEBT_WAY_LABELS) == set(DEBT_STEPS) == set(DebtWay)
    assert set(DEBT_OUTCOME_LABELS) == set(DebtOutcome)
    assert all(steps[-1].startswith("Une fois") and "budget" in steps[-1] for steps in DEBT_STEPS.values())


@pytest.mark.parametrize(
    ("days", "said"),
    [(-1, "à venir"), (0, "à venir"), (1, ""), (LONGEST_DAYS, ""), (LONGEST_DAYS + 1, "dans l’année")],
)
def test_it_is_looked_at_again_within_the_year(days: int, said: str) -> None:
    why = against_review(TODAY + timedelta(days=days), today=TODAY)
    assert (said in why) if said else why == ""


@pytest.mark.parametrize(
    ("credits_cents", "most_cents", "told", "said"),
    [
        (0, None, False, "dans le budget"),
        (0, 100_00, False, "dans le budget"),
        (100_00, None, True, ""),
        (100_00, 100_00, True, ""),
        (100_01, 100_00, True, "encore à 100,01"),
        (1, 0, True, "il faut 0,00"),
    ],
)
def test_debts_have_an_outcome_once_the_budget_shows_it(
    credits_cents: int, most_cents: int | None, told: bool, said: str
) -> None:
    found = against_settling(credits_cents=credits_cents, most_cents=most_cents, told_since=told)
    assert (len(found) == 1 and said in found[0]) if said else found == ()


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_lower_instalments_never_lack_more(one: int, other: int, most: int) -> None:
    low, high = sorted((one, other))

    def lacks(cents: int) -> tuple[str, ...]:
        return against_settling(credits_cents=cents, most_cents=most, told_since=True)

    assert not lacks(low) or lacks(high)


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.TO_COMMITTEE, Action.TRANSMIT])
def test_a_dossier_that_waits_does_not_leave(action: Action) -> None:
    facts = Facts(has_bank=True, has_opinion=True, has_budget=True)
    assert missing(action, facts, on=TODAY, today=TODAY) == ()
    waits = Facts(has_bank=True, has_opinion=True, has_budget=True, debts_first=True)
    (said,) = missing(action, waits, on=TODAY, today=TODAY)
    assert "dettes d’abord" in said


def test_a_dossier_waits_for_the_quote_at_the_new_price() -> None:
    facts = Facts(has_bank=True, has_opinion=True, has_budget=True, awaited_price="Garage Martin, 2 400,00 €")
    (said,) = missing(Action.COMPLETE, facts, on=TODAY, today=TODAY)
    assert "Garage Martin, 2 400,00 €" in said
