"""What every engine answers alike, ours and servers'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mobility.geo.errors import TooFarFromRoad, Unreachable
from mobility.geo.network.snapping import great_circle_metres
from mobility.geo.travel.interface import UNREACHABLE, TravelTimes, Trip
from tests.unit.geo.travel.engines import Case, brute_force, told, trips_among


def at(case: Case, index: int) -> tuple[float, float]:
    longitude, latitude = case.points[index].tolist()
    return longitude, latitude


def possible_trips(case: Case) -> list[Trip]:
    """Return trips along which a road leads."""
    trips = trips_among(case.points, case.margin_seconds)
    starts, ends = (np.array([getattr(trip, name) for trip in trips]) for name in ("origin", "destination"))
    reached = np.diagonal(case.engine.matrix(starts, ends)) != UNREACHABLE
    return [trip for trip, well in zip(trips, reached, strict=True) if well]


def test_it_says_where_its_times_come_from(case: Case) -> None:
    facts = case.engine.facts()
    assert facts.name
    assert facts.attribution
    assert not facts.fallen_back
    assert facts.demonstration == (case.name == "demonstration")


def test_a_matrix_has_sources_down_and_targets_across(case: Case) -> None:
    found = case.engine.matrix(case.points[:5], case.points[5:12])
    assert found.shape == (5, 7)
    assert found.dtype == np.int32
    assert (found >= 0).all()
    assert (found != UNREACHABLE).mean() > 0.5


def test_nothing_is_asked_for_no_points(case: Case) -> None:
    nothing = np.empty((0, 2))
    assert case.engine.matrix(nothing, case.points).shape == (0, len(case.points))
    assert case.engine.matrix(case.points, nothing).shape == (len(case.points), 0)
    assert case.engine.one_to_many(at(case, 0), nothing).shape == (0,)
    assert case.engine.many_to_one(nothing, at(case, 0)).shape == (0,)
    assert case.engine.snap(nothing).at.shape == (0, 2)


def test_a_place_is_no_time_from_itself(case: Case) -> None:
    found = case.engine.matrix(case.points, case.points)
    assert (np.diagonal(found) == 0).all()
    assert found[0, -1] == found[-1, 0] == 0, "the same place given twice"


def test_rows_and_columns_are_those_of_the_matrix(case: Case) -> None:
    whole = case.engine.matrix(case.points, case.points)
    for index in range(0, len(case.points), 5):
        assert case.engine.one_to_many(at(case, index), case.points).tolist() == whole[index].tolist()
        assert case.engine.many_to_one(case.points, at(case, index)).tolist() == whole[:, index].tolist()


def test_small_tables_answer_what_a_large_one_does(case: Case) -> None:
    if case.in_small_tables is None:
        assert case.name in {"demonstration", "helsinki"}
        return
    engine = case.in_small_tables()
    sources, targets = case.points[:9], case.points[4:]
    assert (engine.matrix(sources, targets) == case.engine.matrix(sources, targets)).all()
    assert (engine.matrix(targets, sources) == case.engine.matrix(targets, sources)).all()
    assert (engine.snap(case.points).at == case.engine.snap(case.points).at).all()


def test_a_route_takes_the_matrix_s_time_along_a_line_between_the_snapped_ends(case: Case) -> None:
    times = case.engine.matrix(case.points, case.points)
    last = len(case.points) - 1
    pairs = [
        (0, 1),
        (1, 0),
        (2, 9),
        (9, 2),
        (3, 14),
        (5, 18),
        (11, 6),
        (0, last),
        (last - 1, 4),
        (4, last - 1),
        (last - 2, 5),
    ]
    reached = 0
    for source, target in pairs:
        if times[source, target] == UNREACHABLE:
            with pytest.raises(Unreachable):
                case.engine.route(at(case, source), at(case, target))
            continue
        reached += 1
        route = case.engine.route(at(case, source), at(case, target))
        assert abs(route.seconds - times[source, target]) <= case.route_slack * times[source, target]
        assert route.line.shape == (len(route.line), 2)
        assert len(route.line) >= 2
        ends = case.engine.snap(case.points[[source, target]]).at
        assert great_circle_metres(route.line[[0, -1]], ends).max() < 1
        steps = great_circle_metres(route.line[:-1], route.line[1:]).sum()
        apart = great_circle_metres(ends[:1], ends[1:])[0]
        assert apart * 0.99 - 1 <= steps <= route.metres * 1.01 + 1
    assert reached >= 8


def test_a_point_meets_the_road_where_it_says(case: Case) -> None:
    snapped = case.engine.snap(case.points)
    assert snapped.node.shape == snapped.walk_metres.shape == (len(case.points),)
    walked = great_circle_metres(case.points, snapped.at)
    assert snapped.walk_metres == pytest.approx(walked, rel=0.01, abs=0.5)
    assert snapped.walk_metres.max() < 100


REFUSALS: dict[str, Callable[[TravelTimes, Case], object]] = {
    "snap": lambda engine, case: engine.snap(np.array([*case.points[:3], case.far, case.far])),
    "sources": lambda engine, case: engine.matrix(np.array([*case.points[:3], case.far]), case.points[:2]),
    "targets": lambda engine, case: engine.matrix(case.points[:2], np.array([*case.points[:3], case.far])),
    "one_to_many": lambda engine, case: engine.one_to_many(at(case, 0), np.array([*case.points[:3], case.far])),
    "many_to_one": lambda engine, case: engine.many_to_one(np.array([*case.points[:3], case.far]), at(case, 0)),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_point_in_the_middle_of_nowhere_is_refused_by_its_place(case: Case, name: str) -> None:
    with pytest.raises(TooFarFromRoad) as refused:
        REFUSALS[name](case.engine, case)
    assert refused.value.index == 3
    assert refused.value.metres > 100


def test_a_route_from_or_to_the_middle_of_nowhere_is_refused(case: Case) -> None:
    for ends, place in [((case.far, at(case, 0)), 0), ((at(case, 0), case.far), 1)]:
        with pytest.raises(TooFarFromRoad) as refused:
            case.engine.route(*ends)
        assert refused.value.index == place


def test_the_index_finds_what_brute_force_finds_and_refuses_what_it_refuses(case: Case) -> None:
    trips = possible_trips(case)
    index = case.engine.detour_index()
    index.put(trips)
    assert len(index) == len(trips)
    times = case.engine.matrix(case.points, case.points)
    last = len(case.points) - 1
    found = refused = 0
    for start, end in [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 10), (0, last), (12, last - 1), (last - 1, 12)]:
        if times[start, end] == UNREACHABLE:
            with pytest.raises(Unreachable):
                index.detours(at(case, start), at(case, end))
            continue
        answer = index.detours(at(case, start), at(case, end))
        expected = brute_force(case.engine, trips, at(case, start), at(case, end))
        assert answer.direct_seconds == times[start, end]
        assert answer.key.tolist() == sorted(expected)
        assert told(answer) == expected
        found += len(expected)
        refused += len(trips) - len(expected)
    assert found > 10
    assert refused > 10


def test_a_detour_is_the_sum_of_its_legs_and_within_the_margin(case: Case) -> None:
    trips = {trip.key: trip for trip in possible_trips(case)}
    index = case.engine.detour_index()
    index.put(list(trips.values()))
    answer = index.detours(at(case, 4), at(case, 13))
    legs = answer.to_pickup.astype(np.int64) + answer.direct_seconds + answer.from_dropoff - answer.alone
    assert answer.detour.tolist() == legs.tolist()
    assert (answer.detour >= 0).all()
    assert all(detour <= trips[key].max_detour_seconds for key, detour in zip(answer.key.tolist(), answer.detour.tolist(), strict=True))  # fmt: skip


def test_a_window_bounds_the_departure_with_both_ends(case: Case) -> None:
    trips = possible_trips(case)
    index = case.engine.detour_index()
    index.put(trips)
    # Nobody goes out of the way much for a passenger who is where they want to be already.
    everything = told(index.detours(at(case, 0), at(case, -1)))
    assert len(everything) > 4
    departures = sorted(row[-1] for row in everything.values())
    first, last = departures[1], departures[-2]
    windowed = index.detours(at(case, 0), at(case, -1), depart_from=first, depart_until=last)
    assert told(windowed) == {key: row for key, row in everything.items() if first <= row[-1] <= last}
    open_ended = index.detours(at(case, 0), at(case, -1), depart_from=last)
    assert told(open_ended) == {key: row for key, row in everything.items() if row[-1] >= last}
    assert len(index.detours(at(case, 0), at(case, 0), depart_until=departures[0] - 1).key) == 0


def test_trips_are_forgotten_and_replaced(case: Case) -> None:
    trips = possible_trips(case)
    index = case.engine.detour_index()
    index.put([])
    index.put(trips[:10])
    index.drop([trips[0].key, trips[1].key, 424242])
    index.drop([])
    assert len(index) == 8
    changed = replace(
        trips[2], max_detour_seconds=10**6, depart_at=5, origin=trips[3].origin, destination=trips[3].destination
    )
    index.put([changed])
    index.put([trips[0]])
    left = [trips[0], changed, *trips[3:10]]
    assert len(index) == len(left)
    answer = index.detours(at(case, 4), at(case, 13))
    assert told(answer) == brute_force(case.engine, left, at(case, 4), at(case, 13))
    assert changed.key in told(answer)


def test_trips_are_taken_all_or_none(case: Case) -> None:
    trips = possible_trips(case)
    index = case.engine.detour_index()
    index.put(trips[:3])
    with pytest.raises(TooFarFromRoad):
        index.put([trips[4], replace(trips[5], destination=case.far), trips[6]])
    with pytest.raises(TooFarFromRoad):
        index.put([replace(trips[0], origin=case.far)])
    assert len(index) == 3
    expected = brute_force(case.engine, trips[:3], at(case, 4), at(case, 13))
    assert told(index.detours(at(case, 4), at(case, 13))) == expected


def test_a_request_from_the_middle_of_nowhere_is_refused(case: Case) -> None:
    index = case.engine.detour_index()
    with pytest.raises(TooFarFromRoad):
        index.detours(case.far, at(case, 0))
    with pytest.raises(TooFarFromRoad):
        index.detours(at(case, 0), case.far)


def test_an_empty_index_answers_with_the_direct_time_alone(case: Case) -> None:
    answer = case.engine.detour_index().detours(at(case, 4), at(case, 13))
    assert answer.direct_seconds == case.engine.one_to_many(at(case, 4), case.points[13:14])[0]
    assert len(answer.key) == len(answer.detour) == 0
