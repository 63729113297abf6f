"""One car and one rider over many days: against the schedule of a single day, and against every driver one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.carpool.days import APART, DayLeg, shared_legs
from mobility.carpool.rules.facts import ANY_TIME, Driver, Rider, RoadTable, Spot, Visit, Window
from mobility.carpool.rules.plan import evaluate
from mobility.carpool.rules.score import PartCode
from mobility.carpool.rules.together import Days, Drive, Together, best_together
from mobility.carpool.search import Traveller, find, may_meet
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.pathway.rules import Direction
from tests.factories.roads import a_random_network
from tests.unit.carpool.helpers import MINUTE

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    direction: Direction
    rider: Window
    days: list[Days]
    drives: list[tuple[Spot, Spot, Drive]]
    max_detour: int


@st.composite
def scenes(draw: st.DrawFn, *, most_days: int = 4) -> Scene:
    direction = draw(st.sampled_from(Direction))
    margin = draw(st.integers(0, 60)) * MINUTE
    rider = Window(-margin, 0) if direction is Direction.THERE else Window(0, margin)
    days = []
    for _ in range(draw(st.integers(1, most_days))):
        early = draw(st.integers(-90, 90)) * MINUTE
        days.append(Days(Window(early, early + draw(st.integers(0, 60)) * MINUTE), draw(st.integers(1, 9))))
    drives = []
    for row in range(draw(st.integers(1, 3))):
        seconds = [draw(st.integers(0, 40)) * MINUTE for _ in range(3)]
        alone = draw(st.integers(0, sum(seconds) // MINUTE)) * MINUTE
        walks = [draw(st.integers(0, 10)) * MINUTE for _ in range(2)]
        drives.append((Spot(row, walks[0]), Spot(row, walks[1]), Drive(*seconds, alone)))
    return Scene(direction, rider, days, drives, draw(st.integers(0, 60)) * MINUTE)


def best(scene: Scene, days: list[Days] | None = None) -> Together | None:
    return best_together(
        scene.direction, scene.rider, scene.days if days is None else days, scene.drives,
        max_detour=scene.max_detour, missing_day=60 * MINUTE * 100,
    )  # fmt: skip


def possible(scene: Scene, window: Window, row: int, edge: Window | None = None) -> bool:
    """Ask the schedule of fixed stops, the rule that everything else rests on."""
    pickup, dropoff, drive = scene.drives[row]
    origin, into, out, destination = range(4)
    seconds = [[0] * 4 for _ in range(4)]
    seconds[origin][into], seconds[into][out], seconds[out][destination] = (
        drive.to_pickup, drive.direct, drive.from_dropoff,
    )  # fmt: skip
    seconds[origin][destination] = drive.alone
    spots = Spot(into, pickup.walk_seconds), Spot(out, dropoff.walk_seconds)
    there = scene.direction is Direction.THERE
    bound = window if edge is None else edge
    driver = Driver(
        origin, destination, ANY_TIME if there else bound, 1, scene.max_detour, arrive=bound if there else ANY_TIME,
        max_longer_seconds=drive.detour,
    )  # fmt: skip
    rider = Rider(
        (spots[0],), (spots[1],), arrive=scene.rider if there else ANY_TIME, leave=ANY_TIME if there else scene.rider
    )
    order = Visit(0, True, spots[0]), Visit(0, False, spots[1])
    return evaluate(driver, [rider], order, RoadTable(seconds)) is not None


@given(scenes())
def test_what_is_promised_can_be_kept_on_every_day_that_is_counted(scene: Scene) -> None:
    found = best(scene)
    if found is None:
        return
    edge = found.arrive_at if scene.direction is Direction.THERE else found.depart_at
    held = [one for one in scene.days if found.holds(scene.direction, one.window)]
    assert sum(one.count for one in held) == found.count > 0
    row = found.pickup.place
    assert all(possible(scene, one.window, row, Window(edge, edge)) for one in held)
    assert found.drive.detour <= scene.max_detour
    assert found.depart_at + found.drive.whole == found.arrive_at
    assert found.dropoff_at - found.pickup_at == found.drive.direct
    assert all(part.seconds >= 0 for part in found.score.parts)


@given(scenes(most_days=1))
def test_a_way_is_found_if_and_only_if_a_schedule_holds(scene: Scene) -> None:
    (day,) = scene.days
    assert (best(scene) is not None) == any(possible(scene, day.window, row) for row in range(len(scene.drives)))


@given(scenes(most_days=1))
def test_nobody_waits_longer_than_they_must(scene: Scene) -> None:
    """One choice of spots, one day: five minutes nearer to the shift, and somebody's window would not hold."""
    alone = Scene(scene.direction, scene.rider, scene.days, scene.drives[:1], scene.max_detour)
    found = best(alone)
    if found is None:
        return
    step = 5 * MINUTE if scene.direction is Direction.THERE else -5 * MINUTE
    edge = (found.arrive_at if scene.direction is Direction.THERE else found.depart_at) + step
    window = alone.days[0].window
    assert not (window.earliest <= edge <= window.latest and possible(alone, window, 0, Window(edge, edge)))
    waited = sum(part.seconds for part in found.score.parts if part.code in {PartCode.EARLY, PartCode.LINGER})
    assert waited <= alone.rider.latest - alone.rider.earliest


