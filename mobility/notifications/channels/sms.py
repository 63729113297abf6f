"""SMS by HTTP: OVHcloud and Brevo, behind one shape. The base address is a setting, so that tests run their own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import requests

from mobility.core import clock
from mobility.notifications import gsm
from mobility.notifications.channels.base import DeliveryError, Envelope
from mobility.notifications.kinds import Outcome

TIMEOUT_SECONDS = (5, 15)
OVH_BASE_URL = "https://eu.api.ovh.com/1.0"
BREVO_BASE_URL = "https://api.brevo.com/v3"
# Statuses with which a provider says « not now » rather than « not this ».
_PASSING = {408, 409, 425, 429}
_ACCOUNT = {401, 402, 403}


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Where and how to reach the provider."""

    base_url: str
    app_key: str
    app_secret: str
    consumer_key: str
    service: str
    sender: str


class _HttpSms:
    """What both providers share: one session, time limits, and what an answer means."""

    default_base_url = ""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings
        self._base_url = (settings.base_url or self.default_base_url).rstrip("/")
        self._session = requests.Session()

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _call(self, method: str, path: str, body: str, headers: dict[str, str]) -> Any:
        try:
            answer = self._session.request(
                method,
                self._base_url + path,
                data=body.encode() or None,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.ConnectionError as error:
            raise DeliveryError(Outcome.UNAVAILABLE, f"SMS: {type(error).__name__}") from error
        except requests.RequestException as error:
            raise DeliveryError(Outcome.TEMPORARY, f"SMS: {type(error).__name__}") from error
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Any:
        status = answer.status_code
        if 200 <= status < 300:
            try:
                return answer.json()
            except ValueError:
                return {}
        if status in _ACCOUNT:
            raise DeliveryError(Outcome.UNAVAILABLE, f"SMS: {status}, compte refusé ou sans crédit")
        if status in _PASSING or status >= 500 or status < 400:
            raise DeliveryError(Outcome.TEMPORARY, f"SMS: {status}")
        raise DeliveryError(Outcome.REFUSED, f"SMS: {status}")


class OvhSms(_HttpSms):
    """OVHcloud: each call is signed with the application's secret and the server's clock."""

    default_base_url = OVH_BASE_URL

    def __init__(self, settings: SmsSettings) -> None:
        super().__init__(settings)
        self._clock_shift: int | None = None

    def send(self, envelope: Envelope) -> str:
        """Hand the SMS over; return OVH's number of it. Raises DeliveryError."""
        s = self._settings
        body = json.dumps(
            {
                "receivers": [envelope.to],
                "message": envelope.text,
                "charset": "UTF-8",
                "class": "phoneDisplay",
                "coding": "7bit" if gsm.is_gsm(envelope.text) else "8bit",
                "noStopClause": True,
                "priority": "high",
                "validityPeriod": 2880,
                **({"sender": s.sender} if s.sender else {"senderForResponse": True}),
            }
        )
        answer = self._signed("POST", f"/sms/{s.service}/jobs", body)
        if envelope.to in answer.get("invalidReceivers", []):
            raise DeliveryError(Outcome.BOUNCED, "SMS: numéro refusé par OVH")
        ids = answer.get("ids") or [""]
        return f"ovh:{ids[0]}" if ids[0] else ""

    def _signed(self, method: str, path: str, body: str) -> Any:
        s, url = self._settings, self._base_url + path
        stamp = str(int(clock.now().timestamp()) + self._shift())
        text = f"{s.app_secret}+{s.consumer_key}+{method}+{url}+{body}+{stamp}"
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ovh-Application": s.app_key,
            "X-Ovh-Consumer": s.consumer_key,
            "X-Ovh-Timestamp": stamp,
            # The algorithm is the provider's.
            "X-Ovh-Signature": "$1$" + hashlib.sha1(text.encode()).hexdigest(),  # noqa: S324
        }
        return self._call(method, path, body, headers)

    def _shift(self) -> int:
        """Return how far OVH's clock is ahead of ours, asked once: a signature 30 s off is refused."""
        if self._clock_shift is None:
            theirs = self._call("GET", "/auth/time", "", {})
            ours = int(clock.now().timestamp())
            self._clock_shift = (theirs if isinstance(theirs, int) else ours) - ours
        return self._clock_shift


class BrevoSms(_HttpSms):
    """Brevo: an API key in a header."""

    default_base_url = BREVO_BASE_URL

    def send(self, envelope: Envelope) -> str:
        """Hand the SMS over; return Brevo's number of it. Raises DeliveryError."""
        body = json.dumps(
            {
                "sender": self._settings.sender or "Mobilite",
                "recipient": envelope.to.removeprefix("+"),
                "content": envelope.text,
                "type": "transactional",
                "unicodeEnabled": not gsm.is_gsm(envelope.text),
            }
        )
        headers = {
            "api-key": self._settings.app_key,
            "accept": "application/json",
            "content-type": "application/json",
        }
        answer = self._call("POST", "/transactionalSMS/send", body, headers)
        reference = answer.get("messageId") if isinstance(answer, dict) else None
        return f"brevo:{reference}" if reference else ""
