"""A routing server may do what it likes: a call ends in time, with JSON or with EngineDown."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mobility.core.errors import ConfigError
from mobility.geo.errors import EngineDown
from mobility.geo.travel import transport
from mobility.geo.travel.transport import Deadline, RoutingServer
from tests.support.certificates import make_certificate, server_context
from tests.support.ports import free_port
from tests.support.standin import Reply, StandIn, http, saying

LIMIT = 0.4
# What a loaded machine may add.
LATE = 1.5


@pytest.fixture
def standin() -> Iterator[StandIn]:
    server = StandIn(saying({"well": True}))
    yield server
    server.stop()


@pytest.fixture
def client(standin: StandIn) -> Iterator[RoutingServer]:
    server = RoutingServer(standin.url, max_answer_bytes=100_000)
    yield server
    server.close()


def dripping(*parts: bytes) -> Callable[[StandIn], Reply]:
    """Send the first part at once and the rest a byte at a time, each in time for a time limit that begins anew."""

    def make(standin: StandIn) -> Reply:
        def reply(connection: socket.socket, request: bytes) -> bool:
            connection.sendall(parts[0])
            for byte in itertools.cycle(parts[1]):
                connection.sendall(bytes([byte]))
                if not standin.wait(0.05):
                    break
            return False

        return reply

    return make


def silent(standin: StandIn) -> Reply:
    def reply(connection: socket.socket, request: bytes) -> bool:
        standin.wait(30)
        return False

    return reply


def flooding(start: bytes, again: bytes) -> Callable[[StandIn], Reply]:
    """Send something without end, as fast as it is taken."""

    def make(standin: StandIn) -> Reply:
        def reply(connection: socket.socket, request: bytes) -> bool:
            connection.sendall(start)
            while standin.wait(0):
                connection.sendall(again)
            return False

        return reply

    return make


def once(content: bytes) -> Callable[[StandIn], Reply]:
    """Send bytes and close."""

    def make(standin: StandIn) -> Reply:
        def reply(connection: socket.socket, request: bytes) -> bool:
            connection.sendall(content)
            return False

        return reply

    return make


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n"
FAULTS: dict[str, tuple[Callable[[StandIn], Reply], str]] = {
    "never answers": (silent, "timeout"),
    "drips its headers": (dripping(b"HTTP/1.1 200 OK\r\n", b"X"), "timeout"),
    "drips its body": (dripping(HEAD + b"\r\n", b" "), "timeout"),
    "drips chunks": (dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), "timeout"),
    "continues for ever": (flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout"),
    "closes at once": (once(b""), "RemoteDisconnected"),
    "speaks no HTTP": (once(b"SSH-2.0-OpenSSH_9.6\r\n"), "BadStatusLine"),
    "ends too early": (once(HEAD + b"\r\n{"), "incomplete"),
    "has a header without end": (flooding(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), "LineTooLong"),
    "has headers without end": (flooding(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 100), "HTTPException"),
    "promises too much": (once(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"), "too_large"),
    "has no end": (flooding(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536), "too_large"),
    "has chunks without end": (
        flooding(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b" " * 4096 + b"\r\n"),
        "too_large",
    ),
    "redirects": (once(http(302, b"", "Location: /")), "redirect"),
    "redirects elsewhere": (once(http(307, b"", "Location: http://127.0.0.1:1/")), "redirect"),
    "is compressed": (once(http(200, b"\x1f\x8b", "Content-Encoding: gzip")), "compressed"),
    "is empty": (once(http(200, b"")), "not_json"),
    "is a page": (once(http(502, b"<html>Bad Gateway</html>")), "not_json"),
    "is not a number": (once(http(200, b'{"a": NaN}')), "not_json"),
    "is infinite": (once(http(200, b'{"a": -Infinity}')), "not_json"),
    "is no text": (once(http(200, b"\xff\xfe\x00{")), "not_json"),
    "is nested": (once(http(200, b"[" * 90_000)), "not_json"),
    "has too many digits": (once(http(200, b"1" * 90_000)), "not_json"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_answer_ends_in_time(standin: StandIn, client: RoutingServer, name: str) -> None:
    fault, reason = FAULTS[name]
    standin.reply = fault(standin)
    started = time.monotonic()
    with pytest.raises(EngineDown) as down:
        client.post("/x", {"asked": 1}, Deadline(LIMIT))
    assert time.monotonic() - started < LIMIT + LATE
    assert down.value.reason == reason
    assert down.value.message == "Le calcul des trajets ne répond pas. Réessayez dans un moment."


@pytest.mark.parametrize("name", FAULTS)
def test_the_next_question_after_a_fault_is_answered(standin: StandIn, client: RoutingServer, name: str) -> None:
    standin.reply = FAULTS[name][0](standin)
    with pytest.raises(EngineDown):
        client.get("/x", Deadline(LIMIT))
    standin.reply = saying({"well": 1})
    assert client.get("/x", Deadline(5)).body == {"well": 1}


def test_nobody_listens() -> None:
    client = RoutingServer(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EngineDown) as down:
        client.get("/x", Deadline(LIMIT))
    assert down.value.reason == "ConnectionRefusedError"


def test_a_name_that_does_not_resolve_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    look_up = socket.getaddrinfo

    def slow(host: str, *arguments: object, flags: int = 0, **more: object) -> object:
        if flags & socket.AI_NUMERICHOST:
            return look_up(host, *arguments, flags=flags, **more)  # type: ignore[arg-type]
        asked.set()
        time.sleep(2 * LIMIT)
        return []

    monkeypatch.setattr(transport.socket, "getaddrinfo", slow)
    started = time.monotonic()
    with pytest.raises(EngineDown) as down:
        RoutingServer("http://routing.test").get("/x", Deadline(LIMIT))
    assert asked.is_set()
    assert time.monotonic() - started < 2 * LIMIT
    assert down.value.reason == "timeout"


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_more: object) -> object:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(transport.socket, "getaddrinfo", unknown)
    with pytest.raises(EngineDown) as down:
        RoutingServer("http://routing.test").get("/x", Deadline(LIMIT))
    assert down.value.reason == "gaierror"


def test_a_deadline_that_has_passed_asks_nothing(standin: StandIn, client: RoutingServer) -> None:
    with pytest.raises(EngineDown):
        client.get("/x", Deadline(0))
    assert standin.connections == 0


def test_a_connection_is_kept(standin: StandIn, client: RoutingServer) -> None:
    for number in range(5):
        answer = client.get(f"/x/{number}?a=b", Deadline(5))
        assert (answer.status, answer.body) == (200, {"well": True})
    assert standin.connections == 1
    assert [request.split(b" ")[1] for request in standin.requests] == [f"/x/{n}?a=b".encode() for n in range(5)]


def test_a_kept_connection_that_was_closed_is_replaced_once(standin: StandIn, client: RoutingServer) -> None:
    client.get("/x", Deadline(5))
    standin.hang_up()
    assert client.post("/y", {"a": 1}, Deadline(5)).body == {"well": True}
    assert standin.connections == 2
    client.get("/x", Deadline(5))
    standin.reply = FAULTS["closes at once"][0](standin)
    with pytest.raises(EngineDown):
        client.get("/z", Deadline(5))
    assert standin.connections == 3, "a new connection that fails is no reason for another"


def test_a_forked_process_does_not_use_its_parent_s_connections(standin: StandIn, client: RoutingServer) -> None:
    client.get("/x", Deadline(5))
    client._process = -1  # as in a child
    assert client.get("/x", Deadline(5)).body == {"well": True}
    assert standin.connections == 2


def test_threads_have_connections_of_their_own(standin: StandIn, client: RoutingServer) -> None:
    def echo(connection: socket.socket, request: bytes) -> bool:
        standin.wait(0.005)
        number = request.split(b" ")[1].rpartition(b"/")[2]
        return saying({"number": int(number)})(connection, request)

    standin.reply = echo
    wrong: list[object] = []

    def ask(start: int) -> None:
        for number in range(start, start + 20):
            body = client.get(f"/x/{number}", Deadline(20)).body
            if body != {"number": number}:
                wrong.append(body)

    threads = [threading.Thread(target=ask, args=(100 * start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert standin.connections <= 8


def test_an_error_of_the_server_is_an_answer(standin: StandIn, client: RoutingServer) -> None:
    standin.reply = saying({"code": "TooBig"}, 400)
    answer = client.get("/x", Deadline(5))
    assert (answer.status, answer.body) == (400, {"code": "TooBig"})


def test_a_path_in_the_address_stands_before_every_question(standin: StandIn) -> None:
    client = RoutingServer(standin.url + "/routing/")
    client.get("/table/v1", Deadline(5))
    client.close()
    assert standin.requests[0].startswith(b"GET /routing/table/v1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:5000", "ftp://server", "http://", "http://a:b@server", "http://server:99999", "http://s/?a=b"],
)
def test_an_address_that_is_none_is_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError, match="ROUTING_URL"):
        RoutingServer(url)


def test_a_server_behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = make_certificate(tmp_path)
    server = StandIn(saying({"well": True}), tls=server_context(certificate, key))
    stranger = RoutingServer(server.url)
    with pytest.raises(EngineDown) as down:
        stranger.get("/x", Deadline(5))
    assert down.value.reason == "SSLCertVerificationError"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    client = RoutingServer(server.url)
    assert client.get("/x", Deadline(5)).body == {"well": True}
    server.reply = FAULTS["drips its body"][0](server)
    started = time.monotonic()
    with pytest.raises(EngineDown) as down:
        client.get("/x", Deadline(LIMIT))
    assert down.value.reason == "timeout"
    assert time.monotonic() - started < LIMIT + LATE
    client.close()
    server.stop()
