"""Fixtures of the tests that need a database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.loans import NOW


@pytest.fixture
def at_now(time_machine: Any) -> Any:
    """Stop the clock on Tuesday 24 November 2026 at 10 in Paris."""
    time_machine.move_to(NOW, tick=False)
    return time_machine
