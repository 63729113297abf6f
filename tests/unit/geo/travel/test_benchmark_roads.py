"""What the road benchmarks measure on is a network like any other, and their short run works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import roads
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.roads import a_random_network

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("tiles", [1, 2, 3, 4, 6])
def test_towns_side_by_side_hang_together(tiles: int) -> None:
    network = a_random_network(3)
    many = roads.tiled(network, tiles)
    assert many.node_count == tiles * network.node_count
    assert many.first_out[-1] == len(many.head) == many.arc_count
    nodes = np.arange(many.node_count, dtype=np.int32)
    times = DijkstraEngine(many).matrix(nodes[:1], nodes)
    assert (times != UNREACHABLE).all()
    assert (DijkstraEngine(many).matrix(nodes, nodes[:1]) != UNREACHABLE).all()


def test_the_short_run_of_the_readme_works() -> None:
    command = [sys.executable, "-m", "benchmarks.carpool", "--tiles", "1", "2", "--offers", "100", "--requests", "5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("x scipy") >= 6
