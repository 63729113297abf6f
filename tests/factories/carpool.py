"""Rows of carpooling. Use inside ``app``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mobility.carpool.services import OfferedTrip

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def a_trip(key: int, **values: Any) -> OfferedTrip:
    """Return a journey from Raismes to Onnaing, at four in the morning."""
    known: dict[str, Any] = {
        "origin": (3.485, 50.39), "destination": (3.6, 50.385), "depart_at": NOW, "max_detour_seconds": 600, "seats": 3,
    }  # fmt: skip
    return OfferedTrip(key=key, **{**known, **values})
