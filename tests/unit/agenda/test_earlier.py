"""Who is offered an hour that falls free."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda.earlier import Pace, Waiting, answer_until, awake, choose, may_be_offered, seen
from mobility.agenda.slots import Slot, Span
from mobility.notifications.timing import Hours, open_windows

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACE = Pace(at_once=3, notice=24 * HOUR, pause=24 * HOUR, answer=3 * HOUR, gain=2 * DAY)


def slot(days: float, adviser_id: int = 1) -> Slot:
    """Return an hour that many days from NOW."""
    at = NOW + timedelta(days=days)
    return Slot(at, at + HOUR, adviser_id, 1)


def waiting(wish_id: int = 1, **values: Any) -> Waiting:
    """Return somebody who has waited since yesterday for something before the 20th day."""
    return Waiting(**{"wish_id": wish_id, "since": NOW - DAY, "held_at": NOW + 20 * DAY, **values})


@pytest.mark.parametrize(
    ("values", "days", "expected"),
    [
        ({}, 5, True),
        ({"held_at": None}, 5, True),
        # Never at the last minute, to the second.
        ({}, 1, True),
        ({}, 1 - 1 / 86400, False),
        # Only what is worth the trouble: two days earlier at least.
        ({}, 18, True),
        ({}, 18.5, False),
        ({}, 25, False),
        # One offer at once, a pause between two, and never the same hour twice.
        ({"has_open": True}, 5, False),
        ({"last_offer_at": NOW - 23 * HOUR}, 5, False),
        ({"last_offer_at": NOW - 24 * HOUR}, 5, True),
        ({"offered": frozenset({(1, NOW + 5 * DAY)})}, 5, False),
        ({"offered": frozenset({(2, NOW + 5 * DAY)})}, 5, True),
        # What was free already when they asked is no news, unless a part of it is.
        ({"known": (Span(NOW + 5 * DAY, NOW + 5 * DAY + 3 * HOUR),)}, 5, False),
        ({"known": (Span(NOW + 5 * DAY, NOW + 5 * DAY + HOUR / 2),)}, 5, True),
    ],
)
def test_who_may_be_offered_an_hour(values: dict[str, Any], days: float, expected: bool) -> None:
    assert may_be_offered(waiting(**values), slot(days), pace=PACE, now=NOW) is expected


def test_the_best_placed_come_first() -> None:
    queue = [
        waiting(1, held_at=NOW + 10 * DAY),
        waiting(2, held_at=NOW + 30 * DAY),
        waiting(3, held_at=NOW + 30 * DAY, offers=1),
        waiting(4, held_at=None),
        waiting(5, held_at=NOW + 30 * DAY, since=NOW - 3 * DAY),
    ]
    assert [one.wish_id for one, _slot in choose([slot(5)], queue, pace=PACE, now=NOW)] == [4, 5, 2]


def test_offers_that_are_out_count() -> None:
    queue = [waiting(number) for number in range(1, 6)]
    out = [(1, Span(NOW + 5 * DAY, NOW + 5 * DAY + HOUR)), (2, Span(NOW + 5 * DAY, NOW + 5 * DAY + HOUR))]
    assert len(choose([slot(5)], queue, pace=PACE, now=NOW, out=out)) == 2


def test_hours_that_do_not_suit_are_left_to_others() -> None:
    queue = [waiting(1), waiting(2)]
    found = choose([slot(5)], queue, pace=PACE, now=NOW, suits=lambda one, _slot: one.wish_id == 2)
    assert [one.wish_id for one, _slot in found] == [2]


@pytest.mark.parametrize(
    ("hour", "expected"), [(7, False), (8, True), (12, True), (16, True), (17, True), (18, False), (23, False)]
)
def test_nothing_is_offered_that_would_have_to_be_answered_at_night(hour: int, expected: bool) -> None:
    windows = open_windows(quiet=Hours(time(20, 30), time(8)), safe=None)
    at = datetime(2026, 11, 24, hour - 1, tzinfo=UTC)
    assert awake(at, answer=3 * HOUR, windows=windows) is expected


def test_an_offer_never_outlives_its_hour() -> None:
    assert answer_until(slot(5), pace=PACE, now=NOW) == NOW + 3 * HOUR
    assert answer_until(slot(1 / 24), pace=PACE, now=NOW) == NOW + HOUR


def test_what_is_seen_is_kept_as_stretches() -> None:
    free = [slot(1), slot(1 + 1 / 24), slot(2)]
    assert seen(free, pause=timedelta()) == (
        Span(NOW + DAY, NOW + DAY + 2 * HOUR),
        Span(NOW + 2 * DAY, NOW + 2 * DAY + HOUR),
    )


HOURS = st.builds(slot, st.integers(0, 30), st.integers(1, 3))
QUEUE = st.lists(
    st.builds(
        waiting,
        st.integers(1, 40),
        held_at=st.one_of(st.none(), st.integers(0, 40).map(lambda days: NOW + days * DAY)),
        offers=st.integers(0, 3),
        last_offer_at=st.one_of(st.none(), st.integers(0, 60).map(lambda hours: NOW - hours * HOUR)),
        has_open=st.booleans(),
    ),
    max_size=15,
    unique_by=lambda one: one.wish_id,
)


@given(st.sets(HOURS, max_size=12), QUEUE, st.integers(1, 5))
def test_nobody_is_pressed_and_no_hour_is_cried_out(slots: set[Slot], queue: list[Waiting], at_once: int) -> None:
    pace = Pace(at_once=at_once, notice=24 * HOUR, pause=24 * HOUR, answer=3 * HOUR, gain=2 * DAY)
    chosen = choose(slots, queue, pace=pace, now=NOW)
    assert all(count == 1 for count in Counter(one.wish_id for one, _slot in chosen).values())
    assert all(count <= at_once for count in Counter(hour for _one, hour in chosen).values())
    for one, hour in chosen:
        assert hour in slots
        assert hour.starts_at >= NOW + pace.notice
        assert one.held_at is None or hour.starts_at <= one.held_at - pace.gain
        assert not one.has_open
        assert one.last_offer_at is None or one.last_offer_at <= NOW - pace.pause
    # Nobody is left out while an hour that they may have has room.
    told = {one.wish_id for one, _slot in chosen}
    for hour in slots:
        room = sum(other == hour for _one, other in chosen) < at_once
        left = [one for one in queue if one.wish_id not in told and may_be_offered(one, hour, pace=pace, now=NOW)]
        assert not (room and left)
