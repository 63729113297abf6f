"""The SMTP channel against servers that are picky, secret, or gone."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from mobility.notifications.channels import DeliveryError, Envelope
from mobility.notifications.channels.smtp import SmtpChannel, SmtpSettings
from mobility.notifications.kinds import Outcome
from tests.support.certificates import make_certificate, server_context
from tests.support.ports import free_port
from tests.support.smtp import Inbox

MAIL = Envelope(
    to="alix@exemple.fr", text="Bonjour à vous\n", message_id="<1@x.test>", subject="Objet", html="<p>é</p>"
)
SETTINGS = SmtpSettings("127.0.0.1", 0, "", "", "none", "Mobilité <a@x.test>", "")


def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda *_a, **_k: real(cafile=str(certificate)))


class Server:
    """A mail server with TLS and passwords."""

    def __init__(self, folder: Path) -> None:
        self.inbox = Inbox()
        self.certificate, key = make_certificate(folder)
        context = server_context(self.certificate, key)
        self.port = free_port()
        self.controller = Controller(
            self.inbox,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._check,
            auth_required=True,
            tls_context=context,
        )
        self.controller.start()

    def _check(self, _server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mobilite", b"secret")
        return AuthResult(success=good)


@pytest.fixture
def starttls(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.controller.stop()


def test_mail_goes_through_starttls_and_a_password(starttls: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(starttls.certificate, monkeypatch)
    channel = SmtpChannel(replace(SETTINGS, port=starttls.port, tls="starttls", user="mobilite", password="secret"))
    assert channel.send(MAIL) == ""
    channel.close()
    assert starttls.inbox.recipients == ["alix@exemple.fr"]


def test_a_wrong_password_is_a_service_that_cannot_be_used(starttls: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(starttls.certificate, monkeypatch)
    channel = SmtpChannel(replace(SETTINGS, port=starttls.port, tls="starttls", user="mobilite", password="wrong"))
    with pytest.raises(DeliveryError) as caught:
        channel.send(MAIL)
    assert caught.value.outcome is Outcome.UNAVAILABLE
    assert "wrong" not in caught.value.detail


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(starttls: Server) -> None:
    channel = SmtpChannel(replace(SETTINGS, port=starttls.port, tls="starttls", user="mobilite", password="secret"))
    with pytest.raises(DeliveryError) as caught:
        channel.send(MAIL)
    assert caught.value.outcome is Outcome.UNAVAILABLE
    assert starttls.inbox.recipients == []


def test_a_server_that_wants_a_password_we_do_not_give_is_a_service_that_cannot_be_used(starttls: Server) -> None:
    channel = SmtpChannel(replace(SETTINGS, port=starttls.port))
    with pytest.raises(DeliveryError) as caught:
        channel.send(MAIL)
    assert caught.value.outcome is Outcome.UNAVAILABLE
    assert caught.value.detail.startswith("MAIL: 530")


class Script:
    """A server that says its lines, whatever it hears, and hangs up after the last."""

    def __init__(self, *conversations: list[bytes], context: ssl.SSLContext | None = None) -> None:
        self._conversations, self._context = conversations, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for lines in self._conversations:
            connection, _ = self._socket.accept()
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rwb") as stream:
                for number, line in enumerate(lines):
                    if number:
                        self.heard.append(stream.readline())
                        if lines[number - 1].startswith(b"354"):
                            while self.heard[-1] != b".\r\n":
                                self.heard.append(stream.readline())
                    stream.write(line + b"\r\n")
                    stream.flush()

    def end(self) -> None:
        self._thread.join(timeout=10)
        self._socket.close()


HELLO, TAKEN = [b"220 hello", b"250 hello"], [b"250 sender", b"250 recipient", b"354 go on", b"250 taken"]


def failing(script: Script, mails: int = 1) -> list[Outcome | None]:
    channel = SmtpChannel(replace(SETTINGS, port=script.port))
    outcomes: list[Outcome | None] = []
    for _ in range(mails):
        try:
            channel.send(MAIL)
            outcomes.append(None)
        except DeliveryError as error:
            outcomes.append(error.outcome)
    channel.close()
    script.end()
    return outcomes


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        pytest.param([b"554 no service"], Outcome.UNAVAILABLE, id="greets with a refusal"),
        pytest.param([*HELLO, b"550 who are you"], Outcome.UNAVAILABLE, id="refuses our sender"),
        pytest.param([*HELLO, b"250 ok"], Outcome.TEMPORARY, id="hangs up at the recipient"),
        pytest.param([*HELLO, b"250 ok", b"450 greylisted"], Outcome.TEMPORARY, id="greylists"),
        pytest.param([*HELLO, b"250 ok", b"550 5.1.1 <alix@exemple.fr> unknown"], Outcome.BOUNCED, id="unknown"),
        pytest.param([*HELLO, b"250 ok", b"250 ok", b"451 not now"], Outcome.TEMPORARY, id="no data now"),
        pytest.param([*HELLO, b"250 ok", b"250 ok", b"554 never"], Outcome.REFUSED, id="no data ever"),
        pytest.param([*HELLO, b"250 ok", b"250 ok", b"354 go on"], Outcome.TEMPORARY, id="hangs up after the data"),
        pytest.param([*HELLO, b"250 ok", b"250 ok", b"354 go on", b"452 full disk"], Outcome.TEMPORARY, id="disk"),
    ],
)
def test_the_step_that_fails_tells_what_is_wrong(lines: list[bytes], outcome: Outcome) -> None:
    conversations = [lines, lines] if lines[-1].startswith(b"550 who") else [lines]
    assert failing(Script(*conversations)) == [outcome]


def test_a_connection_that_died_between_two_messages_is_replaced() -> None:
    assert failing(Script([*HELLO, *TAKEN], [*HELLO, *TAKEN]), mails=2) == [None, None]


def test_a_server_that_hangs_up_at_the_sender_gets_one_new_connection() -> None:
    assert failing(Script(HELLO, [*HELLO, *TAKEN])) == [None]
    assert failing(Script(HELLO, HELLO)) == [Outcome.UNAVAILABLE]


def test_the_body_travels_in_seven_bits_and_names_are_encoded() -> None:
    script = Script([*HELLO, *TAKEN])
    assert failing(script) == [None]
    assert all(line.isascii() for line in script.heard)
    assert any(line.startswith(b"From: =?utf-8?") for line in script.heard)


def test_mail_goes_through_implicit_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = make_certificate(tmp_path)
    script = Script([*HELLO, *TAKEN, b"221 bye"], context=server_context(certificate, key))
    trust(certificate, monkeypatch)
    channel = SmtpChannel(replace(SETTINGS, port=script.port, tls="tls"))
    channel.send(MAIL)
    channel.close()
    script.end()
