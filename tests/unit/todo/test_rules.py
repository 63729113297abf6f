"""The order of tasks: what is late first, nothing twice, nothing lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.todo.rules import (
    LONGEST_DELAY_DAYS,
    Task,
    Urgency,
    by_urgency,
    in_order,
    latest_delay,
    urgency_of,
    without_put_off,
)

TODAY = date(2026, 11, 24)


def a_task(key: str = "a:1", *, days: int | None = 0, kind: str = "a", about: str = "") -> Task:
    due_on = None if days is None else TODAY + timedelta(days=days)
    return Task(kind=kind, key=key, title="Rappeler", url="/", about=about, due_on=due_on)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, Urgency.LATE),
        (-400, Urgency.LATE),
        (0, Urgency.TODAY),
        (1, Urgency.SOON),
        (7, Urgency.SOON),
        (8, Urgency.LATER),
        (None, Urgency.LATER),
    ],
)
def test_how_pressing_a_day_is(days: int | None, expected: Urgency) -> None:
    assert urgency_of(a_task(days=days).due_on, today=TODAY) is expected


def test_on_the_same_day_the_weight_of_the_kind_decides_then_the_name() -> None:
    tasks = [a_task("b:1", kind="b"), a_task("a:2", about="Zoé"), a_task("a:1", about="Ali"), a_task("c:1", kind="c")]
    ordered = in_order(tasks, weights={"c": 1, "a": 2})
    assert [task.key for task in ordered] == ["c:1", "a:1", "a:2", "b:1"]


def test_what_comes_twice_keeps_its_first_place() -> None:
    ordered = in_order([a_task("a:1", days=3), a_task("a:1", days=-2), a_task("a:2", days=0)], weights={})
    assert [(task.key, task.due_on) for task in ordered] == [("a:1", TODAY - timedelta(days=2)), ("a:2", TODAY)]


TASKS = st.lists(
    st.builds(
        a_task,
        st.from_regex(r"[a-c]:[0-9]", fullmatch=True),
        days=st.none() | st.integers(-40, 40),
        kind=st.sampled_from("abc"),
        about=st.text(max_size=3),
    ),
    max_size=30,
)


@given(TASKS)
def test_order_loses_no_fact_and_days_never_go_back(tasks: list[Task]) -> None:
    ordered = in_order(tasks, weights={"b": 1})
    assert {task.key for task in ordered} == {task.key for task in tasks}
    assert len(ordered) == len({task.key for task in ordered})
    days = [task.due_on or date.max for task in ordered]
    assert days == sorted(days)
    groups = by_urgency(ordered, today=TODAY)
    assert [task for _urgency, group in groups for task in group] == ordered
    assert all(group for _urgency, group in groups)


@given(TASKS, st.sets(st.from_regex(r"[a-c]:[0-9]", fullmatch=True)))
def test_what_was_put_off_is_absent_and_nothing_else(tasks: list[Task], put_off: set[str]) -> None:
    kept = without_put_off(tasks, put_off=put_off)
    assert kept == [task for task in tasks if task.key not in put_off]


def test_nothing_is_put_off_for_longer_than_two_weeks() -> None:
    assert latest_delay(TODAY) == TODAY + timedelta(days=LONGEST_DELAY_DAYS) == date(2026, 12, 8)
