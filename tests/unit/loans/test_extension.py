"""May the end of a loan move?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from mobility.loans.rules.extension import Running, added_days, assess_new_end, propose_end
from mobility.loans.rules.licences import LicenceFacts
from tests.unit.loans.helpers import calendar, licence, paris, person, right, setting, wish, with_terms

LATER = paris("2026-12-18", "17:00")


def running(**kwargs: Any) -> Running:
    return Running(**{"wish": wish(), "renewals": 0, "right_id": 1, "vehicle_lendable_until_on": None, **kwargs})


def ending(day: date) -> LicenceFacts:
    return licence(valid_until_on=day)


REFUSALS: list[tuple[str, dict[str, Any], Any, dict[str, Any], dict[str, Any]]] = [
    ("same_end", {}, paris("2026-12-11", "17:00"), {}, {}),
    ("bad_period", {}, paris("2026-11-27"), {}, {}),
    ("too_many_renewals", {"renewals": 1}, LATER, {}, {}),
    ("too_long", {}, LATER, {}, {"max_days": 6}),
    ("right_days", {}, LATER, {"rights": (right(days_allowed=20, days_used=15),)}, {}),
    ("right_days", {}, LATER, {"rights": (right(ends_on=date(2026, 12, 17)),)}, {}),
    ("licence_expires", {}, LATER, {"licences": (ending(date(2026, 12, 17)),)}, {}),
    ("no_objective", {}, LATER, {"objectives": ()}, {}),
    ("vehicle_papers", {"vehicle_lendable_until_on": date(2026, 12, 17)}, LATER, {}, {}),
    ("desk_closed_end", {}, paris("2026-12-19"), {}, {}),
]


@pytest.mark.parametrize(("code", "of_running", "new_due", "of_person", "of_terms"), REFUSALS)
def test_each_rule_refuses_alone(
    code: str, of_running: dict[str, Any], new_due: Any, of_person: dict[str, Any], of_terms: dict[str, Any]
) -> None:
    got = assess_new_end(running(**of_running), new_due, person(**of_person), with_terms(setting(), **of_terms))
    assert [reason.code for reason in got] == [code]


@pytest.mark.parametrize(
    ("of_running", "new_due", "of_person"),
    [
        ({}, LATER, {}),
        ({"right_id": None}, LATER, {"rights": ()}),
        ({"vehicle_lendable_until_on": date(2026, 12, 18)}, LATER, {}),
        # Sooner asks nothing but an open desk.
        ({"renewals": 9}, paris("2026-12-04"), {"rights": (), "objectives": (), "licences": ()}),
    ],
)
def test_what_is_in_order_passes(of_running: dict[str, Any], new_due: Any, of_person: dict[str, Any]) -> None:
    assert assess_new_end(running(**of_running), new_due, person(**of_person), setting()) == []


def test_an_end_in_the_past_is_refused() -> None:
    late = setting(now=paris("2026-12-15"))
    got = assess_new_end(running(), paris("2026-12-14"), person(), late)
    assert [reason.code for reason in got] == ["in_past"]


@pytest.mark.parametrize(
    ("objective_end", "limit", "expected"),
    [
        (None, date(2027, 3, 1), None),
        # The same day comes out: the job ends on Thursday, the vehicle is returned on Friday 11.
        (date(2026, 12, 10), date(2027, 3, 1), None),
        (date(2026, 12, 17), date(2027, 3, 1), paris("2026-12-18", "17:00")),
        # Over the weekend to Monday.
        (date(2026, 12, 18), date(2027, 3, 1), paris("2026-12-21", "17:00")),
        (date(2026, 12, 2), date(2027, 3, 1), paris("2026-12-03", "17:00")),
        (date(2027, 2, 1), date(2026, 12, 23), paris("2026-12-23", "17:00")),
        (date(2026, 11, 1), date(2027, 3, 1), None),
    ],
)
def test_a_moved_objective_proposes_the_next_open_day_after_its_last(
    objective_end: date | None, limit: date, expected: Any
) -> None:
    got = propose_end(due_at=wish().due_at, objective_ends_on=objective_end, setting=setting(), max_end_on=limit)
    assert got == expected


def test_a_wall_time_at_which_the_desk_is_closed_becomes_its_closing() -> None:
    got = propose_end(
        due_at=paris("2026-12-11", "20:00"),
        objective_ends_on=date(2026, 12, 17),
        setting=setting(calendar=calendar()),
        max_end_on=date(2027, 3, 1),
    )
    assert got == paris("2026-12-18", "18:00")


def test_days_are_added_or_given_back() -> None:
    start, due = wish().start_at, wish().due_at
    assert added_days(start_at=start, old_due_at=due, new_due_at=LATER) == 7
    assert added_days(start_at=start, old_due_at=due, new_due_at=due - timedelta(days=3)) == -3
