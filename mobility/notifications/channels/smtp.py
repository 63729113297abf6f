"""E-mail by SMTP, one connection for a batch."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr

from mobility.core import clock
from mobility.notifications.channels.base import DeliveryError, Envelope
from mobility.notifications.kinds import Outcome

TIMEOUT_SECONDS = 15
# A server that refuses by policy (5.7.x) or for a full mailbox (5.2.2) says nothing about the address.
_NOT_THE_ADDRESS = re.compile(r"\b5\.(?:7\.\d+|2\.2|4\.\d+|3\.\d+)\b")
_POLICY = SMTP_POLICY.clone(cte_type="7bit")  # no server needs 8BITMIME for us
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where and how to reach the server."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    mail_from: str
    reply_to: str


class _WornOutError(Exception):
    """The connection takes no (further) message."""


class SmtpChannel:
    """Sends e-mails through one connection, opened at the first message and opened again if it broke."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None
        self._name, self._address = parseaddr(settings.mail_from)

    def send(self, envelope: Envelope) -> str:
        """Hand the message to the server. Raises DeliveryError."""
        content = self._message(envelope).as_bytes()
        try:
            connection = self._ready()
            try:
                self._introduce(connection)
            except _WornOutError:
                # Many servers take a number of messages a connection, then ask for a new one.
                self.close()
                connection = self._ready()
                self._introduce(connection)
            self._hand_over(connection, envelope.to, content)
        except _WornOutError as error:
            self.close()
            raise DeliveryError(Outcome.UNAVAILABLE, str(error)) from error
        except DeliveryError:
            self._reset()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DeliveryError(Outcome.TEMPORARY, f"SMTP: {_describe(error)}") from error
        return ""

    def close(self) -> None:
        """Say goodbye; a server that is gone already does not mind."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._connection = None

    def _ready(self) -> smtplib.SMTP:
        """Return a connection that answers: the present one, or a new one."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                if self._connection.noop()[0] == 250:
                    return self._connection
            self.close()
        try:
            self._connection = self._open()
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(Outcome.UNAVAILABLE, f"SMTP: {_describe(error)}") from error
        return self._connection

    def _open(self) -> smtplib.SMTP:
        s = self._settings
        if s.tls == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                s.host, s.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(s.host, s.port, timeout=TIMEOUT_SECONDS)
        try:
            if s.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if s.user:
                connection.login(s.user, s.password)
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP) -> None:
        """Say who sends. A refusal concerns our sender, our rights or the connection: no message by itself."""
        try:
            code, answer = connection.mail(self._address)
        except smtplib.SMTPServerDisconnected as error:
            raise _WornOutError("MAIL: disconnected") from error
        if code != 250:
            raise _WornOutError(f"MAIL: {_answer(code, answer)}")

    def _hand_over(self, connection: smtplib.SMTP, to: str, content: bytes) -> None:
        """Run the steps of SMTP by themselves: which one refuses tells what is wrong."""
        code, answer = connection.rcpt(to)
        if code not in {250, 251}:
            raise DeliveryError(_refusal_of_recipient(code, answer), f"RCPT: {_answer(code, answer)}")
        try:
            code, answer = connection.data(content)
        except smtplib.SMTPDataError as error:
            code, answer = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        if code != 250:
            outcome = Outcome.REFUSED if code >= 500 else Outcome.TEMPORARY
            raise DeliveryError(outcome, f"DATA: {_answer(code, answer)}")

    def _reset(self) -> None:
        if self._connection is not None:
            try:
                self._connection.rset()
            except (smtplib.SMTPException, OSError):
                self.close()

    def _message(self, envelope: Envelope) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = envelope.subject
        message["From"] = Address("" if envelope.neutral else self._name, addr_spec=self._address)
        message["To"] = envelope.to
        if self._settings.reply_to:
            message["Reply-To"] = self._settings.reply_to
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = envelope.message_id
        message["Auto-Submitted"] = "auto-generated"
        if envelope.unsubscribe_url:
            message["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(envelope.text)
        if envelope.html:
            message.add_alternative(envelope.html, subtype="html")
        return message


def _refusal_of_recipient(code: int, answer: bytes) -> Outcome:
    if code < 500:
        return Outcome.TEMPORARY
    return Outcome.REFUSED if _NOT_THE_ADDRESS.search(answer.decode("utf-8", "replace")) else Outcome.BOUNCED


def _answer(code: int, answer: bytes) -> str:
    """Return what the server said, without the address that it repeats."""
    return f"{code} {_ADDRESS.sub('<…>', answer.decode('utf-8', 'replace'))}"


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return f"{type(error).__name__} {_answer(error.smtp_code, answer)}"
    return type(error).__name__
