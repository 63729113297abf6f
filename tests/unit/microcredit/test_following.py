"""Early signals, new schedules, losses, and from when a vehicle carries: the rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.funding.rules import Purpose
from mobility.microcredit.rules.carrying import Wheels, carries_from
from mobility.microcredit.rules.law import Delays
from mobility.microcredit.rules.loss import split
from mobility.microcredit.rules.repayment import Due, settle
from mobility.microcredit.rules.rescheduling import NewPlan, Owed, compare, owed
from mobility.microcredit.rules.schedule import plain_schedule, principal_cents
from mobility.microcredit.rules.signals import SignalKind, act_before, read_signals, whole_on
from mobility.microcredit.rules.states import State

DUES = [Due(number, date(2027, number, 5), 10_000) for number in range(1, 5)]
ROWS = plain_schedule(300_000, Decimal(4), 36)
DAY = date(2026, 12, 1)
DELAYS = Delays(14, 7, 15)


@pytest.mark.parametrize(
    ("payments", "on", "kinds"),
    [
        ([], date(2027, 1, 10), []),
        ([], date(2027, 1, 11), [SignalKind.MISSED]),
        ([(date(2027, 1, 5), 4_000)], date(2027, 1, 11), [SignalKind.PARTIAL]),
        ([(date(2027, 1, 10), 10_000)], date(2027, 1, 20), []),
        ([(date(2027, 1, 11), 10_000)], date(2027, 1, 20), [SignalKind.LATE]),
        ([(date(2027, 1, 3), 20_000)], date(2027, 3, 20), [SignalKind.MISSED]),
        (
            [(date(2027, 1, 9), 5_000), (date(2027, 1, 30), 5_000)],
            date(2027, 2, 20),
            [SignalKind.LATE, SignalKind.MISSED],
        ),
    ],
)
def test_payments_say_what_is_missed_partial_or_late(
    payments: list[tuple[date, int]], on: date, kinds: list[SignalKind]
) -> None:
    assert [one.kind for one in read_signals(DUES, payments, on=on, grace_days=5)] == kinds


def test_an_instalment_is_whole_on_the_day_of_the_payment_that_makes_it_so() -> None:
    payments = [(date(2027, 2, 1), 15_000), (date(2027, 1, 2), 5_000)]
    assert whole_on(DUES, payments) == {DUES[0]: date(2027, 2, 1), DUES[1]: date(2027, 2, 1)}


@pytest.mark.parametrize(
    ("paid", "on", "before"),
    [
        (0, date(2027, 1, 3), None),
        (0, date(2027, 1, 20), date(2027, 2, 5)),
        (10_000, date(2027, 2, 20), date(2027, 3, 5)),
        (30_000, date(2027, 4, 20), date(2027, 4, 5) + timedelta(days=60)),
    ],
)
def test_who_is_late_has_until_the_second_instalment_or_sixty_days(paid: int, on: date, before: date | None) -> None:
    assert act_before(settle(DUES, paid, on=on), ficp_days=60) == before


@pytest.mark.parametrize(
    ("paid", "due", "left"),
    [
        (0, 0, Owed(300_000, 0, 0)),
        (8_857, 1, Owed(292_143, 0, 0)),
        (8_857, 3, Owed(292_143, ROWS[1].interest_cents + ROWS[2].interest_cents, 0)),
        (9_857, 3, Owed(292_143, ROWS[1].interest_cents + ROWS[2].interest_cents, 1_000)),
        (sum(row.payment_cents for row in ROWS) + 5, 36, Owed(0, 0, 0)),
    ],
)
def test_what_is_owed_is_the_capital_left_and_the_interest_fallen_due(paid: int, due: int, left: Owed) -> None:
    assert owed(ROWS, paid, due=due) == left
    assert left.cents == left.capital_cents + left.interest_cents


def test_an_insurance_on_top_pays_back_no_capital() -> None:
    asked = [row.payment_cents + 300 for row in ROWS]
    assert owed(ROWS, 9_157, due=1, asked=asked) == Owed(292_143, 0, 0)
    assert owed(ROWS, 8_857, due=1, asked=asked) == Owed(300_000, ROWS[0].interest_cents, 8_857, 300)


def test_old_and_new_stand_side_by_side() -> None:
    left = [Due(number, date(2027, 1, 5) + timedelta(days=30 * number), 8_857) for number in range(10)]
    plan = NewPlan(85_000, Decimal(4), 20, date(2027, 1, 1), date(2027, 2, 1))
    found = compare(left, plan)
    assert (found.old.months, found.old.instalment_cents, found.old.total_cents) == (10, 8_857, 88_570)
    assert (found.new.months, found.new.last_on) == (20, date(2028, 9, 1))
    assert found.new.instalment_cents < found.old.instalment_cents
    assert found.more_cents == found.new.total_cents - 88_570
    assert found.apr_percent == Decimal("4.0742") or abs(found.apr_percent - Decimal("4.0741")) < Decimal("0.01")
    with pytest.raises(ValueError, match="nothing"):
        compare([], plan)
    insured = compare(left, plan, insure=lambda rows: (200,) * len(rows))
    assert insured.new.total_cents == found.new.total_cents + 20 * 200
    assert [one.amount_cents - 200 for one in insured.dues] == [one.amount_cents for one in found.dues]
    assert insured.apr_percent > found.apr_percent


@given(st.integers(1_000, 800_000), st.integers(0, 800), st.integers(1, 84), st.integers(0, 84), st.integers(0, 84))
def test_a_new_schedule_pays_back_exactly_what_is_owed(
    cents: int, rate: int, months: int, paid_months: int, new_months: int
) -> None:
    rows = plain_schedule(cents, Decimal(rate) / 100, months)
    k = min(paid_months, months - 1)
    left = owed(rows, sum(row.payment_cents for row in rows[:k]), due=k)
    assert left.capital_cents == cents - sum(row.capital_cents for row in rows[:k])
    plan = NewPlan(left.cents, Decimal(rate) / 100, new_months + 1, DAY, date(2027, 1, 1))
    if left.cents < 100:
        return
    found = compare([Due(1, DAY, 1)], plan)
    assert principal_cents(found.rows) == left.cents
    assert found.rows[-1].balance_cents == 0


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_the_shares_of_a_loss_sum_to_the_loss(cents: int, hundredths: int) -> None:
    shares = split(cents, Decimal(hundredths) / 100)
    assert shares.fund_cents + shares.bank_cents == cents
    assert min(shares.fund_cents, shares.bank_cents) >= 0


def test_half_a_cent_is_the_funds() -> None:
    assert (split(101, Decimal(50)).fund_cents, split(101, Decimal(50)).bank_cents) == (51, 50)
    for cents, percent in ((-1, Decimal(50)), (1, Decimal(101)), (1, Decimal(-1))):
        with pytest.raises(ValueError, match="loss"):
            split(cents, percent)


@pytest.mark.parametrize(
    ("values", "today", "since"),
    [
        ({"state": State.TRANSMITTED}, DAY, None),
        ({"state": State.GRANTED, "granted_on": DAY}, DAY, DAY + timedelta(days=8)),
        ({"state": State.GRANTED, "granted_on": DAY}, DAY + timedelta(days=16), None),
        ({"state": State.OFFER_SIGNED, "signed_on": DAY}, DAY + timedelta(days=40), DAY + timedelta(days=8)),
        ({"state": State.REPAYING, "disbursed_on": DAY}, DAY, DAY),
        ({"state": State.REPAYING, "disbursed_on": DAY, "gone_on": DAY}, DAY, None),
        ({"state": State.REPAYING, "disbursed_on": DAY, "may_drive": False}, DAY, None),
        ({"state": State.REPAYING, "disbursed_on": DAY, "purpose": Purpose.LICENCE}, DAY, None),
        ({"state": State.WITHDRAWN, "granted_on": DAY, "signed_on": DAY}, DAY, None),
    ],
)
def test_a_vehicle_carries_from_the_banks_yes_until_it_is_gone(
    values: dict[str, Any], today: date, since: date | None
) -> None:
    facts: dict[str, Any] = {"purpose": Purpose.PURCHASE, "may_drive": True, **values}
    assert carries_from(Wheels(**facts), DELAYS, today=today) == since
