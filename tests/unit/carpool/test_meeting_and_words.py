"""Meeting points, the score and how it reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from mobility.carpool.rules.facts import Spot, Window
from mobility.carpool.rules.meeting import Pace, meeting_points
from mobility.carpool.rules.plan import best_plan
from mobility.carpool.rules.score import PART_LABELS, Part, PartCode, Score, Weights, score_of
from mobility.carpool.words import about, minutes, remarks, sentence
from mobility.geo.network.snapping import NodeSnapper, great_circle_metres
from tests.factories.roads import a_network
from tests.unit.carpool.helpers import FOUR, MINUTE, a_driver, a_line, a_rider, random_roads
from tests.unit.carpool.strategies import Scene, scenes


def test_a_walk_takes_the_time_of_its_crooked_way() -> None:
    assert Pace().seconds(0) == 0
    # 1 km as the crow flies is 1.3 km on foot: 17 minutes and 20 seconds at 4.5 km/h.
    assert Pace().seconds(1000) == 1040
    assert Pace(kmh=3.6, crookedness=1.0).seconds(100.2) == 101
    assert Pace().seconds(Pace().reach_metres(900)) == 900


def test_meeting_points_are_near_apart_and_begin_at_the_door() -> None:
    positions = [(3.5 + 0.001 * column, 50.3 + 0.001 * row) for column in range(10) for row in range(10)]
    arcs = [(node, (node + 1) % 100, 30) for node in range(100)]
    network = a_network(arcs, positions)
    snapper = NodeSnapper(network)
    here = (3.5041, 50.3041)
    nodes, metres = meeting_points(network, snapper, here, within_metres=300, most=50)
    at = network.nodes_at()
    door, door_metres = snapper.nearest(np.array([here]))
    assert (nodes[0], metres[0]) == (door[0], pytest.approx(door_metres[0]))
    assert (np.diff(metres) >= 0).all()
    assert metres.max() <= 300
    assert metres == pytest.approx(great_circle_metres(at[nodes], np.tile(here, (len(nodes), 1))))
    apart = great_circle_metres(np.repeat(at[nodes], len(nodes), axis=0), np.tile(at[nodes], (len(nodes), 1)))
    assert sorted(apart)[len(nodes)] >= 150
    assert 4 <= len(nodes) < 20
    assert len(meeting_points(network, snapper, here, within_metres=300, most=3)[0]) == 3
    # In the fields only the door is left.
    far = meeting_points(network, snapper, (3.6, 50.3), within_metres=300, most=5)
    assert (len(far[0]), far[1][0] > 300) == (1, True)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_within_reach_is_what_measuring_every_node_finds(seed: int) -> None:
    network, _table = random_roads(seed)
    at = network.nodes_at()
    here = (float(at[0, 0]) + 0.01, float(at[0, 1]))
    metres = great_circle_metres(at, np.tile(here, (len(at), 1)))
    nodes, found = NodeSnapper(network, stoppable_only=False).within(here, 5000)
    assert sorted(nodes.tolist()) == np.flatnonzero(metres <= 5000).tolist()
    assert found == pytest.approx(metres[nodes])


@given(scenes(most_riders=2, most_spots=2))
@settings(max_examples=60, deadline=None)
def test_every_part_of_a_score_is_a_cost(scene: Scene) -> None:
    plan = best_plan(scene.driver, scene.riders, scene.table).plan
    if plan is None:
        return
    score = score_of(plan, scene.riders, Weights())
    assert all(part.seconds >= 0 for part in score.parts)
    assert score.total == sum(part.points for part in score.parts) == pytest.approx(score.minutes * 6000)
    assert len(score.parts) == 2 + 4 * len(scene.riders)
    for ride in plan.rides:
        remarks(ride, score)
        assert "passe vers" in sentence(ride, score, near="de la mairie de Raismes")


def test_a_match_reads_as_people_speak() -> None:
    # The driver leaves Raismes' edge at four; the rider waits ten minutes down the road, five minutes aside.
    table = a_line(5 * MINUTE + 20, 5 * MINUTE, 20 * MINUTE)
    corner = Spot(0, walk_seconds=400)
    rider = a_rider((corner,), 3, arrive=Window(latest=FOUR + 45 * MINUTE))
    driver = a_driver(1, 3, max_detour_seconds=700)
    plan = best_plan(driver, (rider,), table).plan
    assert plan is not None
    score = score_of(plan, (rider,), Weights())
    assert sentence(plan.rides[0], score, driver="Une conductrice", near="de la mairie de Raismes") == (
        "Une conductrice fait 11\u00a0minutes de plus, passe vers 4\u00a0h\u00a005 près de la mairie de Raismes"
    )
    assert remarks(plan.rides[0], score) == ["7\u00a0minutes à pied", "10\u00a0minutes d’avance à l’arrivée"]


def test_no_detour_and_a_wait_are_said() -> None:
    table = a_line(600, 600)
    rider = a_rider(1, 2, leave=Window(FOUR + 900, FOUR + 1200))
    plan = best_plan(a_driver(0, 2), (rider,), table).plan
    assert plan is not None
    said = sentence(plan.rides[0], score_of(plan, (rider,), Weights()), near="d’Onnaing")
    assert said == (
        "Une personne ne fait pas de détour, attend 5\u00a0minutes en route, passe vers 4\u00a0h\u00a015 près d’Onnaing"
    )


def test_small_words() -> None:
    assert (minutes(1), minutes(6)) == ("1\u00a0minute", "6\u00a0minutes")
    assert about(FOUR + 149) == "vers 4\u00a0h"
    assert about(FOUR + 150) == "vers 4\u00a0h\u00a005"
    assert about(FOUR + 58 * MINUTE) == "vers 5\u00a0h"
    assert Part(PartCode.WALK, 61, 150).params == {"minutes": 2, "weight": 150}
    assert set(PART_LABELS) == set(PartCode)
    assert Score(()).total == 0
