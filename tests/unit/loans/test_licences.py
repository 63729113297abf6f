"""Who may drive what, when."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mobility.fleet.kinds import Category
from mobility.loans.rules.licences import (
    NEEDED_BY,
    Driver,
    LicenceFacts,
    driver_for,
    full_months,
    full_years,
    licence_reasons,
)
from mobility.people.kinds import LicenceCategory as Held
from tests.unit.loans.helpers import licence

START, END = date(2026, 11, 27), date(2026, 12, 11)
ADULT = date(1995, 5, 5)


def codes(category: Category, *licences: LicenceFacts, born_on: date | None = ADULT, **kwargs: Any) -> list[str]:
    got = licence_reasons(category, licences, born_on=born_on, starts_on=START, ends_on=END, **kwargs)
    return [reason.code for reason in got]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"checked": False}, ["licence_unchecked"]),
        ({"valid_until_on": END}, []),
        ({"valid_until_on": date(2026, 12, 10)}, ["licence_expires"]),
        ({"suspended_from_on": date(2026, 12, 11)}, ["licence_suspended"]),
        ({"suspended_from_on": date(2026, 12, 12)}, []),
        ({"suspended_from_on": date(2026, 1, 1), "suspended_until_on": date(2026, 11, 27)}, ["licence_suspended"]),
        ({"suspended_from_on": date(2026, 1, 1), "suspended_until_on": date(2026, 11, 26)}, []),
        ({"exchange_due_on": date(2026, 12, 10)}, ["licence_foreign_expired"]),
        ({"exchange_due_on": date(2026, 12, 10), "ads_until_on": END}, []),
        ({"exchange_due_on": END}, []),
        ({"exchange_due_on": END, "ads_until_on": date(2026, 12, 1)}, []),
        ({"issued_on": date(2026, 11, 28)}, ["licence_not_yet_issued"]),
        ({"probation_until_on": date(2027, 1, 1)}, []),
        ({"codes": frozenset({"78"})}, []),
        ({"category": Held.AM}, ["licence_missing"]),
        ({"category": Held.A}, ["licence_missing"]),
        ({"category": Held.BE}, []),
    ],
)
def test_a_licence_must_be_held_checked_and_valid_to_the_end(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(Category.CAR, licence(**changes)) == expected


def test_a_policy_may_refuse_probation() -> None:
    young = licence(probation_until_on=START)
    assert codes(Category.CAR, young, probation_allowed=False) == ["licence_probation"]
    assert codes(Category.CAR, licence(probation_until_on=date(2026, 11, 26)), probation_allowed=False) == []


def test_one_good_licence_among_several_suffices() -> None:
    assert codes(Category.LIGHT_CAR, licence(checked=False), licence(category=Held.AM)) == []


@pytest.mark.parametrize("category", [Category.LIGHT_CAR, Category.MOPED])
def test_am_vehicles_need_am_or_more_unless_born_before_1988(category: Category) -> None:
    assert codes(category) == ["licence_missing"]
    assert codes(category, licence(category=Held.AM)) == []
    assert codes(category, licence()) == []
    assert codes(category, born_on=date(1987, 12, 31)) == []
    assert codes(category, born_on=date(1988, 1, 1)) == ["licence_missing"]
    assert codes(category, born_on=None) == ["licence_missing"]


@pytest.mark.parametrize("category", [Category.BIKE, Category.EBIKE])
def test_bikes_need_no_licence(category: Category) -> None:
    assert codes(category, born_on=None) == []


def test_every_category_says_what_it_needs() -> None:
    assert set(NEEDED_BY) == set(Category)


def test_what_the_law_or_the_insurer_decides_no_adviser_overrides() -> None:
    lawful = [licence(valid_until_on=START), licence(suspended_from_on=START), licence(exchange_due_on=START)]
    for bad in lawful:
        got = licence_reasons(Category.CAR, [bad], born_on=ADULT, starts_on=START, ends_on=END)
        assert [reason.overridable for reason in got] == [False]
        assert all(reason.lifted_by for reason in got)


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 11, 27), date(2026, 11, 27), 18),
        (date(2008, 11, 28), date(2026, 11, 27), 17),
    ],
)
def test_ages_turn_on_the_birthday(born: date, on: date, years: int) -> None:
    assert full_years(born, on) == years


def test_months_are_whole() -> None:
    assert full_months(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert full_months(date(2025, 11, 27), date(2026, 11, 27)) == 12
    assert full_months(date(2026, 12, 1), date(2026, 11, 30)) == -1


def test_code_78_restricts_to_automatic_only_where_b_is_needed() -> None:
    automatic = licence(codes=frozenset({"78"}))
    assert driver_for(Category.CAR, [automatic], born_on=ADULT, on=START) == Driver(31, 130, True)
    assert not driver_for(Category.CAR, [automatic, licence()], born_on=ADULT, on=START).automatic_only
    assert not driver_for(Category.MOPED, [automatic], born_on=ADULT, on=START).automatic_only
    assert driver_for(Category.BIKE, [automatic], born_on=None, on=START) == Driver(None, None)
    assert not driver_for(Category.CAR, [], born_on=ADULT, on=START).automatic_only
    assert not licence(codes=frozenset({"01.06", "70"})).automatic_only
