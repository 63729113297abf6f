"""A house that receives prescriptions, on a Tuesday at ten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mobility.core import clock
from tests.factories.prescriptions import NOW, House, make_house


@pytest.fixture
def tuesday() -> Iterator[None]:
    before, clock.source = clock.source, lambda: NOW
    yield
    clock.source = before


@pytest.fixture
def house(app: Flask, tuesday: None) -> House:
    return make_house()
