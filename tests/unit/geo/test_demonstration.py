"""The demonstration network: every commune of it, whole, plausible, and what the script makes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mobility.geo import communes
from mobility.geo.network import demonstration
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.nodes import DijkstraEngine
from tests.unit.geo.test_building import check_whole

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "mobility" / "geo" / "data" / "demonstration.npz"
# The communes that the design names one by one.
NAMED = ("59606", "59172", "59139", "59014", "59092", "59136", "59571")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """The script that builds the file."""
    return runpy.run_path(str(ROOT / "scripts" / "build_demonstration.py"))


def test_the_file_is_what_the_script_makes_and_small(script: dict[str, Any]) -> None:
    assert demonstration.same(demonstration.load(), script["build"]())
    assert FILE.stat().st_size < 300_000


def test_another_network_is_not_the_same() -> None:
    from dataclasses import replace

    network = demonstration.load()
    assert not demonstration.same(network, replace(network, metres=network.metres * 1.01))


def test_it_says_that_it_is_a_demonstration() -> None:
    facts = demonstration.load().facts
    assert facts.demonstration
    assert facts.attribution == "Réseau de démonstration : routes approximatives"
    assert "OpenStreetMap" not in facts.attribution + facts.source


def test_it_is_whole() -> None:
    check_whole(demonstration.load(), with_course=False)


def test_every_placed_commune_of_both_arrondissements_has_streets_of_its_own() -> None:
    placed = [c for c in communes.by_department("59") if c.arrondissement in {"592", "596"} and c.position]
    assert len(placed) >= 140
    assert {c.insee_code for c in placed} >= set(NAMED)
    network = demonstration.load()
    at = np.array([(c.position.longitude, c.position.latitude) for c in placed if c.position])
    nodes, metres = NodeSnapper(network).snap(at)
    assert metres.max() < 1
    assert len(set(nodes.tolist())) == len(placed)
    # Places 300 m to each side of a centre meet different nodes.
    for east, north in ((0.0042, 0), (-0.0042, 0), (0, 0.0027), (0, -0.0027)):
        others, far = NodeSnapper(network).snap(at + np.array((east, north)))
        assert far.max() < 300
        assert (others != nodes).all()


@pytest.mark.parametrize(
    ("origin", "destination", "least", "most"),
    [
        ("Valenciennes (59300)", "Denain", 10, 25),
        ("Valenciennes (59300)", "Cambrai", 25, 45),
        ("Denain", "Caudry", 25, 50),
        ("Onnaing", "Douchy-les-Mines", 14, 35),
        ("Cambrai", "Le Cateau-Cambrésis", 25, 50),
    ],
)
def test_journeys_take_about_as_long_as_they_do(origin: str, destination: str, least: int, most: int) -> None:
    network = demonstration.load()
    ends = [communes.match(origin)[0].position, communes.match(destination)[0].position]
    nodes, _ = NodeSnapper(network).snap(np.array([(p.longitude, p.latitude) for p in ends if p]))
    seconds = DijkstraEngine(network).matrix(nodes[:1], nodes[1:])
    assert least <= int(seconds[0, 0]) / 60 <= most
