"""A world built once for a module, at a fixed instant, and what went on in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mobility.core import clock
from tests.conftest import empty_tables
from tests.integration.hostile.world import NOW, World, build


@pytest.fixture(scope="module", autouse=True)
def frozen() -> Iterator[None]:
    """Stop the clock on a Tuesday at ten."""
    before = clock.source
    clock.source = lambda: NOW
    yield
    clock.source = before


@pytest.fixture(scope="module")
def house(application: Flask, frozen: None) -> Iterator[World]:
    """Two desks, for every test of the module: they may look at it, and change only what they own."""
    with application.app_context():
        empty_tables()
        yield build()
