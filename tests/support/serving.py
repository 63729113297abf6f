"""A real server of several processes over the test's own database; it is stopped by whoever started it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port


@contextmanager
def serving(settings: dict[str, Any], *, processes: int, **more: str) -> Iterator[int]:
    """Serve the test's database on a free port of 127.0.0.1; give the port."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": str(settings["DATABASE_URL"]),
        "SECRET_KEY": str(settings["SECRET_KEY"]),
        "VAR_DIR": str(settings["VAR_DIR"]),
        "PORT": str(port),
        "WEB_PROCESSES": str(processes),
        "WEB_THREADS": "16",
        "API_RATE_LIMIT": "1000000 per minute",
        "LOG_LEVEL": "ERROR",
        "DEMO": "no",
        **more,
    }
    server = subprocess.Popen(
        [sys.executable, "-c", "from mobility.cli import main; main()", "serve"],
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    # Several processes that each load everything, on a machine that does other things too.
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended"
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")
