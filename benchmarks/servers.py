"""Measure what each process of a web server holds for itself once all of them compute journeys.

Usage: ``python -m benchmarks.servers --network-file porto.osm.pbf --tiles 1 --workers 4``: first with the application
loaded in each process, then before they fork. Private memory is what ends with the process (``smaps_rollup``); the
share of it that is written to cannot be given back to anybody.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import roads
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.travel.prepared import prepare_beside

WAIT_SECONDS = 300


def put_into_use(given: argparse.Namespace, folder: Path) -> None:
    """Store and prepare the network, in a process of its own, so that none of it is left here."""
    child = os.fork()
    if child == 0:
        network = roads.tiled(roads.base_network(given.network_file), given.tiles)
        prepare_beside(network, folder)
        store.save(folder, network, factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, tzinfo=UTC))
        print(f"{network.node_count} nodes, {network.arc_count} arcs", flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("no network")


def ask(worker: Any, folder: Path) -> None:
    """Have a worker compute journeys, and say that it has."""
    from mobility.geo import engines

    app = worker.app.wsgi()
    with app.app_context():
        engine = engines.local()
        at = engine.network.nodes_at()
        some = at[:: max(1, len(at) // 300)]
        engine.matrix(some, some)
        for end in some[1:20]:
            engine.route(tuple(some[0]), tuple(end))
    (folder / str(os.getpid())).touch()


def private_megabytes(process: int) -> tuple[float, float]:
    """Return what a process holds for itself, and the part of it that it has written to."""
    found: dict[str, float] = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        found[name.rstrip(":")] = float(value) / 1000
    return found["Private_Clean"] + found["Private_Dirty"], found["Private_Dirty"]


def measure(settings: Mapping[str, object], workers: int, *, before_fork: bool) -> None:
    """Run a server and print what its processes hold."""
    asked = Path(tempfile.mkdtemp(dir=str(settings["VAR_DIR"])))
    child = os.fork()
    if child == 0:
        from mobility.serve import Server, gunicorn_options

        options = {
            **gunicorn_options(settings), "workers": workers, "preload_app": before_fork,
            "post_worker_init": lambda worker: ask(worker, asked),
        }  # fmt: skip
        try:
            Server(options).run()
        finally:
            os._exit(0)  # this is no place to tidy up after the benchmark
    until = time.monotonic() + WAIT_SECONDS
    while len(list(asked.iterdir())) < workers and time.monotonic() < until:
        time.sleep(0.5)
    held = [private_megabytes(int(path.name)) for path in asked.iterdir()]
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    where = "before the fork" if before_fork else "in each process"
    whole = sum(private for private, _written in held)
    each = ", ".join(f"{private:.0f} ({written:.0f} written)" for private, written in held)
    print(f"loaded {where}: {whole:.0f} MB private to {len(held)} processes: {each}", flush=True)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers", description=__doc__)
    parser.add_argument(
        "--network-file", type=Path, help="an OpenStreetMap extract (default: the demonstration network)"
    )
    parser.add_argument("--tiles", type=int, default=1, help="copies of it side by side")
    parser.add_argument("--workers", type=int, default=4, help="processes of the server")
    parser.add_argument("--keep", type=Path, help="folder of the network, so that the next run finds it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        folder = given.keep or Path(scratch) / "network"
        put_into_use(given, folder)
        for name, value in (
            ("VAR_DIR", scratch),
            ("NETWORK_DIR", str(folder)),
            ("PORT", str(port)),
            ("LOG_LEVEL", "ERROR"),
        ):
            os.environ[name] = value
        free.close()
        from mobility.core.config import load_settings

        settings = load_settings()
        for before_fork in (False, True):
            measure(settings, given.workers, before_fork=before_fork)


if __name__ == "__main__":
    main()
