"""A schedule is found if and only if there is one; the car leaves as late and arrives as soon as can be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.rules.facts import Window
from mobility.carpool.rules.schedule import Limit, earliest, schedule


@pytest.mark.parametrize(
    ("windows", "legs", "limits", "times"),
    [
        # Nothing to wait for: the stops follow one another.
        ([(0, 0), (0, 99), (0, 99)], [10, 20], [], [0, 10, 30]),
        # The car may leave later, so that it does not wait.
        ([(0, 50), (30, 99), (0, 99)], [10, 20], [], [20, 30, 50]),
        # It has to leave before: it waits at the first stop, before the second one.
        ([(0, 5), (0, 99), (60, 99)], [10, 20], [], [5, 40, 60]),
        # Too late at a stop, however early it leaves.
        ([(0, 0), (0, 9), (0, 99)], [10, 20], [], None),
        # The last stop opens late, and nobody is in the car longer than 25: it waits before it picks up.
        ([(0, 0), (0, 99), (80, 99)], [10, 20], [(1, 2, 25)], [0, 60, 80]),
        # The same, and the driver bears no more than 70 in all.
        ([(0, 0), (0, 99), (80, 99)], [10, 20], [(1, 2, 25), (0, 2, 70)], None),
        # Nobody can be there faster than the road.
        ([(0, 0), (0, 99), (0, 99)], [10, 20], [(1, 2, 19)], None),
    ],
)
def test_examples(
    windows: list[tuple[int, int]], legs: list[int], limits: list[tuple[int, int, int]], times: list[int] | None
) -> None:
    found = schedule([Window(*window) for window in windows], legs, [Limit(*limit) for limit in limits])
    assert found == times


SPAN = 6
bounds = st.tuples(st.integers(0, SPAN), st.integers(0, SPAN)).map(lambda pair: Window(min(pair), max(pair)))


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Window], list[int], list[Limit]]:
    windows = draw(st.lists(bounds, min_size=2, max_size=5))
    legs = draw(st.lists(st.integers(0, 3), min_size=len(windows) - 1, max_size=len(windows) - 1))
    stops = st.integers(0, len(windows) - 1)
    pairs = st.tuples(stops, stops).filter(lambda pair: pair[0] < pair[1])
    limits = draw(st.lists(st.builds(lambda pair, most: Limit(*pair, most), pairs, st.integers(0, SPAN)), max_size=4))
    return windows, legs, limits


def _holds(times: tuple[int, ...], windows: list[Window], legs: list[int], limits: list[Limit]) -> bool:
    return (
        all(window.earliest <= time <= window.latest for time, window in zip(times, windows, strict=True))
        and all(b >= a + leg for (a, b), leg in zip(itertools.pairwise(times), legs, strict=True))
        and all(times[limit.last] - times[limit.first] <= limit.seconds for limit in limits)
    )


@given(problems())
def test_it_is_what_trying_every_instant_finds(problem: tuple[list[Window], list[int], list[Limit]]) -> None:
    windows, legs, limits = problem
    every = [
        times
        for times in itertools.product(*(range(window.earliest, window.latest + 1) for window in windows))
        if _holds(times, *problem)
    ]
    found = schedule(windows, legs, limits)
    assert (found is None) == (not every)
    if found is not None:
        assert _holds(tuple(found), *problem)
        assert found[-1] == min(times[-1] for times in every)
        assert found[-1] - found[0] == min(times[-1] - times[0] for times in every)
        assert earliest(windows, legs, limits) == [min(column) for column in zip(*every, strict=True)]
