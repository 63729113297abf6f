"""One routing server over HTTP, trusted with nothing.

Whatever the server does, a call ends before its deadline with a JSON object or with ``EngineDown``: names that do not
resolve, a connection that hangs, headers or a body that come a byte at a time, redirects (none is followed), bodies
without end, compressed or no JSON, numbers that are none. Every read of the socket is given only the time that is
left, which time limits of libraries do not do: theirs begin anew at each byte.

Connections are kept. A kept one that the server has closed meanwhile is replaced once: nothing that we ask changes
anything there, so asking again is safe. Nothing else is tried again.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import queue
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from mobility.core.errors import ConfigError
from mobility.geo.errors import EngineDown

# A table of 100 × 100 in text is a tenth of this, a route across the country a quarter.
MAX_ANSWER_BYTES = 8 * 1024 * 1024
# Idle connections that are kept; as many as there are threads are in use at once.
MAX_KEPT = 16
_DRAIN_BYTES = 64 * 1024
_QUICK = getattr(socket, "TCP_QUICKACK", None)  # Linux


class Deadline:
    """The moment by which everything must have ended."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises EngineDown where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise EngineDown(reason="timeout")
        return left


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: its status and a JSON value."""

    status: int
    body: Any


class _TimedSocket(io.RawIOBase):
    """Reads of a socket, each with the time that is left."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        if _QUICK is not None:
            # A server that sends headers and body apart waits for our ACK of the first, which would take 40 ms.
            self._sock.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)
        return self._sock.recv_into(buffer)


class _Wire:
    """What ``http.client`` reads an answer from."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = _TimedSocket(sock, deadline)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


class RoutingServer:
    """Asks one server; safe for threads and forks."""

    # What the messages about its address name.
    setting = "ROUTING_URL"

    def __init__(self, url: str, *, max_answer_bytes: int = MAX_ANSWER_BYTES) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ConfigError(f"{self.setting}: expected http://host:port or https://host, with a path or without")
        if parts.username or parts.password:
            raise ConfigError(
                f"{self.setting}: a name and a password in the address are not sent; put a proxy in front"
            )
        try:
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"{self.setting}: {error}") from error
        self._host = parts.hostname
        self._port = port or (443 if parts.scheme == "https" else 80)
        self._base = parts.path.rstrip("/")
        self._headers = {
            "Host": parts.netloc, "Accept": "application/json", "Accept-Encoding": "identity",
            "User-Agent": "mobility", "Connection": "keep-alive",
        }  # fmt: skip
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._max = max_answer_bytes
        self._kept: deque[socket.socket] = deque()
        self._process = os.getpid()

    def get(self, path: str, deadline: Deadline) -> Answer:
        """Return the answer to a GET. Raises EngineDown."""
        return self._ask(self._request("GET", path), deadline)

    def post(self, path: str, question: Mapping[str, Any], deadline: Deadline) -> Answer:
        """Return the answer to a POST of JSON. Raises EngineDown."""
        return self._ask(self._request("POST", path, json.dumps(question, allow_nan=False).encode("ascii")), deadline)

    def close(self) -> None:
        """Close the idle connections."""
        while self._kept:
            self._kept.pop().close()

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = dict(self._headers)
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {self._base}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + (body or b"")

    def _ask(self, request: bytes, deadline: Deadline) -> Answer:
        try:
            kept = self._take()
            if kept is not None:
                try:
                    return self._exchange(kept, request, deadline)
                except (ConnectionError, http.client.RemoteDisconnected):
                    deadline.left()
            return self._exchange(self._connect(deadline), request, deadline)
        except (OSError, http.client.HTTPException) as error:
            # A socket's own time-out says no more than ours.
            reason = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
            raise EngineDown(reason=reason) from error

    def _take(self) -> socket.socket | None:
        if self._process != os.getpid():
            # The parent's connections: two processes that read from one would take each other's answers. Closing ours
            # leaves the parent's open.
            self.close()
            self._process = os.getpid()
        try:
            return self._kept.pop()
        except IndexError:
            return None

    def _connect(self, deadline: Deadline) -> socket.socket:
        error: OSError = OSError("no address")
        for family, kind, protocol, _name, address in self._addresses(deadline):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(deadline.left())
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is not None:
                    sock.settimeout(deadline.left())
                    sock = self._tls.wrap_socket(sock, server_hostname=self._host)
            except OSError as failed:
                sock.close()
                error = failed
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise error

    def _addresses(self, deadline: Deadline) -> list[Any]:
        return _resolve(self._host, self._port, deadline)

    def _exchange(self, sock: socket.socket, request: bytes, deadline: Deadline) -> Answer:
        done = False
        try:
            sock.settimeout(deadline.left())
            sock.sendall(request)
            # typeshed wants a socket; all that is asked of it is makefile.
            response = http.client.HTTPResponse(_Wire(sock, deadline))  # type: ignore[arg-type]
            response.begin()
            body = self._read(response)
            done = response.isclosed() and not response.will_close
            return Answer(response.status, self._parse(body))
        finally:
            if done and len(self._kept) < MAX_KEPT:
                self._kept.append(sock)
            else:
                sock.close()

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        if 300 <= response.status < 400:
            raise EngineDown(reason="redirect")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise EngineDown(reason="compressed")
        if (response.length or 0) > self._max:
            raise EngineDown(reason="too_large")
        body = bytearray()
        while chunk := response.read(_DRAIN_BYTES):
            body += chunk
            if len(body) > self._max:
                raise EngineDown(reason="too_large")
        if response.length:
            raise EngineDown(reason="incomplete")
        return bytes(body)

    def _parse(self, body: bytes) -> Any:
        try:
            return json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise EngineDown(reason="not_json") from error


def _resolve(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Return the addresses of a host. The system's look-up has no time limit, so a thread may stay behind for it."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    try:
        answer = found.get(timeout=deadline.left())
    except queue.Empty:
        raise EngineDown(reason="timeout") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _look_up(host: str, port: int, found: queue.SimpleQueue[list[Any] | OSError]) -> None:
    try:
        found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except OSError as error:
        found.put(error)