@given(scenes(), st.integers(-90, 90), st.integers(1, 5))
def test_one_more_kind_of_day_never_takes_the_others_away(scene: Scene, early: int, count: int) -> None:
    found = best(scene)
    more = [*scene.days, Days(Window(early * MINUTE, early * MINUTE), count)]
    if found is not None:
        again = best(scene, more)
        assert again is not None


# The whole search, against every driver by himself.


@st.composite
def travellers(draw: st.DrawFn, key: int, reach: int, network_nodes: list[tuple[float, float]]) -> Traveller:
    home, away = draw(st.sampled_from(network_nodes)), draw(st.sampled_from(network_nodes))
    start = draw(st.integers(0, 8)) * 15
    legs = []
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        at = datetime(2026, 11, 23, 4, tzinfo=UTC) + timedelta(days=day, minutes=start)
        shift_on = date(2026, 11, 23) + timedelta(days=day)
        legs.append(DayLeg(at, Direction.THERE, shift_on, at - timedelta(minutes=30), at))
        end = at + timedelta(hours=8)
        legs.append(DayLeg(end, Direction.BACK, shift_on, end, end + timedelta(minutes=20)))
    return Traveller(key, home, away, tuple(sorted(legs)), reach)


ENGINES = [LocalEngine(DijkstraEngine(a_random_network(seed, 24)), walk_limit_metres=1e9) for seed in range(4)]
PLACES = [[(float(x), float(y)) for x, y in engine.network.nodes_at()] for engine in ENGINES]


@settings(max_examples=40)
@given(st.data(), st.integers(0, 3))
def test_a_search_finds_whom_a_plain_look_at_each_finds(data: st.DataObject, seed: int) -> None:
    engine, places = ENGINES[seed], PLACES[seed]
    rider = data.draw(travellers(1, 0, places))
    drivers = [data.draw(travellers(key, 3600, places)) for key in range(1, 6)]
    found = {fit.driver: fit for fit in find(engine, rider, drivers)}
    for driver in drivers:
        expected = _plainly(engine, rider, driver)
        ways = {} if driver.key not in found else {way: len(one.held) for way, one in found[driver.key].ways.items()}
        assert ways == expected
        # What straight lines rule out is nobody whom the road would take.
        assert may_meet(engine, driver, [rider]) == [True] or driver.key not in found
    for fit in found.values():
        assert fit.legs_shared == sum(len(way.held) for way in fit.ways.values())
        assert 0 <= fit.days_shared <= fit.days_asked == len({leg.shift_on for leg in rider.legs})


def _plainly(engine: LocalEngine, rider: Traveller, driver: Traveller) -> dict[Direction, int]:
    """Return on how many ways a driver takes a rider who walks nowhere, by the words of the rule alone."""
    counts = {}
    for direction in Direction:
        (start, end), (home, away) = driver.ends(direction), rider.ends(direction)
        nodes = engine.reach(np.array([start, home, away, end]))[0]
        table = engine.engine.matrix(nodes, nodes).astype(np.int64)
        drive = Drive(int(table[0, 1]), int(table[1, 2]), int(table[2, 3]), int(table[0, 3]))
        pairs = [
            pair for pair in shared_legs(list(driver.legs), list(rider.legs), apart=APART)
            if pair.asked.direction is direction
        ]  # fmt: skip
        if not drive.exists or drive.detour > driver.reach or not pairs:
            continue
        best_count = 0
        for pair in pairs:
            asked, offered = pair.asked, pair.offered
            if direction is Direction.THERE:
                edge = min(offered.latest, asked.latest + timedelta(seconds=drive.from_dropoff))
                dropoff = edge - timedelta(seconds=drive.from_dropoff)
                holds = offered.earliest <= edge and asked.earliest <= dropoff
            else:
                edge = max(offered.earliest, asked.earliest - timedelta(seconds=drive.to_pickup))
                holds = edge <= offered.latest and edge + timedelta(seconds=drive.to_pickup) <= asked.latest
            if holds:
                relative = edge - asked.at
                same = sum(one.offered.earliest <= one.asked.at + relative <= one.offered.latest for one in pairs)
                best_count = max(best_count, same)
        if best_count:
            counts[direction] = best_count
    return counts
