"""Files for ``mobility carpool match``: journeys drawn over a network."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

Box = tuple[float, float, float, float]
# A Tuesday, before the shift of five o'clock.
FOUR = datetime(2026, 11, 24, 4, 0, tzinfo=timezone(timedelta(hours=1)))


def a_match_file(
    places: list[tuple[float, float]], *, seed: int, offers: int, requests: int, scale_seconds: int
) -> dict[str, Any]:
    """Draw journeys between random places, moved aside by some hundred metres, a few of them by kilometres.

    ``scale_seconds`` is how long a usual journey takes there: windows are drawn so that some pairs hold and some miss.
    """
    draw = random.Random(seed)

    def point() -> list[float]:
        x, y = draw.choice(places)
        aside = 0.05 if draw.random() < 0.02 else 0.002
        return [round(x + draw.uniform(-aside, aside), 6), round(y + draw.uniform(-aside, aside), 6)]

    def instant(seconds: float) -> str:
        return (FOUR + timedelta(seconds=round(seconds))).isoformat()

    return {
        "offers": [
            {
                "id": f"o{number}",
                "from": point(),
                "to": point(),
                "depart_at": instant(draw.uniform(0, scale_seconds)),
                "max_detour_minutes": round(draw.uniform(0, 2 * scale_seconds / 60), draw.randint(0, 2)),
                "seats": draw.randint(0, 4),
            }
            for number in range(offers)
        ],
        "requests": [
            {
                "id": f"r{number}",
                "from": point(),
                "to": point(),
                "arrive_by": instant(draw.uniform(scale_seconds, 4 * scale_seconds)),
                "flex_minutes": draw.randint(0, round(4 * scale_seconds / 60)),
                "seats": draw.randint(1, 3),
            }
            for number in range(requests)
        ],
    }
