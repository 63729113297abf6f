"""A server that says whatever a test wants, byte by byte, on a free port of 127.0.0.1."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

# Takes the connection and the request (head and body), and answers or not; the connection is closed after False.
Reply = Callable[[socket.socket, bytes], bool]


def http(status: int, body: bytes, *headers: str) -> bytes:
    """Return an answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def saying(content: Any, status: int = 200, *headers: str) -> Reply:
    """Return a reply of JSON (or of bytes as they are) that keeps the connection."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def reply(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(http(status, body, *headers))
        return True

    return reply


class StandIn:
    """Answers each question with ``reply``, which may change; keeps what it was asked."""

    def __init__(self, reply: Reply, *, tls: ssl.SSLContext | None = None) -> None:
        self.reply = reply
        self._tls = tls
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Stop at once, whoever is still being answered."""
        self._stopped.set()
        self._listener.close()
        for connection in list(self._open):
            connection.close()

    def hang_up(self) -> None:
        """Close the connections that are kept."""
        for connection in list(self._open):
            connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the server goes on."""
        return not self._stopped.wait(seconds)

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            if self._tls is not None:
                # The wrapped socket takes the place of the plain one, which holds nothing any more.
                connection = self._tls.wrap_socket(plain, server_side=True)
                self._open.add(connection)
            while (request := _read_request(connection)) is not None:
                self.requests.append(request)
                if not self.reply(connection, request):
                    break
        except OSError:
            pass  # the other side has gone
        finally:
            connection.close()
            self._open -= {plain, connection}


def _read_request(connection: socket.socket) -> bytes | None:
    held = b""
    while b"\r\n\r\n" not in held:
        part = connection.recv(65536)
        if not part:
            return None
        held += part
    head, _, body = held.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
