"""A driver's run with several passengers: a table of cases, and what holds of every run."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.rules.facts import NO_ROAD, Driver, RoadTable, Spot, Window
from mobility.carpool.rules.runs import EXACT, GRACE, Passenger, Run, best_run
from mobility.pathway.rules import Direction

MINUTE = 60
# A straight road: the driver's home at 0, the works at 30 minutes; places between, and two off the road.
AT = {"home": (0, 0), "works": (30, 0), "a": (5, 0), "b": (10, 0), "c": (10, 6), "gate": (28, 0)}
NAMES = list(AT)
TABLE = RoadTable([[(abs(AT[x][0] - AT[y][0]) + abs(AT[x][1] - AT[y][1])) * MINUTE for y in NAMES] for x in NAMES])


def row(name: str) -> int:
    return NAMES.index(name)


def there(pickup: str, at: int, *, out: int = -2, until: int = 0, seats: int = 1) -> Passenger:
    """Somebody who gets in at a place ``at`` minutes from the shift, and out at the gate."""
    return Passenger(
        Spot(row(pickup)), Spot(row("gate")), at * MINUTE, out * MINUTE, Window(-30 * MINUTE, until * MINUTE), seats
    )


def driver(*, detour: int = 10, seats: int = 3) -> Driver:
    window = Window(-30 * MINUTE, 0)
    return Driver(row("home"), row("works"), Window(-(2**40), 2**40), seats, detour * MINUTE, arrive=window)


@pytest.mark.parametrize(
    ("passengers", "bears", "kept", "pickups", "detour"),
    [
        pytest.param([there("a", -27), there("b", -22)], driver(), True, [-27, -22], 0, id="one after the other"),
        pytest.param([there("a", -25), there("a", -25)], driver(), True, [-25, -25], 0, id="at one door"),
        # Each alone could be picked up at 22 before; the car is at a five minutes before b.
        pytest.param([there("a", -22), there("b", -22)], driver(), False, [-25, -20], 0, id="a is told an earlier time"),
        pytest.param([there("b", -22), there("c", -25)], driver(detour=12), False, None, 12, id="a way off the road"),
        pytest.param([there("a", -27), there("c", -20)], driver(detour=11), None, None, None, id="too long for the driver"),
        pytest.param([there("a", -27), there("b", -22)], driver(seats=1), None, None, None, id="no seat for both"),
        pytest.param([there("a", -27, seats=2), there("b", -22)], driver(seats=2), None, None, None, id="two seats for one"),
        pytest.param([there("a", -22), there("b", -22, until=-60)], driver(), None, None, None, id="hours that do not meet"),
    ],
)  # fmt: skip
def test_the_run_of_a_morning(
    passengers: list[Passenger], bears: Driver, kept: bool | None, pickups: list[int] | None, detour: int | None
) -> None:
    run = best_run(Direction.THERE, bears, passengers, TABLE)
    if kept is None:
        assert run is None
        return
    assert run is not None
    assert (run.kept, run.detour_seconds) == (kept, (detour or 0) * MINUTE)
    if pickups is not None:
        assert [run.times(number)[0] for number in range(len(passengers))] == [at * MINUTE for at in pickups]


def test_on_the_way_back_the_car_leaves_as_soon_as_all_can() -> None:
    home = [
        Passenger(Spot(row("gate")), Spot(row(place)), at * MINUTE, (at + 20) * MINUTE, Window(0, 40 * MINUTE))
        for place, at in (("b", 2), ("a", 5))
    ]
    bears = Driver(row("works"), row("home"), Window(0, 20 * MINUTE), 3, 0)
    run = best_run(Direction.BACK, bears, home, TABLE)
    assert run is not None
    assert (run.kept, run.depart_at) == (False, 0)
    assert [run.times(number) for number in range(2)] == [(2 * MINUTE, 20 * MINUTE), (2 * MINUTE, 25 * MINUTE)]
    late = Driver(row("works"), row("home"), Window(10 * MINUTE, 20 * MINUTE), 3, 0)
    told = best_run(Direction.BACK, late, [home[0]], TABLE)
    assert told is not None
    assert told.depart_at == 10 * MINUTE


def test_where_no_road_leads_there_is_no_run() -> None:
    cut = RoadTable([[NO_ROAD if a != b else 0 for b in range(len(NAMES))] for a in range(len(NAMES))])
    assert best_run(Direction.THERE, driver(), [there("a", -27)], cut) is None


def test_with_more_passengers_than_are_gone_through_whole_it_says_so() -> None:
    many = [there("a", -22), *(there(place, -22) for place in ("b", "a", "b", "a"))]
    run = best_run(Direction.THERE, driver(seats=8), many, TABLE)
    assert len(many) > EXACT
    assert run is not None
    assert not run.complete


@st.composite
def mornings(draw: st.DrawFn) -> tuple[Direction, Driver, list[Passenger], RoadTable]:
    count = draw(st.integers(1, 3))
    points = [(draw(st.integers(0, 20)), draw(st.integers(0, 20))) for _ in range(2 + 2 * count)]
    table = RoadTable([[(abs(a - c) + abs(b - d)) * MINUTE for c, d in points] for a, b in points])
    direction = draw(st.sampled_from(Direction))
    width = draw(st.integers(0, 30)) * MINUTE
    window = Window(-width, 0) if direction is Direction.THERE else Window(0, width)
    bears = Driver(
        0, 1, window if direction is Direction.BACK else Window(), draw(st.integers(1, 3)),
        draw(st.integers(0, 30)) * MINUTE, arrive=window if direction is Direction.THERE else Window(),
    )  # fmt: skip
    passengers = []
    for number in range(count):
        at = draw(st.integers(-60, 60)) * MINUTE
        ride = draw(st.integers(1, 40)) * MINUTE
        spots = Spot(2 + 2 * number, draw(st.integers(0, 5)) * MINUTE), Spot(3 + 2 * number)
        passengers.append(Passenger(*spots, at, at + ride, window, draw(st.integers(1, 2))))
    return direction, bears, passengers, table


def check(run: Run, bears: Driver, passengers: list[Passenger], table: RoadTable) -> None:
    places = [bears.origin, *run.places, bears.destination]
    legs = [table.seconds[a][b] for a, b in pairwise(places)]
    assert run.detour_seconds == sum(legs) - table.seconds[bears.origin][bears.destination] <= bears.max_detour_seconds
    times = [run.depart_at, *run.stop_at, run.arrive_at]
    assert all(before + leg <= after for (before, after), leg in zip(pairwise(times), legs, strict=True))
    inside = 0
    for visit in run.order:
        inside += passengers[visit.rider].seats * (1 if visit.pickup else -1)
        assert 0 <= inside <= bears.seats
    assert inside == 0
    for number in range(len(passengers)):
        pickup_at, dropoff_at = run.times(number)
        assert pickup_at <= dropoff_at
    assert run.arrive_at <= bears.arrive.latest + GRACE
    assert run.depart_at >= bears.depart.earliest - GRACE


@given(mornings())
def test_a_run_holds_for_everybody_and_keeps_what_was_told_where_it_can(
    morning: tuple[Direction, Driver, list[Passenger], RoadTable],
) -> None:
    direction, bears, passengers, table = morning
    run = best_run(direction, bears, passengers, table)
    if run is None:
        return
    check(run, bears, passengers, table)
    for number, one in enumerate(passengers):
        pickup_at, dropoff_at = run.times(number)
        if run.kept:
            assert (pickup_at, dropoff_at) == (one.pickup_at, one.dropoff_at)
        elif direction is Direction.THERE:
            assert one.window.earliest <= dropoff_at + one.dropoff.walk_seconds <= one.window.latest
        else:
            assert one.window.earliest <= pickup_at - one.pickup.walk_seconds <= one.window.latest


@given(mornings())
def test_the_order_in_which_passengers_came_changes_nothing(
    morning: tuple[Direction, Driver, list[Passenger], RoadTable],
) -> None:
    direction, bears, passengers, table = morning
    detours = {
        (run is None, 0 if run is None or run.kept else run.detour_seconds)
        for order in permutations(passengers)
        for run in (best_run(direction, bears, list(order), table),)
    }
    assert len({possible for possible, _detour in detours}) == 1
