#!/usr/bin/env python3
"""Build ``mobility/geo/data/demonstration.npz``: a made-up road network of the Valenciennois, Denaisis and Cambrésis.

It lets everything be tried without a file of OpenStreetMap, and is called a demonstration wherever it is used. Its
sources are public facts only: positions and populations of the communes (``mobility/geo/data/communes.json.gz``), and
the main roads typed in below. Everything else follows from rules:

* neighbouring communes are joined by a straight road (Gabriel graph: no third commune lies in the circle between
  them), counted 1.25 times as long as the straight line (motorways: 1.05), the usual ratio of roads to straight lines;
* a road is driven at the speed of its class outside towns, at 50 km/h for the first and last 500 m;
* each commune has rings of streets around its centre, more of them the more people live there;
* motorways have nodes of their own beside the communes of their exits, joined by ramps.

``python scripts/build_demonstration.py`` writes the file, ``--check`` compares instead. Same input, same output.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import itertools

from mobility.geo import communes
from mobility.geo.communes import Commune
from mobility.geo.network import demonstration
from mobility.geo.network.building import Points, Stretches, chains_of, largest_part, to_network
from mobility.geo.network.model import RoadClass, RoadNetwork
from mobility.geo.network.snapping import great_circle_metres, unit_vectors
from mobility.geo.network.subdividing import subdivide

TARGET = ROOT / "mobility" / "geo" / "data" / "demonstration.npz"
# The arrondissements of Cambrai and Valenciennes (INSEE).
ARRONDISSEMENTS = ("592", "596")
DETOUR_FACTOR, MOTORWAY_DETOUR_FACTOR = 1.25, 1.05
# No road of the Gabriel graph is longer, in metres as the crow flies: further apart there are villages between.
NEIGHBOURS_MAX_METRES = 12_000.0
TOWN_METRES, TOWN_KMH, STREET_KMH, RAMP_KMH = 500.0, 50.0, 40.0, 60.0
RING_METRES = 350.0
EXIT_METRES = 900.0
KMH = {
    RoadClass.MOTORWAY: 120.0,
    RoadClass.TRUNK: 110.0,
    RoadClass.PRIMARY: 80.0,
    RoadClass.SECONDARY: 80.0,
    RoadClass.TERTIARY: 70.0,
}
SECONDARY_FROM_PEOPLE = 3000
METRES_PER_DEGREE = 111_195.0

# Motorways, by the communes of their exits and junctions, in order. Source: the motorways' public numbering and
# exits, as on any road map.
MOTORWAYS: dict[str, tuple[str, ...]] = {
    "A2": (
        "Saint-Aybert", "Crespin", "Onnaing", "Saint-Saulve", "La Sentinelle", "Trith-Saint-Léger", "Rouvignies",
        "Douchy-les-Mines", "Hordain", "Iwuy", "Tilloy-lez-Cambrai", "Raillencourt-Sainte-Olle",
        "Fontaine-Notre-Dame",
    ),
    "A23": ("La Sentinelle", "Petite-Forêt", "Raismes", "Saint-Amand-les-Eaux", "Rosult"),
    "A21": ("Émerchicourt", "Abscon", "Escaudain", "Denain", "Rouvignies"),
    "A26": ("Mœuvres", "Fontaine-Notre-Dame", "Marcoing", "Masnières"),
}  # fmt: skip
# Former national roads and main departmental ones, by the communes on them. Source: the roads' public numbering
# (decree 2005-1499 of 5 December 2005 on the roads handed to the departments), as on any road map.
MAIN_ROADS: dict[str, tuple[str, ...]] = {
    "D630, ex-N30": (
        "Cambrai", "Escaudœuvres", "Iwuy", "Hordain", "Bouchain", "Douchy-les-Mines", "Haulchin", "Trith-Saint-Léger",
        "La Sentinelle", "Valenciennes", "Saint-Saulve", "Onnaing", "Quarouble", "Quiévrechain",
    ),
    "D643, ex-N43": (
        "Aubencheul-au-Bac", "Sancourt", "Neuville-Saint-Rémy", "Cambrai", "Awoingt", "Cattenières",
        "Beauvois-en-Cambrésis", "Caudry", "Inchy", "Montay", "Le Cateau-Cambrésis", "Catillon-sur-Sambre",
        "La Groise",
    ),
    "D644, ex-N44": ("Cambrai", "Rumilly-en-Cambrésis", "Masnières", "Les Rues-des-Vignes", "Bantouzelle"),
    "D939, ex-N39": ("Cambrai", "Raillencourt-Sainte-Olle"),
    "D649, ex-N49": ("Valenciennes", "Marly", "Saultain", "Curgies"),
    "D935": ("Valenciennes", "Bruay-sur-l'Escaut", "Escautpont", "Fresnes-sur-Escaut", "Condé-sur-l'Escaut"),
    "D942": ("Cambrai", "Cauroir", "Carnières", "Quiévy", "Solesmes"),
    "D958": ("Valenciennes", "Famars", "Quérénaing", "Vendegies-sur-Écaillon", "Solesmes", "Neuvilly", "Montay"),
    "D645": ("Denain", "Escaudain", "Abscon"),
    "Denain to Valenciennes": ("Denain", "Wavrechain-sous-Denain", "Oisy", "La Sentinelle"),
}  # fmt: skip


@dataclass
class Draft:
    """Nodes and streets while they are being put together."""

    longitude: list[float] = field(default_factory=list)
    latitude: list[float] = field(default_factory=list)
    streets: dict[tuple[int, int], tuple[RoadClass, float]] = field(default_factory=dict)  # class, detour factor

    def node(self, longitude: float, latitude: float) -> int:
        """Add a node and return its number."""
        self.longitude.append(round(longitude, 7))
        self.latitude.append(round(latitude, 7))
        return len(self.longitude) - 1

    def near(self, center: int, metres: float, turn: float) -> int:
        """Add a node so many metres from another, in a direction (radians from east)."""
        latitude = self.latitude[center]
        width = METRES_PER_DEGREE * math.cos(math.radians(latitude))
        return self.node(
            self.longitude[center] + metres * math.cos(turn) / width,
            latitude + metres * math.sin(turn) / METRES_PER_DEGREE,
        )

    def join(self, a: int, b: int, road_class: RoadClass, factor: float = DETOUR_FACTOR) -> None:
        """Join two nodes both ways; of two roads between them the greater stays."""
        pair = (min(a, b), max(a, b))
        if a != b and (pair not in self.streets or road_class < self.streets[pair][0]):
            self.streets[pair] = (road_class, factor)


def placed_communes() -> list[Commune]:
    """Return the communes that have a position, in the order of their codes."""
    found = [c for c in communes.by_department("59") if c.arrondissement in ARRONDISSEMENTS and c.position]
    return sorted(found, key=lambda commune: commune.insee_code)


def gabriel_pairs(at: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of points with no third point in the circle of which they are the diameter."""
    space = unit_vectors(at)
    tree = cKDTree(space)
    pairs = []
    reach = NEIGHBOURS_MAX_METRES / 6_371_008.8
    for a, b in sorted(tree.query_pairs(reach)):
        middle, radius = (space[a] + space[b]) / 2, float(np.linalg.norm(space[a] - space[b])) / 2
        if not [c for c in tree.query_ball_point(middle, radius * (1 - 1e-9)) if c not in {a, b}]:
            pairs.append((a, b))
    return pairs


