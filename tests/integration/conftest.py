"""Fixtures of the tests that need a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.factories.loans import NOW
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer


@pytest.fixture
def at_now(time_machine: Any) -> Any:
    """Stop the clock on Tuesday 24 November 2026 at 10 in Paris."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


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
