"""Every refusal, in one table; and what lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mobility.desks.rules import DayException
from mobility.fleet.kinds import Category
from mobility.loans.rules.eligibility import LoanFacts, ObjectiveFacts, assess, right_for
from mobility.loans.rules.periods import open_for_return
from mobility.loans.rules.policy import Blackout, HandoverMode
from tests.unit.loans.helpers import calendar, licence, paris, person, right, setting, wish, with_terms

ANOTHER = LoanFacts(Category.CAR, paris("2026-12-01"), paris("2026-12-05"), 5, holding=True)
PAST = LoanFacts(Category.CAR, paris("2026-03-01"), paris("2026-03-20"), 20, holding=False)

REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # (code, changes of the person, of the wish, of the setting, of the terms)
    ("person_restricted", {"restricted": True}, {}, {}, {}),
    ("too_young", {"born_on": date(2011, 1, 1), "represented": True}, {}, {}, {}),
    ("representative_missing", {"born_on": date(2009, 6, 1)}, {}, {}, {}),
    ("representative_missing", {"protected_adult": True}, {}, {}, {}),
    ("licence_missing", {"licences": ()}, {}, {}, {}),
    ("licence_unchecked", {"licences": (licence(checked=False),)}, {}, {}, {}),
    ("licence_probation", {"licences": (licence(probation_until_on=date(2027, 1, 1)),)}, {}, {}, {"probation_allowed": False}),
    ("no_right", {"rights": ()}, {}, {}, {}),
    ("no_right", {"rights": (right(ends_on=date(2026, 11, 26)),)}, {}, {}, {}),
    ("right_category", {"rights": (right(categories=frozenset({Category.BIKE})),)}, {}, {}, {}),
    ("right_dates", {"rights": (right(ends_on=date(2026, 12, 10)),)}, {}, {}, {}),
    ("right_dates", {"rights": (right(starts_on=date(2026, 11, 28)),)}, {}, {}, {}),
    ("right_days", {"rights": (right(days_allowed=20, days_used=6),)}, {}, {}, {}),
    ("no_objective", {"objectives": ()}, {}, {}, {}),
    ("no_objective", {"objectives": (ObjectiveFacts(1, date(2026, 12, 5), None),)}, {}, {}, {}),
    ("no_objective", {"objectives": (ObjectiveFacts(1, date(2026, 11, 1), date(2026, 12, 3)),)}, {}, {}, {}),
    ("no_objective", {}, {"objective_id": 99}, {}, {}),
    ("unpaid_balance", {"balance_cents": 1}, {}, {}, {}),
    ("unpaid_balance", {"balance_cents": 1001}, {}, {"tolerated_balance_cents": 1000}, {}),
    ("paper_missing", {}, {}, {}, {"required_papers": ("identity",)}),
    ("too_many_at_once", {"loans": (ANOTHER,)}, {}, {}, {}),
    ("too_many_this_year", {"loans": (PAST,)}, {}, {}, {"max_loans_per_year": 1}),
    ("days_this_year", {"loans": (PAST,)}, {}, {}, {"max_days_per_year": 30}),
    ("bad_period", {}, {"due_at": paris("2026-11-27")}, {}, {}),
    ("in_past", {}, {"start_at": paris("2026-11-23", "16:00")}, {}, {}),
    ("too_soon", {}, {}, {}, {"lead_time_hours": 96}),
    ("too_far", {"objectives": (ObjectiveFacts(1, date(2026, 1, 1), None),), "rights": (right(ends_on=date(2030, 1, 1)),)},
     {"start_at": paris("2027-12-01"), "due_at": paris("2027-12-10")}, {}, {}),
    ("too_short", {}, {}, {}, {"min_days": 16}),
    ("too_long", {}, {}, {}, {"max_days": 14}),
    ("blackout", {}, {}, {}, {"blackouts": (Blackout(date(2026, 12, 11), date(2026, 12, 20), "Inventaire"),)}),
    ("blackout", {}, {}, {}, {"blackouts": (Blackout(date(2026, 11, 20), date(2026, 11, 27)),)}),
    ("desk_closed_start", {}, {"start_at": paris("2026-11-28")}, {}, {}),
    ("desk_closed_start", {}, {"start_at": paris("2026-11-27", "18:00")}, {}, {}),
    ("desk_closed_end", {}, {"due_at": paris("2026-12-12")}, {}, {}),
    ("desk_closed_end", {}, {"due_at": paris("2026-12-11", "18:01")}, {}, {}),
    ("desk_closed_end", {}, {"due_at": paris("2026-12-12")}, {}, {"handover": HandoverMode.KEY_BOX}),
    ("desk_closed_end", {}, {"due_at": paris("2026-12-12")}, {"key_box": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "of_person", "of_wish", "of_setting", "of_terms"), REFUSALS)
def test_each_rule_refuses_alone_and_says_what_would_lift_it(
    code: str,
    of_person: dict[str, Any],
    of_wish: dict[str, Any],
    of_setting: dict[str, Any],
    of_terms: dict[str, Any],
) -> None:
    got = assess(wish(**of_wish), person(**of_person), with_terms(setting(**of_setting), **of_terms))
    assert [reason.code for reason in got] == [code]
    assert got[0].text.endswith(".")
    assert got[0].lifted_by.endswith(".")


ALLOWED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}, {}),
    ({"born_on": date(2009, 6, 1), "represented": True}, {}, {}, {}),
    ({"protected_adult": True, "represented": True}, {}, {}, {}),
    ({"rights": (right(days_allowed=20, days_used=5),)}, {}, {}, {}),
    ({"objectives": ()}, {}, {}, {"needs_objective": False}),
    ({"objectives": (ObjectiveFacts(1, date(2026, 12, 4), date(2026, 12, 4)),)}, {}, {}, {}),
    ({"objectives": (ObjectiveFacts(1, date(2026, 1, 1), None),)}, {"objective_id": 1}, {}, {}),
    ({"balance_cents": -500}, {}, {}, {}),
    ({"balance_cents": 1000}, {}, {"tolerated_balance_cents": 1000}, {}),
    ({"papers": frozenset({"identity"})}, {}, {}, {"required_papers": ("identity",)}),
    ({"loans": (ANOTHER,)}, {}, {}, {"max_simultaneous": 2}),
    ({"loans": (replace(ANOTHER, holding=False),)}, {}, {}, {}),
    ({"loans": (replace(ANOTHER, start_at=paris("2026-12-11", "17:00"), due_at=paris("2026-12-20")),)}, {}, {}, {}),
    ({"loans": (PAST,)}, {}, {}, {"max_loans_per_year": 2, "max_days_per_year": 35}),
    ({"loans": (replace(PAST, category=Category.BIKE),)}, {}, {}, {"max_loans_per_year": 1}),
    ({"loans": (replace(PAST, start_at=paris("2025-03-01")),)}, {}, {}, {"max_loans_per_year": 1}),
    ({}, {"start_at": paris("2026-11-24", "09:00")}, {}, {}),
    ({}, {}, {}, {"lead_time_hours": 72}),
    ({}, {}, {}, {"min_days": 15, "max_days": 15}),
    ({}, {}, {}, {"blackouts": (Blackout(date(2026, 12, 1), date(2026, 12, 5)),)}),
    ({}, {"due_at": paris("2026-12-11", "18:00")}, {}, {}),
    ({}, {"due_at": paris("2026-12-12", "23:00")}, {"key_box": True}, {"handover": HandoverMode.KEY_BOX}),
]


@pytest.mark.parametrize(("of_person", "of_wish", "of_setting", "of_terms"), ALLOWED)
def test_what_is_in_order_passes(
    of_person: dict[str, Any], of_wish: dict[str, Any], of_setting: dict[str, Any], of_terms: dict[str, Any]
) -> None:
    assert assess(wish(**of_wish), person(**of_person), with_terms(setting(**of_setting), **of_terms)) == []


def test_a_closed_desk_proposes_its_next_opening_and_says_why_it_is_closed() -> None:
    closed = calendar(exceptions={date(2026, 11, 27): (DayException(None, "Inventaire"),)})
    (reason,) = assess(wish(), person(), setting(calendar=closed))
    assert "Inventaire" in reason.text
    assert "lundi 30 novembre à 9\u00a0h" in reason.lifted_by


def test_a_desk_that_never_opens_sends_to_another_one() -> None:
    from mobility.desks.rules import OpeningCalendar

    got = assess(wish(), person(), setting(calendar=OpeningCalendar()))
    assert {reason.lifted_by for reason in got} == {"Choisir une autre antenne."}


def test_several_reasons_come_together() -> None:
    got = assess(wish(), person(licences=(), rights=(), balance_cents=5), setting())
    assert [reason.code for reason in got] == ["licence_missing", "no_right", "unpaid_balance"]


def test_a_loan_draws_on_the_right_that_ends_first_among_those_that_suffice() -> None:
    short, long = right(id=1, ends_on=date(2026, 12, 31)), right(id=2, ends_on=date(2027, 12, 31))
    spent = right(id=3, ends_on=date(2026, 12, 20), days_used=60)
    found = right_for(wish(), [long, spent, short])
    assert found is not None
    assert found.id == 1


def test_a_vehicle_may_come_back_at_closing_time_but_not_after() -> None:
    assert open_for_return(calendar(), paris("2026-12-11", "18:00"))
    assert open_for_return(calendar(), paris("2026-12-11", "09:00"))
    assert not open_for_return(calendar(), paris("2026-12-11", "18:01"))
    assert not open_for_return(calendar(), paris("2026-12-11", "08:59"))
