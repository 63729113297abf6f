"""Measure a person's search for drivers, with the database, on real roads: as ratios in one run.

Usage: ``python -m benchmarks.matches --network-file porto.osm.pbf --offers 300 3000``. People live and work where roads
are, drive by their rosters (every fifth offer by that of an objective), and bear up to 15 minutes. Seconds are those of
the processor, so that a busy machine says the same as an idle one. Each search is set against a bare question to the
engine: the table of times from the ends of all the drivers to the stops of the passenger.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from flask import Flask
from sqlalchemy import event, update

from benchmarks.__main__ import make_app
from mobility.carpool import candidates, index, indexing
from mobility.carpool.kinds import Timing
from mobility.carpool.models import CarpoolOffer
from mobility.carpool.services import matching
from mobility.core.clock import day_of
from mobility.core.db import db, end_read, transaction
from mobility.geo import engines, networks
from mobility.geo.network.importing import import_file
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Cycle, Hours, Weekly
from tests.conftest import build_schema
from tests.factories.carpool import a_colleague, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.pathway import a_roster, an_objective
from tests.factories.people import make_person

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
WARM_UP = 1
COMMUTE_METRES = 12_000


def _weekly(starts: hour, ends: hour) -> Weekly:
    day = (Hours(starts, ends),)
    return Weekly((day, day, day, day, day, (), ()))


PATTERNS = (
    _weekly(hour(5), hour(13)),
    _weekly(hour(5, 15), hour(13, 15)),
    _weekly(hour(7), hour(15)),
    _weekly(hour(8, 30), hour(17)),
    _weekly(hour(21), hour(5)),
    Cycle(MONDAY, "MMMMMRRAAAAARR", {"M": (Hours(hour(5), hour(13)),), "A": (Hours(hour(13), hour(21)),)}),
    Cycle(
        MONDAY,
        "MMAANNRRRR",
        {
            "M": (Hours(hour(5), hour(13)),),
            "A": (Hours(hour(13), hour(21)),),
            "N": (Hours(hour(21), hour(5)),),
        },
    ),
)


class World:
    """Drivers and passengers of a town, as many as are asked for."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.at = engines.local().network.nodes_at()
        self.desk = make_desk("Denain")
        self.drivers = [a_colleague(self.desk, name=f"Conducteur {number}") for number in range(20)]

    def journey(self) -> dict[str, Any]:
        """Return the ends and the pattern of somebody's journey."""
        at = self.at
        for _ in range(100):
            home, away = (at[self.random.randrange(len(at))] for _ in range(2))
            if np.hypot(*((home - away) * (82_000, 111_000))) >= 2000:
                break
        return {
            "origin_longitude": float(home[0]),
            "origin_latitude": float(home[1]),
            "destination_longitude": float(away[0]),
            "destination_latitude": float(away[1]),
            "pattern": to_json(self.random.choice(PATTERNS)),
        }

    def offers(self, count: int) -> list[int]:
        """Add so many offers, by roster; return their ids."""
        found = []
        for number in range(count):
            if number % 5:
                member, values = self.drivers[number % 20], {}
            else:
                person = make_person(desk=self.desk)
                objective_id = an_objective(person.id, starts_on=MONDAY)
                a_roster(objective_id, pattern=self.random.choice(PATTERNS))
                member = a_member(person)
                values = {"timing": Timing.ROSTER, "objective_id": objective_id}
            known = self.journey()
            if values:
                known["pattern"] = {}
            found.append(an_offer(member, **{**known, "max_detour_minutes": 15, **values}).id)
        return found

    def requests(self, count: int) -> list[int]:
        """Add so many passengers; return the ids of their requests."""
        return [a_request(a_member(make_person(desk=self.desk)), **self.journey()).id for _ in range(count)]


