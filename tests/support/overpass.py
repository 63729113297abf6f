"""A server on 127.0.0.1 that answers as Overpass and Nominatim do, with what a test gives it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Overpass:
    """What is answered, and what was asked."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    places: bytes = b"[]"
    questions: list[str] = field(default_factory=list)


@contextmanager
def overpass() -> Iterator[Overpass]:
    """Run the server."""
    state = Overpass()

    class Handler(BaseHTTPRequestHandler):
        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.questions.append(parse_qs(asked)["data"][0])
            self._send(state.status, state.body, "application/osm3s+xml")

        def do_GET(self) -> None:
            state.questions.append(self.path)
            self._send(200, state.places, "application/json")

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
