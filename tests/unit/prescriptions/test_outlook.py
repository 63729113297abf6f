"""The free hours given to those who wait: who is missed, and how many hours would help."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.prescriptions.rules.outlook import Expected, Outlook, Waiting, outlook

D = date(2026, 11, 23)
UNTIL = D + timedelta(days=56)


def day(number: int) -> date:
    return D + timedelta(days=number)


def waiting(*due: int) -> list[Waiting]:
    return [Waiting(number, day(when)) for number, when in enumerate(due, start=1)]


@pytest.mark.parametrize(
    ("people", "free", "missed", "needed", "before"),
    [
        ([], [], [], 0, None),
        (waiting(5), [5], [], 0, None),
        (waiting(5), [6], [Expected(1, day(5), day(6))], 1, 5),
        (waiting(5), [], [Expected(1, day(5), None)], 1, 5),
        # The one who is late already takes the first hour, and nobody can save them.
        (waiting(-2), [1], [Expected(1, day(-2), day(1))], 0, None),
        (waiting(-2, 1), [1, 9], [Expected(1, day(-2), day(1)), Expected(2, day(1), day(9))], 1, 1),
        # Whose day comes first goes first, whoever was sent first.
        ([Waiting(1, day(9)), Waiting(2, day(2))], [1, 8], [], 0, None),
        # A meeting that is booked takes no free hour, and counts where it is too late.
        ([Waiting(1, day(5), day(7)), Waiting(2, day(6))], [6], [Expected(1, day(5), day(7))], 0, None),
        # Nobody knows yet what lies beyond the weeks looked at.
        (waiting(60), [], [], 0, None),
        (
            waiting(3, 3, 4, 30),
            [2, 20],
            [Expected(2, day(3), day(20)), Expected(3, day(4), None), Expected(4, day(30), None)],
            2,
            3,
        ),
    ],
)
def test_hours_go_to_whoever_is_due_first(
    people: list[Waiting], free: list[int], missed: list[Expected], needed: int, before: int | None
) -> None:
    found = outlook(people, map(day, free), on=D, until_on=UNTIL)
    assert found == Outlook(len(people), len(free), tuple(missed), needed, None if before is None else day(before))


dues = st.lists(st.integers(-20, 70), max_size=25)
hours = st.lists(st.integers(0, 56), max_size=25)


def savable(found: Outlook) -> list[int]:
    return [one.id for one in found.missed if one.due_on >= D]


@given(due=dues, free=hours, more=st.integers(0, 56))
def test_one_more_hour_never_makes_anybody_late(due: list[int], free: list[int], more: int) -> None:
    before = outlook(waiting(*due), map(day, free), on=D, until_on=UNTIL)
    after = outlook(waiting(*due), map(day, [*free, more]), on=D, until_on=UNTIL)
    assert {one.id for one in after.missed} <= {one.id for one in before.missed}


@given(due=dues, free=hours, one=st.integers(-20, 70))
def test_one_more_who_waits_never_makes_fewer_missed(due: list[int], free: list[int], one: int) -> None:
    fewer = outlook(waiting(*due), map(day, free), on=D, until_on=UNTIL)
    more = outlook(waiting(*due, one), map(day, free), on=D, until_on=UNTIL)
    assert len(more.missed) >= len(fewer.missed)


@given(due=dues, free=hours)
def test_the_hours_that_are_said_to_be_missing_save_everybody_and_fewer_do_not(due: list[int], free: list[int]) -> None:
    found = outlook(waiting(*due), map(day, free), on=D, until_on=UNTIL)
    assert (found.hours_needed == 0) is (found.before_on is None)
    assert (found.hours_needed == 0) is (savable(found) == [])
    if found.before_on is not None:
        given_on = [*map(day, free), *[found.before_on] * found.hours_needed]
        assert savable(outlook(waiting(*due), given_on, on=D, until_on=UNTIL)) == []
        one_less = [*map(day, free), *[D] * (found.hours_needed - 1)]
        assert savable(outlook(waiting(*due), one_less, on=D, until_on=UNTIL)) != []


@given(due=dues, free=hours)
def test_no_hour_is_given_twice(due: list[int], free: list[int]) -> None:
    found = outlook(waiting(*due), map(day, free), on=D, until_on=UNTIL)
    given_on = [one.met_on for one in found.missed if one.met_on is not None]
    assert all(given_on.count(when) <= [day(one) for one in free].count(when) for when in set(given_on))
