"""A plan of arrears: what a budget bears, what keeps lines from being a plan, how payments are laid, kept or not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import ForbiddenTransition
from mobility.microcredit.rules.accords import (
    ACCORD_LABELS,
    ACCORD_TONES,
    ACCORDS,
    LAID,
    AccordAction,
    AccordState,
    digest,
    missing_signers,
    sides,
)
from mobility.microcredit.rules.arrears import (
    Line,
    PlanMonth,
    bearable,
    is_broken,
    is_kept,
    last_day,
    months_of,
    problems,
    suggest,
    under_plan,
)
from mobility.microcredit.rules.repayment import Due, DueKind, settle
from mobility.microcredit.rules.signals import SignalKind, read_signals
from mobility.pathway.plan.rules.terms import Party
from mobility.people.rules import SignsWith, add_months

FIRST = date(2027, 3, 5)
# Four instalments of 100 €; by the end of February two were missed.
DUES = [Due(number, date(2027, number, 5), 10_000) for number in range(1, 7)]
LINES = [Line(date(2027, 3, 5), 10_000), Line(date(2027, 4, 20), 10_000)]
LAST = date(2033, 1, 1)


@pytest.mark.parametrize(
    ("cents", "bears", "most", "months", "amounts", "fits"),
    [
        (17_714, 7_000, 12, None, [6_000, 6_000, 5_714], True),
        (17_714, 17_800, 12, None, [17_714], True),
        (17_714, None, 4, None, [4_500, 4_500, 4_500, 4_214], None),
        (17_714, 99, 4, None, [4_500, 4_500, 4_500, 4_214], False),
        (17_714, 2_000, 4, None, [4_500, 4_500, 4_500, 4_214], False),
        (17_714, 2_000, 12, 2, [8_900, 8_814], False),
        (17_714, None, 12, 99, [1_500] * 11 + [1_214], None),
        (150, 10_000, 12, 3, [100, 50], True),
        (2, None, 12, 5, [2], None),
    ],
)
def test_arrears_are_spread_as_the_budget_bears(
    cents: int, bears: int | None, most: int, months: int | None, amounts: list[int], fits: bool | None
) -> None:
    found = suggest(cents, first_on=FIRST, bearable_cents=bears, most_months=most, months=months)
    assert [one.amount_cents for one in found.lines] == amounts
    assert found.fits is fits


@given(st.integers(1, 10**7), st.none() | st.integers(0, 10**6), st.integers(1, 36), st.none() | st.integers(-1, 40))
def test_a_suggestion_is_always_a_plan(cents: int, bears: int | None, most: int, months: int | None) -> None:
    found = suggest(cents, first_on=FIRST, bearable_cents=bears, most_months=most, months=months)
    assert problems(found.lines, cents, today=FIRST, last_on=add_months(FIRST, most), most=most) == ()
    if months is None and bears is not None and bears >= 100 and cents <= bears // 100 * 100 * most:
        assert found.fits


def test_nothing_late_is_nothing_to_spread() -> None:
    for cents, most in ((0, 3), (5, 0)):
        with pytest.raises(ValueError, match="nothing"):
            suggest(cents, first_on=FIRST, bearable_cents=None, most_months=most)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "au moins une somme"),
        ([Line(FIRST, 0), Line(date(2027, 4, 5), 20_000)], "un centime"),
        ([Line(FIRST, 10_000)], "il manque 100,00"),
        ([Line(FIRST, 30_000)], "100,00 € de trop"),
        ([Line(FIRST - timedelta(days=1), 20_000)], "passée"),
        ([Line(FIRST, 10_000), Line(FIRST, 10_000)], "se suivent"),
        ([Line(date(2033, 1, 2), 20_000)], "1er janvier 2033"),
        ([Line(add_months(FIRST, number), 5_000) for number in range(4)], "3 sommes au plus"),
    ],
)
def test_what_is_no_plan_says_why(lines: list[Line], words: str) -> None:
    said = (
        " ".join(problems(lines, 20_000, today=FIRST, last_on=LAST, most=3)).replace("\xa0", " ").replace("\u202f", " ")
    )
    assert words in said


def test_a_plan_that_is_one_needs_no_word() -> None:
    assert problems(LINES, 20_000, today=FIRST, last_on=LAST, most=3) == ()
    assert last_day(date(2026, 12, 1), 84) == date(2033, 12, 1)


def test_payments_go_to_what_falls_due_first_and_to_the_instalment_on_one_day() -> None:
    dues = under_plan(DUES, LINES, base_cents=0, arrears_cents=20_000)
    assert [(one.kind, one.due_on) for one in dues[:3]] == [
        (DueKind.INSTALMENT, date(2027, 3, 5)),
        (DueKind.PLAN, date(2027, 3, 5)),
        (DueKind.INSTALMENT, date(2027, 4, 5)),
    ]
    ledger = settle(dues, 15_000, on=date(2027, 3, 20))
    assert [row.paid_cents for row in ledger.rows[:3]] == [10_000, 5_000, 0]


def test_what_was_paid_of_an_instalment_stays_as_its_part() -> None:
    dues = under_plan(DUES, [Line(FIRST, 6_000)], base_cents=14_000, arrears_cents=6_000)
    assert [(one.kind, one.amount_cents) for one in dues[:4]] == [
        (DueKind.INSTALMENT, 10_000), (DueKind.PART, 4_000), (DueKind.INSTALMENT, 10_000), (DueKind.PLAN, 6_000),
    ]  # fmt: skip
    assert sum(one.amount_cents for one in dues) == 60_000
    with pytest.raises(ValueError, match="arrears"):
        under_plan(DUES, [Line(FIRST, 6_001)], base_cents=14_000, arrears_cents=6_000)


@given(
    st.lists(st.integers(1, 50_000), min_size=1, max_size=12),
    st.integers(0, 100),
    st.integers(0, 12),
    st.integers(1, 9),
)
def test_a_plan_changes_no_sum(amounts: list[int], paid_percent: int, fallen: int, months: int) -> None:
    dues = [Due(number, add_months(date(2026, 1, 5), number), cents) for number, cents in enumerate(amounts)]
    due_cents = sum(amounts[:fallen])
    base = due_cents * paid_percent // 100
    late = due_cents - base
    if not late:
        return
    lines = suggest(late, first_on=FIRST, bearable_cents=None, most_months=months).lines
    stream = under_plan(dues, lines, base_cents=base, arrears_cents=late)
    assert sum(one.amount_cents for one in stream) == sum(amounts)
    # On the day that it is made nothing is late any more, whatever falls due later.
    assert not settle(stream, base, on=min(FIRST, add_months(date(2026, 1, 5), fallen))).late
    assert settle(stream, sum(amounts), on=LAST).is_whole
    assert is_kept(settle(stream, sum(amounts), on=LAST))


def test_month_by_month_until_the_last_sum() -> None:
    ahead = DUES[2:]
    found = months_of(ahead, LINES, rest=lambda day: 90_000 if day.month == 3 else 80_000)
    assert found == (
        PlanMonth(date(2027, 3, 1), 10_000, 10_000, 70_000),
        PlanMonth(date(2027, 4, 1), 10_000, 10_000, 60_000),
    )
    assert (found[0].label, found[0].paid_cents) == ("mars 2027", 20_000)
    assert months_of([], [LINES[1]], rest=None) == (PlanMonth(date(2027, 4, 1), 0, 10_000, None),)


def test_what_a_budget_bears_is_that_of_its_tightest_month() -> None:
    assert bearable([90_000, 60_000], floor_cents=30_000, instalment_cents=10_000) == 20_000
    assert bearable([30_000], floor_cents=30_000, instalment_cents=10_000) == 0


@pytest.mark.parametrize(
    ("paid", "on", "kept", "broken"),
    [
        (0, date(2027, 3, 5), False, False),
        (10_000, date(2027, 3, 20), False, False),
        (0, date(2027, 3, 20), False, True),
        (20_000, date(2027, 4, 10), False, False),
        (20_000, date(2027, 4, 22), False, True),
        # One sum that is missing for more than sixty days ends it too.
        (30_000, date(2027, 4, 22), False, False),
        (50_000, date(2027, 8, 5), True, False),
        (50_000, date(2027, 8, 6), True, True),
        (60_000, date(2027, 9, 1), True, False),
    ],
)
def test_a_plan_is_kept_or_not(paid: int, on: date, kept: bool, broken: bool) -> None:
    ledger = settle(under_plan(DUES, LINES, base_cents=0, arrears_cents=20_000), paid, on=on)
    assert is_kept(ledger) is kept
    assert is_broken(ledger, on=on, misses=2, days=61) is broken


def test_a_missing_sum_of_a_plan_is_a_signal_of_its_own() -> None:
    dues = under_plan(DUES, LINES, base_cents=0, arrears_cents=20_000)
    found = read_signals(dues, [(date(2027, 3, 5), 12_000)], on=date(2027, 3, 20), grace_days=5)
    assert [one.kind for one in found] == [SignalKind.PLAN]
    assert "80,00" in found[0].words
    # A sum that came late, and is there, is nothing to do for anybody.
    assert (
        read_signals(dues, [(date(2027, 3, 5), 10_000), (date(2027, 3, 30), 10_000)], on=date(2027, 4, 2), grace_days=5)
        == []
    )


def test_an_agreement_begins_once_and_ends_once() -> None:
    assert set(ACCORD_LABELS) == set(ACCORD_TONES) == set(AccordState)
    over = {AccordState.APPLIED, AccordState.KEPT, AccordState.BROKEN, AccordState.REPLACED, AccordState.DROPPED}
    assert ACCORDS.final_states(AccordState) == over
    assert {AccordState.IN_FORCE, AccordState.KEPT} == LAID
    for state in over:
        for action in AccordAction:
            with pytest.raises(ForbiddenTransition):
                ACCORDS.after(state, action)


@pytest.mark.parametrize(
    ("signs", "given", "missing"),
    [
        (SignsWith.ALONE, [], [Party.PERSON]),
        (SignsWith.ALONE, [Party.PERSON], []),
        (SignsWith.WITH_REPRESENTATIVE, [Party.PERSON], [Party.REPRESENTATIVE]),
        (SignsWith.BY_REPRESENTATIVE, [], [Party.REPRESENTATIVE]),
        (SignsWith.BY_REPRESENTATIVE, [Party.REPRESENTATIVE], []),
    ],
)
def test_the_borrowers_side_signs_and_never_the_desk(
    signs: SignsWith, given: list[Party], missing: list[Party]
) -> None:
    assert missing_signers(signs, given) == missing
    assert Party.ADVISER not in sides(signs)


def test_the_digest_is_of_what_is_said_and_not_of_its_order() -> None:
    assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1}) != digest({"a": 2, "b": "é"})
