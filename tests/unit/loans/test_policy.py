"""Which policy applies."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from types import SimpleNamespace

import pytest

from mobility.fleet.kinds import Category
from mobility.loans.rules.policy import (
    Blackout,
    DepositKind,
    HandoverMode,
    PolicyFacts,
    Terms,
    choose_policy,
    terms_from,
)
from mobility.people.kinds import PersonStatus

DAY = date(2026, 11, 24)
GENERAL = PolicyFacts(1, None, Category.CAR, None, date(2026, 1, 1))
STATUS = PolicyFacts(2, None, Category.CAR, PersonStatus.RSA, date(2026, 1, 1))
DESK = PolicyFacts(3, 7, Category.CAR, None, date(2026, 1, 1))
BOTH = PolicyFacts(4, 7, Category.CAR, PersonStatus.RSA, date(2026, 1, 1))
ALL = (GENERAL, STATUS, DESK, BOTH)


def choose(
    policies: tuple[PolicyFacts, ...], desk_id: int = 7, status: PersonStatus | None = PersonStatus.RSA, on: date = DAY
) -> int | None:
    found = choose_policy(policies, desk_id=desk_id, category=Category.CAR, status=status, on=on)
    return None if found is None else found.id


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (ALL, 4),
        ((GENERAL, STATUS, DESK), 3),
        ((GENERAL, STATUS), 2),
        ((GENERAL,), 1),
        ((), None),
    ],
)
def test_the_most_specific_policy_wins(policies: tuple[PolicyFacts, ...], expected: int | None) -> None:
    assert {choose(order) for order in permutations(policies)} == {expected}


def test_a_policy_of_another_desk_status_or_category_does_not_concern() -> None:
    assert choose(ALL, desk_id=8) == 2
    assert choose(ALL, status=PersonStatus.STUDENT) == 3
    assert choose(ALL, status=None) == 3
    assert choose_policy(ALL, desk_id=7, category=Category.BIKE, status=None, on=DAY) is None


def test_the_latest_policy_that_has_begun_replaces_the_earlier_ones() -> None:
    later = PolicyFacts(5, 7, Category.CAR, PersonStatus.RSA, DAY)
    future = PolicyFacts(6, 7, Category.CAR, PersonStatus.RSA, date(2026, 11, 25))
    assert choose((*ALL, future, later)) == 5
    assert choose((*ALL, future, later), on=date(2026, 11, 23)) == 4
    assert choose((*ALL, future, later), on=date(2026, 11, 25)) == 6


def test_a_policy_that_no_longer_applies_gives_the_word_back_to_the_wider_one() -> None:
    ended = PolicyFacts(5, 7, Category.CAR, PersonStatus.RSA, DAY, applies=False)
    assert choose((*ALL, ended)) == 3
    resumed = PolicyFacts(6, 7, Category.CAR, PersonStatus.RSA, date(2026, 12, 1))
    assert choose((*ALL, ended, resumed), on=date(2026, 12, 1)) == 6


def test_before_every_policy_there_is_none() -> None:
    assert choose(ALL, on=date(2025, 12, 31)) is None


def test_a_blackout_holds_both_its_days() -> None:
    blackout = Blackout.from_json({"from": "2026-12-24", "until": "2027-01-02", "reason": "Fermeture"})
    assert blackout.covers(date(2026, 12, 24))
    assert blackout.covers(date(2027, 1, 2))
    assert not blackout.covers(date(2026, 12, 23))
    assert not blackout.covers(date(2027, 1, 3))
    assert Blackout.from_json(blackout.to_json()) == blackout


def test_terms_read_off_a_loan_keep_what_lives_on() -> None:
    row = SimpleNamespace(
        price_per_day_cents=500, deposit_cents=30000, deposit_kinds=["cheque"], min_days=2, max_days=20,
        max_renewals=1, buffer_minutes=30, km_per_day=60, extra_km_cents=20, handover=HandoverMode.KEY_BOX,
        funder_organisation_id=9, funder_rate_bp=9000, funder_day_cap_cents=600, funder_month_cap_cents=18000,
        funder_max_days=60,
    )  # fmt: skip
    terms = terms_from(row)
    assert terms.deposit_kinds == (DepositKind.CHEQUE,)
    assert terms.funder is not None
    assert terms.funder.rate_bp == 9000
    assert terms.lead_time_hours == 0
    row.funder_rate_bp = 0
    assert terms_from(row).funder is None
    assert Terms() == Terms()
