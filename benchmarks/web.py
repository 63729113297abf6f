"""Measure what a web request adds to the engine's own answer, over real HTTP on the loopback.

Usage: ``python -m benchmarks.web --network-file porto.osm.pbf``. The engine's part is timed inside each request, so that
the rest is what the web added to that very answer: connection, token, reading and checking, JSON. The processor's time
(of client and server together) says the same on a busy machine as on an idle one.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from flask import Flask

from benchmarks.__main__ import make_app
from mobility.accounts.services.tokens import create_token
from mobility.carpool.plain import PlainMatching
from mobility.core.db import db
from mobility.geo import engines, networks
from mobility.geo.network.importing import import_file
from mobility.geo.travel.isochrones import Surroundings
from mobility.geo.travel.local import LocalEngine
from tests.conftest import build_schema
from tests.factories.matchfiles import a_match_file
from tests.support.live import LiveServer

WARM_UP = 5


@dataclass(frozen=True)
class Question:
    """One question over HTTP, and the engine's part in its answer: a method of a class."""

    name: str
    owner: type
    method: str
    path: str
    body: bytes | None = None


class Stopwatch:
    """Times the engine's part of the last request, by the clock and of the processor."""

    def __init__(self) -> None:
        self.took = (0.0, 0.0)

    def around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method, timed; what it would give one by one is asked for at once."""

        def timed(*arguments: Any, **options: Any) -> Any:
            begun = _clocks()
            given = method(*arguments, **options)
            if isinstance(given, tuple):
                given = (list(given[0]), *given[1:])
            self.took = _since(begun)
            return given

        return timed


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def questions() -> list[Question]:
    """Return what is asked: places, and offers and requests drawn over the network in use."""
    engine = engines.local()
    network = engine.network
    random = np.random.default_rng(3)
    stops = network.nodes_at()[random.choice(np.flatnonzero(network.stoppable), 500)]
    places = [(float(x), float(y)) for x, y in stops]
    usual = int(np.median(engine.one_to_many(places[0], stops)))
    a, b = places[:2]

    def match(offers: int, requests: int) -> Question:
        asked = a_match_file(places, seed=5, offers=offers, requests=requests, scale_seconds=usual)
        name = f"{requests} request(s) × {offers} offers"
        return Question(name, PlainMatching, "answer", "/api/v1/carpool/matches", json.dumps(asked).encode())

    pair = f"/api/v1/travel-times?from={a[0]},{a[1]}&to={b[0]},{b[1]}"
    return [
        match(1000, 1),
        match(50, 40),
        Question("travel time of one pair", LocalEngine, "matrix", pair),
        Question(
            "isochrones of 15 to 60 minutes", Surroundings, "isochrones", f"/api/v1/isochrones?lon={a[0]}&lat={a[1]}"
        ),
    ]


def measure(question: Question, send: Callable[[Question], bytes], runs: int) -> None:
    """Ask, and tell."""
    watch = Stopwatch()
    times = np.empty((runs + WARM_UP, 2, 2))
    with patch.object(question.owner, question.method, watch.around(getattr(question.owner, question.method))):
        for run in range(runs + WARM_UP):
            begun = _clocks()
            send(question)
            times[run] = _since(begun), watch.took
    size = f", {len(question.body) // 1000} kB sent" if question.body else ""
    print(f"{question.name}{size}")
    for clock, unit in enumerate(("by the clock", "of the processor")):
        whole, engine = times[WARM_UP:, :, clock].T * 1000
        for name, took in (("engine", engine), ("added by the web", whole - engine)):
            print(f"  {name:<17} median {np.median(took):8.2f} ms   p99 {np.percentile(took, 99):8.2f} ms  {unit}")


def run(app: Flask, runs: int) -> None:
    """Measure every question."""
    secret = create_token(name="benchmark", scopes=["roads:read", "carpool:match"], now=datetime.now(UTC))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    live = LiveServer(app)

    def send(question: Question) -> bytes:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        request = urllib.request.Request(live.url + question.path, data=question.body, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    facts = networks.in_use().network
    print(f"{facts.facts.name}: {facts.node_count} nodes; {runs} runs of each\n")
    for question in questions():
        measure(question, send, runs)
    live.stop()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument(
        "--network-file", type=Path, help="OpenStreetMap extract (the demonstration network without it)"
    )
    parser.add_argument("--runs", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-web-") as name:
        app = make_app(Path(name))
        with app.app_context():
            build_schema()
            if given.network_file:
                folder = Path(app.config["NETWORK_DIR"])
                import_file(
                    given.network_file,
                    folder,
                    factors=networks.factors_today(),
                    now=datetime.now(UTC),
                    prepare=networks.prepare,
                )
            run(app, given.runs)
            for engine in db.engines.values():
                engine.dispose()


if __name__ == "__main__":
    main()
