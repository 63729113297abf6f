"""Real processes: the server, the supervisor, the stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from mobility.core.config import SETTINGS
from mobility.supervisor import RESTARTS, Supervisor
from tests.support.osm_writing import a_town, write_osm

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
Start = Callable[..., subprocess.Popen[str]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path, empty_url: str) -> Iterator[Start]:
    """Start ``mobility`` with arguments; whatever still lives is stopped at the end."""
    started: list[subprocess.Popen[str]] = []
    clean = {name: value for name, value in os.environ.items() if name not in {setting.name for setting in SETTINGS}}

    def run(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "mobility", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**clean, "VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": empty_url, **environ},
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        process.communicate()


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 120) -> int:
    """Return the status of the address once somebody answers there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode}: {process.communicate()}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except (URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_up_prepares_serves_and_stops_cleanly_on_ctrl_c(start: Start) -> None:
    port = free_port()
    process = start("up", "--prepare", PORT=str(port))
    assert wait_for(f"http://127.0.0.1:{port}/readyz", process) == 200
    _stop(process, port, signal.SIGINT)


def _stop(process: subprocess.Popen[str], port: int, number: signal.Signals) -> None:
    children = children_of(process.pid)
    assert len(children) >= 2
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    assert process.returncode == 0, err
    assert f"Open http://127.0.0.1:{port}" in out
    assert "stopped" in out
    assert "Traceback" not in err
    assert is_free(port)
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(path.parent.name))
    return found


def test_a_child_that_is_killed_is_started_again_and_all_stop_on_sigterm(start: Start) -> None:
    port = free_port()
    process = start("up", "--prepare", PORT=str(port))
    wait_for(f"http://127.0.0.1:{port}/readyz", process)
    before = set(children_of(process.pid))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    time.sleep(2)
    assert wait_for(f"http://127.0.0.1:{port}/readyz", process) == 200
    after = set(children_of(process.pid))
    assert len(after) == len(before)
    assert not before & after
    _stop(process, port, signal.SIGTERM)


def test_children_end_with_a_parent_that_is_killed(start: Start) -> None:
    port = free_port()
    process = start("up", "--prepare", PORT=str(port))
    wait_for(f"http://127.0.0.1:{port}/readyz", process)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not is_free(port):
        time.sleep(0.1)
    assert is_free(port)


def test_prepared_roads_are_opened_once_before_the_server_forks(start: Start, tmp_path: Path) -> None:
    town = write_osm(tmp_path / "town.osm.pbf", *a_town())
    assert start("db", "upgrade").wait(120) == 0
    assert start("network", "import", str(town)).wait(120) == 0
    port = free_port()
    server = start("serve", PORT=str(port), WEB_PROCESSES="2")
    assert wait_for(f"http://127.0.0.1:{port}/readyz", server) == 200
    deadline = time.monotonic() + 30
    while len(children_of(server.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)  # one process answers before the other is there
    processes = [server.pid, *children_of(server.pid)]
    assert len(processes) == 3
    for process in processes:
        assert ".prepared/hierarchy-" in Path(f"/proc/{process}/maps").read_text()


def test_a_port_that_is_taken_is_said_in_one_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (("up", "--prepare"), ("serve",)):
            process = start(*command, PORT=str(port))
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out) == (2, "")
            assert len(err.splitlines()) == 1
            assert f"127.0.0.1:{port}" in err


def test_one_that_keeps_dying_ends_everything() -> None:
    said: list[str] = []
    supervisor = Supervisor({"steady": SLEEP, "frail": [sys.executable, "-c", "raise SystemExit(3)"]}, said.append)
    supervisor.pause = lambda _deaths: 0.0  # type: ignore[method-assign]
    assert supervisor.run() == 1
    assert sum("frail ended" in line for line in said) == RESTARTS
    assert "giving up" in said[-1]
    assert all(child.process is None or child.process.poll() is not None for child in supervisor.children)


def test_the_pause_before_a_restart_grows_and_is_bounded() -> None:
    supervisor = Supervisor({}, print)
    pauses = [supervisor.pause(deaths) for deaths in range(1, RESTARTS + 1)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= 1
    assert pauses[-1] <= 15