def draw_streets(draft: Draft, center: int, commune: Commune) -> None:
    """Draw rings of streets around the centre, joined by spokes; turned by the code, so that no two are alike."""
    reach = 250.0 + 8.0 * math.sqrt(commune.population)
    turn = math.radians(int(commune.insee_code[2:]) * 37 % 60)
    inner = [center]
    for number in range(1, 1 + max(1, round(reach / RING_METRES))):
        count = 6 * number
        ring = [draft.near(center, RING_METRES * number, turn + 2 * math.pi * step / count) for step in range(count)]
        for step, node in enumerate(ring):
            draft.join(node, ring[step - 1], RoadClass.LOCAL)
            draft.join(node, inner[round(step * len(inner) / count) % len(inner)], RoadClass.LOCAL)
        inner = ring


def draw_motorways(draft: Draft, centers: dict[str, int]) -> None:
    """Draw the motorways beside the communes of their exits, with ramps to the centres."""
    exits: dict[str, int] = {}
    for name in MOTORWAYS.values():
        for commune in name:
            if commune not in exits:
                exits[commune] = draft.near(centers[commune], EXIT_METRES, math.radians(135))
                draft.join(exits[commune], centers[commune], RoadClass.TRUNK, DETOUR_FACTOR)
        for a, b in itertools.pairwise(name):
            draft.join(exits[a], exits[b], RoadClass.MOTORWAY, MOTORWAY_DETOUR_FACTOR)


