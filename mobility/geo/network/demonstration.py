"""The network that is used until a real one is imported: made up, and called so wherever it is used.

``data/demonstration.npz`` is made by ``scripts/build_demonstration.py``, which says from what.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.geo import communes
from mobility.geo.network.calibration import DEFAULT_FACTORS, Factors, calibrate
from mobility.geo.network.model import GEOMETRY_UNIT, Landmarks, NetworkFacts, RoadNetwork

FACTS = NetworkFacts(
    name="Réseau de démonstration",
    source="Valenciennois, Denaisis et Cambrésis : tracé par notre programme d’après la place des communes",
    demonstration=True,
    made_at=datetime(2026, 11, 22, tzinfo=UTC),
    attribution="Réseau de démonstration : routes approximatives",
)
FACTORS: Factors = DEFAULT_FACTORS
# The file keeps tenths of metres and hundredths of seconds.
_METRES, _SECONDS = 0.1, 0.01


def pack(network: RoadNetwork) -> dict[str, NDArray[Any]]:
    """Return what the file holds: whole numbers, from which ``load`` makes the network again."""
    return {
        "at": np.rint(network.nodes_at() / GEOMETRY_UNIT).astype(np.int32),
        "stoppable": network.stoppable,
        "degree": np.diff(network.first_out).astype(np.uint8),
        "head": network.head,
        "centiseconds": np.rint(network.free_flow_seconds / _SECONDS).astype(np.int32),
        "decimetres": np.rint(network.metres / _METRES).astype(np.int32),
        "road_class": network.road_class,
    }


@lru_cache(maxsize=1)
def _content() -> bytes:
    return (files("mobility.geo") / "data" / "demonstration.npz").read_bytes()


def digest() -> str:
    """Return a short name of the file's content."""
    return hashlib.blake2b(_content(), digest_size=6).hexdigest()


@lru_cache(maxsize=1)
def load() -> RoadNetwork:
    """Return the demonstration network, with the default calibration."""
    with np.load(io.BytesIO(_content()), allow_pickle=False) as file:
        held = {name: file[name] for name in file.files}
    count = len(held["at"])
    arcs = len(held["head"])
    at = np.round(held["at"] * GEOMETRY_UNIT, 7)
    network = RoadNetwork(
        facts=FACTS,
        longitude=at[:, 0].copy(), latitude=at[:, 1].copy(), stoppable=held["stoppable"],
        osm_id=-1 - np.arange(count, dtype=np.int64),
        first_out=np.concatenate(([0], np.cumsum(held["degree"], dtype=np.int64))), head=held["head"],
        seconds=np.ones(arcs, dtype=np.int32),
        free_flow_seconds=(held["centiseconds"] * _SECONDS).astype(np.float32),
        metres=(held["decimetres"] * _METRES).astype(np.float32), road_class=held["road_class"],
        first_point=np.zeros(arcs + 1, dtype=np.int64), points=np.empty((0, 2), dtype=np.int32),
    )  # fmt: skip
    return calibrate(replace(network, landmarks=_town_halls(network)), FACTORS)


def _town_halls(network: RoadNetwork) -> Landmarks:
    """Return a town hall in the middle of each commune: made up, as the roads are."""
    # With its libraries, which the application starts without.
    from mobility.geo.network.landmarks import Gathered, beside_roads

    at, gathered = network.nodes_at(), Gathered()
    (west, south), (east, north) = at.min(axis=0), at.max(axis=0)
    for commune in communes.everywhere():
        place = commune.position
        if place is not None and south <= place.latitude <= north and west <= place.longitude <= east:
            gathered.add({"amenity": "townhall"}, place.longitude, place.latitude)
    return beside_roads(gathered.placed(np.empty(0), np.empty(0)), network)


def same(one: RoadNetwork, other: RoadNetwork) -> bool:
    """Tell whether two networks are the same but for the last digit of lengths and times."""
    a, b = pack(one), pack(other)
    exact = ("stoppable", "degree", "head", "road_class")
    close = ("at", "centiseconds", "decimetres")
    return all(np.array_equal(a[name], b[name]) for name in exact) and all(
        a[name].shape == b[name].shape and bool((np.abs(a[name] - b[name]) <= 1).all()) for name in close
    )