def cpu_of(act: Callable[[], object]) -> tuple[float, float, int]:
    """Return the seconds of the processor and of the clock that an act takes, and its number of queries."""
    asked = 0

    def count(*_: Any) -> None:
        nonlocal asked
        asked += 1

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        clock, begun = time.perf_counter(), time.process_time()
        act()
        return time.process_time() - begun, time.perf_counter() - clock, asked
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def bare(request_id: int) -> Callable[[], object]:
    """Return a bare question to the engine: from both ends of every open offer to and from the stops of a passenger."""
    engine = engines.local()
    offers = db.session.query(CarpoolOffer).all()
    ends = np.array(
        [
            point
            for one in offers
            for point in (
                (one.origin_longitude, one.origin_latitude),
                (one.destination_longitude, one.destination_latitude),
            )
        ]
    )
    rider = candidates.open_requests(day_of(NOW), ids=[request_id])[0].traveller
    stops = np.array([rider.home] * 4 + [rider.away] * 3)
    end_read()

    def ask() -> None:
        from_ends, near = engine.reach(ends)
        to_stops, _ = engine.reach(stops)
        engine.engine.matrix(from_ends[near], to_stops)
        engine.engine.matrix(to_stops, from_ends[near])

    return ask


def run(app: Flask, counts: list[int], searches: int, profiled: bool) -> None:
    """Measure searches among more and more offers."""
    network = networks.in_use().network
    print(f"{network.facts.name}: {network.node_count} nodes; {searches} searches for each line")
    world = World()
    requests = world.requests(searches + WARM_UP)
    before: tuple[int, float] | None = None
    standing = 0
    for count in counts:
        ids = world.offers(count - standing)
        standing = count
        begun = time.process_time()
        trips = sum(indexing.index_offers(offer_ids=ids[at : at + 200], now=NOW) for at in range(0, len(ids), 200))
        with transaction() as session:
            session.execute(update(CarpoolOffer).values(matched_at=NOW + timedelta(days=9)))
        print(f"\n== {count} offers; {trips} trips indexed in {time.process_time() - begun:.1f} s of the processor")
        begun = time.process_time()
        index.of(app).save()
        index.local()
        print(f"index kept and ready in {time.process_time() - begun:.1f} s of the processor")
        if profiled:
            import cProfile
            import pstats

            matching.seek(request_id=requests[0], now=NOW)
            profile = cProfile.Profile()
            profile.enable()
            matching.seek(request_id=requests[1], now=NOW)
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        took = []
        found = 0
        for request_id in requests:
            seen: list[matching.Seen] = []
            took.append(cpu_of(lambda r=request_id, seen=seen: seen.append(matching.seek(request_id=r, now=NOW))))
            found += sum(len(one.fitting) for one in seen[0].found.values())
        kept = took[WARM_UP:]
        cpu = median(one[0] for one in kept)
        plain = median(cpu_of(bare(request_id))[0] for request_id in requests)
        slowest, clock = max(one[0] for one in kept), median(one[1] for one in kept)
        print(
            f"search: median {cpu * 1000:.0f} ms of the processor, slowest {slowest * 1000:.0f}; clock {clock * 1000:.0f}"
        )
        print(f"{max(one[2] for one in kept)} queries each; {found} drivers fit in all")
        print(f"to a bare question to the engine ({plain * 1000:.1f} ms): {cpu / plain:.1f}")
        if before:
            print(f"{count} offers to {before[0]}: {cpu / before[1]:.2f} for {count / before[0]:.0f} times as many")
        before = before or (count, cpu)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matches", description=__doc__)
    parser.add_argument("--network-file", type=Path, help="OpenStreetMap extract (without it, the demonstration's)")
    parser.add_argument("--offers", type=int, nargs="+", default=[300, 3000])
    parser.add_argument("--searches", type=int, default=10)
    parser.add_argument("--profile", action="store_true", help="print where a search spends its time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-matches-") as name:
        app = make_app(Path(name))
        with app.app_context():
            build_schema()
            if given.network_file:
                import_file(
                    given.network_file,
                    Path(app.config["NETWORK_DIR"]),
                    factors=networks.factors_today(),
                    now=datetime.now(UTC),
                    prepare=networks.prepare,
                )
            run(app, given.offers, given.searches, given.profile)
            for engine in db.engines.values():
                engine.dispose()


if __name__ == "__main__":
    main()