def draw() -> Draft:
    """Return all nodes and streets."""
    placed = placed_communes()
    draft = Draft()
    centers = {c.name: draft.node(c.position.longitude, c.position.latitude) for c in placed if c.position}
    people = [commune.population for commune in placed]
    at = np.column_stack((draft.longitude, draft.latitude))
    for a, b in gabriel_pairs(at):
        large = min(people[a], people[b]) >= SECONDARY_FROM_PEOPLE
        draft.join(a, b, RoadClass.SECONDARY if large else RoadClass.TERTIARY)
    for course in MAIN_ROADS.values():
        for first, second in itertools.pairwise(course):
            draft.join(centers[first], centers[second], RoadClass.PRIMARY)
    for commune in placed:
        draw_streets(draft, centers[commune.name], commune)
    draw_motorways(draft, centers)
    return draft


def seconds_of(road_class: RoadClass, metres: float) -> float:
    """Return the free-flow seconds along a road."""
    if road_class is RoadClass.LOCAL:
        return metres * 3.6 / STREET_KMH
    if road_class is RoadClass.TRUNK:
        return metres * 3.6 / RAMP_KMH
    slow = 0.0 if road_class is RoadClass.MOTORWAY else min(metres, 2 * TOWN_METRES)
    return slow * 3.6 / TOWN_KMH + (metres - slow) * 3.6 / KMH[road_class]


def build() -> RoadNetwork:
    """Return the network."""
    draft = draw()
    at = np.column_stack((draft.longitude, draft.latitude))
    a, b = np.array(list(draft.streets), dtype=np.int32).T
    classes = np.array([road_class for road_class, _ in draft.streets.values()], dtype=np.uint8)
    factors = np.array([factor for _, factor in draft.streets.values()])
    metres = great_circle_metres(at[a], at[b]) * factors
    seconds = np.array([seconds_of(RoadClass(c), m) for c, m in zip(classes.tolist(), metres.tolist(), strict=True)])
    both = Stretches(*(np.concatenate(pair) for pair in ((a, b), (b, a), (metres, metres), (seconds, seconds), (classes, classes))))  # fmt: skip
    count = len(at)
    kept, share = largest_part(both, count)
    if len(kept.tail) < len(both.tail):
        raise SystemExit(f"only {share:.1%} of the roads hang together")
    stoppable = np.zeros(count, dtype=bool)
    calm = kept.road_class > RoadClass.TRUNK
    stoppable[kept.tail[calm]] = True
    points = Points(-1 - np.arange(count, dtype=np.int64), at[:, 0].copy(), at[:, 1].copy(), stoppable)
    points, chains = subdivide(points, chains_of(kept, np.ones(count, dtype=bool)))
    # Ids of ours, all of them, each once: the nodes of the cuts come after those of the draft.
    ids = -1 - np.arange(len(points.osm_id), dtype=np.int64)
    points = Points(ids, points.longitude, points.latitude, points.stoppable)
    return to_network(points, chains, facts=demonstration.FACTS, factors=demonstration.FACTORS)


def packed(network: RoadNetwork) -> bytes:
    """Return the bytes of the file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **demonstration.pack(network))
    return buffer.getvalue()


def main() -> int:
    """Build the file, or compare it with what the rules give."""
    parser = argparse.ArgumentParser(description="Build the demonstration network.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write nothing")
    check = parser.parse_args().check
    network = build()
    content = packed(network)
    print(
        f"{len(placed_communes())} communes, {network.node_count} nodes, {network.arc_count} arcs, "
        f"{len(content) / 1024:.0f} KiB"
    )
    if check:
        same = demonstration.same(demonstration.load(), network)
        print("the committed file is up to date" if same else "the committed file differs")
        return 0 if same else 1
    TARGET.write_bytes(content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
