"""The application behind a real HTTP server in this process, with a clock that tests can move."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from flask import Flask
from werkzeug.serving import make_server

from mobility.core import clock


class MovableClock:
    """The present, plus what a test added."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_to(self, instant: datetime) -> None:
        """Let it be ``instant`` now; the clock goes on ticking."""
        self.offset = instant - datetime.now(UTC)

    def install(self) -> None:
        """Make the whole application live by this clock."""
        clock.source = self

    def remove(self) -> None:
        """Give the application the system's clock back."""
        clock.source = clock._system


class LiveServer:
    """A threaded server on a free port of the loopback."""

    def __init__(self, app: Flask) -> None:
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        app.config["PUBLIC_URL"] = self.url
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
