"""A real SMTP server for tests: in a thread (``SmtpServer``), or as a process that outlives kills.

As a process, ``python -m tests.support.smtp PORT FILE`` appends one line per accepted message to FILE:
``Message-ID<TAB>recipient``. Addresses decide how it answers: ``unknown-…`` does not exist (550 5.1.1),
``full-…`` is full (552 5.2.2), ``policy-…`` is refused (550 5.7.1), ``busy-…`` is put off (451),
``content-…`` is refused after DATA (554).
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port

_ANSWERS = {
    "unknown-": "550 5.1.1 <{to}>: no such mailbox",
    "full-": "552 5.2.2 <{to}>: mailbox full",
    "policy-": "550 5.7.1 <{to}>: refused by policy",
    "busy-": "451 4.3.0 try again later",
}


@dataclass
class Inbox:
    """What the server took, and how it was spoken to."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    log_path: str | None = None
    limit_per_connection: int | None = None
    _counts: dict[Any, int] = field(default_factory=dict)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        count = self._counts[session.peer] = self._counts.get(session.peer, 0) + 1
        if self.limit_per_connection is not None and count > self.limit_per_connection:
            return "421 4.7.0 too many messages in this connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for prefix, answer in _ANSWERS.items():
            if address.startswith(prefix):
                return answer.format(to=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = cast("EmailMessage", message_from_bytes(content, policy=policy.default))
        to = envelope.rcpt_tos[0]
        if to.startswith("content-"):
            return "554 5.6.0 content refused"
        self.connections.add(session.peer)
        if self.log_path is None:
            self.messages.append(message)
            self.recipients.append(to)
        else:
            self._note(f"{message['Message-ID']}\t{to}\n")
        return "250 OK"

    def _note(self, line: str) -> None:
        """Append in one system call: the line is on its way before the client hears « 250 »."""
        descriptor = os.open(str(self.log_path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


class SmtpServer:
    """An SMTP server in a thread of this process."""

    def __init__(self, *, limit_per_connection: int | None = None, log_path: str | None = None, port: int = 0) -> None:
        self.inbox = Inbox(limit_per_connection=limit_per_connection, log_path=log_path)
        self.port = port or free_port()
        self._stopped = False
        self._controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages taken so far."""
        return self.inbox.messages

    def start(self) -> SmtpServer:
        """Listen."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        if not self._stopped:
            self._stopped = True
            self._controller.stop(no_assert=True)

    def settings(self) -> dict[str, Any]:
        """The settings that make the application send here."""
        return {"EMAIL_CHANNEL": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": self.port, "SMTP_TLS": "none"}


def main(port: str, log_path: str) -> None:
    """Serve until killed."""
    SmtpServer(log_path=log_path, port=int(port)).start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
