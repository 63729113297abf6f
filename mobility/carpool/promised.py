"""On which ways a match holds: those that both make and on which what was agreed can be kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from mobility.carpool.days import APART, DayLeg, SharedLeg, shared_legs
from mobility.carpool.rules.ways import way_of
from mobility.pathway.rules import Direction


class MatchLike(Protocol):
    """What is asked of a match."""

    @property
    def legs(self) -> Mapping[str, Any]:
        """As the search writes them."""

    @property
    def there(self) -> bool:
        """Whether the way there is made."""

    @property
    def back(self) -> bool:
        """Whether the way back is made."""

    @property
    def only_on(self) -> date | None:
        """The one day of a stand-in; None: every day that both make."""


def promised_legs(match: MatchLike, offered: Sequence[DayLeg], asked: Sequence[DayLeg]) -> list[SharedLeg]:
    """Return the ways that a match carries, in order of the passenger's.

    A match promises one moment for all days: a day on which the driver cannot be there at that moment is not among them,
    however near the hours of both lie. The search counts its days by the same rule (``rules.ways.keeps``).
    """
    made = {Direction.THERE: match.there, Direction.BACK: match.back}
    ways = {direction: way_of(match.legs, direction) for direction in Direction if made[direction]}
    return [
        pair
        for pair in shared_legs(offered, asked, apart=APART)
        if match.only_on in {None, pair.asked.shift_on}
        and (way := ways.get(pair.asked.direction)) is not None
        and way.holds(pair.window)
    ]
