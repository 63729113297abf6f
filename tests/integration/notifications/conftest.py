"""Servers that really take messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from mobility.core import jobs
from mobility.notifications import hooks
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer


@pytest.fixture
def smtp(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    """A mail server, and the application set to send there."""
    server = SmtpServer().start()
    for name, value in server.settings().items():
        monkeypatch.setitem(app.config, name, value)
    yield server
    server.stop()


@pytest.fixture
def sms(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsServer]:
    """An SMS provider (OVH's manners), and the application set to send there."""
    server = SmsServer().start()
    for name, value in server.settings("ovh").items():
        monkeypatch.setitem(app.config, name, value)
    yield server
    server.stop()


class Heard:
    """What the hooks were told."""

    def __init__(self) -> None:
        self.replies: list[hooks.Reply] = []
        self.undelivered: list[hooks.Undelivered] = []
        self.bounced: list[hooks.Bounced] = []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Listen to the hooks, alone."""
    ears = Heard()
    monkeypatch.setattr(hooks, "_replies", [ears.replies.append])
    monkeypatch.setattr(hooks, "_undelivered", [ears.undelivered.append])
    monkeypatch.setattr(hooks, "_bounced", [ears.bounced.append])
    return ears


@pytest.fixture(autouse=True)
def _running() -> Iterator[Any]:
    jobs.clear_stop()
    yield
    jobs.clear_stop()
