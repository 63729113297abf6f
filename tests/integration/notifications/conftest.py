"""What the hooks are told, and jobs that run again after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mobility.core import jobs
from mobility.notifications import hooks


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
