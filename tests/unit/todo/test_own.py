"""One thing first: what presses, then what waits for the person, then what only waits for its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mobility.todo.own import PRESSING, OwnTask, in_order

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def a_task(title: str, hours: float | None = None, *, waits: bool = True) -> OwnTask:
    return OwnTask(title, "/", "flag", due_at=None if hours is None else NOW + timedelta(hours=hours), waits=waits)


def test_what_presses_comes_first_then_what_waits_for_the_person_then_what_is_only_ahead() -> None:
    tasks = [
        a_task("meeting in ten days", 240, waits=False),
        a_task("give my hours"),
        a_task("sign my plan", 100),
        a_task("meeting tomorrow", 20, waits=False),
        a_task("bring the car back: late", -5),
    ]
    assert [task.title for task in in_order(tasks, now=NOW)] == [
        "bring the car back: late",
        "meeting tomorrow",
        "sign my plan",
        "give my hours",
        "meeting in ten days",
    ]


@given(st.lists(st.tuples(st.none() | st.floats(-100, 1000), st.booleans()), max_size=12))
def test_nothing_is_lost_and_nothing_pressing_waits_behind_the_rest(facts: list[tuple[float | None, bool]]) -> None:
    tasks = [a_task(str(number), hours, waits=waits) for number, (hours, waits) in enumerate(facts)]
    ordered = in_order(tasks, now=NOW)
    assert sorted(task.title for task in ordered) == sorted(task.title for task in tasks)
    pressing = [task.due_at is not None and task.due_at <= NOW + PRESSING for task in ordered]
    assert pressing == sorted(pressing, reverse=True)
