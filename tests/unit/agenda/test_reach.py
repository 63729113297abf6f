"""When a person can be at the desk, and what that leaves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda.reach import Means, Reach, Why, reasons, sift, travel_time, why_not
from mobility.agenda.slots import Slot
from mobility.core.clock import at_paris

THURSDAY = date(2026, 11, 26)
HOUR = timedelta(hours=1)
WAY = timedelta(minutes=30)


def hour(wall: str, day: date = THURSDAY) -> datetime:
    """Return that wall time on that day."""
    return at_paris(day, time.fromisoformat(wall))


@pytest.mark.parametrize(
    ("values", "at", "travel", "expected"),
    [
        ({}, "09:00", WAY, None),
        ({"no_days": frozenset({3})}, "09:00", None, Why.DAY),
        ({"no_days": frozenset({2, 4})}, "09:00", None, None),
        ({"leave_from": time(9)}, "09:00", None, None),
        ({"leave_from": time(9)}, "09:00", WAY, Why.EARLY),
        ({"leave_from": time(9)}, "09:30", WAY, None),
        ({"home_by": time(12)}, "11:00", None, None),
        ({"home_by": time(12)}, "11:00", WAY, Why.LATE),
        ({"home_by": time(12)}, "10:30", WAY, None),
        # The bus is told by its hours at the desk; they count for those who come by bus alone.
        ({"means": Means.BUS, "first_bus": time(9, 20)}, "09:00", None, Why.EARLY),
        ({"means": Means.BUS, "first_bus": time(9, 20)}, "09:20", None, None),
        ({"means": Means.BUS, "last_bus": time(16, 40)}, "16:00", None, Why.LATE),
        ({"means": Means.BUS, "last_bus": time(16, 40)}, "15:40", None, None),
        ({"means": Means.WALK, "first_bus": time(9, 20)}, "09:00", None, None),
    ],
)
def test_why_an_hour_is_left_out(
    values: dict[str, Any], at: str, travel: timedelta | None, expected: Why | None
) -> None:
    assert why_not(hour(at), hour(at) + HOUR, Reach(**values), travel) is expected


def test_hours_are_those_of_the_clock_on_the_day_it_changes() -> None:
    sunday = date(2027, 3, 28)
    reach = Reach(leave_from=time(9))
    assert why_not(hour("09:00", sunday), hour("10:00", sunday), reach, None) is None
    assert why_not(hour("08:59", sunday), hour("10:00", sunday), reach, None) is Why.EARLY


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        (Means.WALK, 40),  # 3 km at 4.5 km/h
        (Means.BIKE, 14),  # 13.8 min, upwards
        (Means.OWN, 6),
        (Means.BROUGHT, 6),
        (Means.BUS, None),
        (None, None),
    ],
)
def test_how_long_the_way_is(means: Means | None, expected: int | None) -> None:
    found = travel_time(means, metres=3000, driven=timedelta(seconds=301))
    assert found == (None if expected is None else timedelta(minutes=expected))


def test_people_are_told_why() -> None:
    reach = Reach(means=Means.WALK, no_days=frozenset({2, 4}), leave_from=time(9), home_by=time(16, 30))
    slots = [
        Slot(hour(at, day), hour(at, day) + HOUR, 1, 1)
        for day in (THURSDAY, THURSDAY + timedelta(days=1))
        for at in ("09:00", "11:00", "16:00")
    ]
    found = sift(slots, reach, WAY)
    assert [slot.starts_at for slot in found.slots] == [hour("11:00")]
    assert " ; ".join(reasons(found, reach)).replace("\u00a0", " ") == (
        "pas le mercredi et vendredi ; départ de chez vous à partir de 9 h ; retour chez vous avant 16 h 30 ; "
        "environ 30 min de trajet à pied"
    )
    assert reasons(sift(slots, Reach(), None), Reach()) == []


CLOCK = st.one_of(st.none(), st.times(min_value=time(6), max_value=time(20)).map(lambda at: at.replace(microsecond=0)))
REACH = st.builds(
    Reach, st.one_of(st.none(), st.sampled_from(Means)), st.frozensets(st.integers(0, 4), max_size=4), CLOCK, CLOCK,
    CLOCK, CLOCK,
)  # fmt: skip
SLOTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(7, 18)).map(
        lambda at: Slot(hour(f"{at[1]:02}:00", THURSDAY + timedelta(days=at[0])), hour(f"{at[1]:02}:45", THURSDAY + timedelta(days=at[0])), 1, 1)
    ),
    max_size=20,
)  # fmt: skip


@given(SLOTS, REACH, st.integers(0, 90), st.integers(0, 90))
def test_nothing_is_lost_and_a_longer_way_never_adds_an_hour(
    slots: list[Slot], reach: Reach, near: int, farther: int
) -> None:
    one = sift(slots, reach, timedelta(minutes=near))
    other = sift(slots, reach, timedelta(minutes=near + farther))
    for found in (one, other):
        assert len(found.slots) + sum(found.left_out.values()) == len(slots)
        assert bool(reasons(found, reach)) is bool(found.left_out)
    assert set(other.slots) <= set(one.slots)
