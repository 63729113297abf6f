"""A stand-in for the SMS providers: checks signatures and keys as they do, and keeps what it took."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

APP_KEY, APP_SECRET, CONSUMER_KEY, SERVICE = "app-key", "app-secret", "consumer-key", "sms-ab1234-1"


@dataclass
class Provider:
    """What the server took, and how it shall answer."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    invalid: set[str] = field(default_factory=set)
    clock_shift: int = 0
    delay_seconds: float = 0.0


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    base_url: str

    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        if self.path == "/auth/time":
            self._answer(200, int(time.time()) + self.provider.clock_shift)
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        time.sleep(self.provider.delay_seconds)
        if self.path == f"/sms/{SERVICE}/jobs":
            self._ovh(body)
        elif self.path == "/transactionalSMS/send":
            self._brevo(body)
        else:
            self._answer(404, {})

    def _ovh(self, body: str) -> None:
        stamp = self.headers["X-Ovh-Timestamp"]
        text = f"{APP_SECRET}+{CONSUMER_KEY}+POST+{self.base_url}{self.path}+{body}+{stamp}"
        signature = "$1$" + hashlib.sha1(text.encode()).hexdigest()
        in_time = abs(int(stamp) - int(time.time()) - self.provider.clock_shift) < 30
        if self.headers["X-Ovh-Signature"] != signature or not in_time or self.headers["X-Ovh-Application"] != APP_KEY:
            self._answer(403, {"message": "Invalid signature"})
        elif self.provider.status != 200:
            self._answer(self.provider.status, {"message": "no"})
        else:
            job = json.loads(body)
            bad = [number for number in job["receivers"] if number in self.provider.invalid]
            good = [number for number in job["receivers"] if number not in bad]
            if good:
                self.provider.sent.append(job)
            ids = [1000 + len(self.provider.sent)] if good else []
            self._answer(200, {"ids": ids, "validReceivers": good, "invalidReceivers": bad, "totalCreditsRemoved": 1})

    def _brevo(self, body: str) -> None:
        if self.headers["api-key"] != APP_KEY:
            self._answer(401, {"message": "Key not found"})
        elif self.provider.status != 200:
            self._answer(self.provider.status, {"message": "no"})
        else:
            self.provider.sent.append(json.loads(body))
            self._answer(201, {"reference": "abc", "messageId": 500 + len(self.provider.sent)})


class SmsServer:
    """An HTTP server in a thread of this process."""

    def __init__(self) -> None:
        self.provider = Provider()
        handler = type("Handler", (_Handler,), {"provider": self.provider})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        handler.base_url = self.base_url  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The SMS taken so far."""
        return self.provider.sent

    def start(self) -> SmsServer:
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self, channel: str) -> dict[str, Any]:
        """The settings that make the application send here."""
        return {
            "SMS_CHANNEL": channel,
            "SMS_BASE_URL": self.base_url,
            "SMS_APP_KEY": APP_KEY,
            "SMS_APP_SECRET": APP_SECRET,
            "SMS_CONSUMER_KEY": CONSUMER_KEY,
            "SMS_SERVICE": SERVICE,
        }
