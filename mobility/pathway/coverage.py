"""Coverage: which leg of which working day is carried, by whom, and where the gaps are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobility.pathway.rules import Direction


@dataclass(frozen=True, order=True)
class LegKey:
    """One leg: an objective, the date of the shift (the day it begins), there or back."""

    objective_id: int
    shift_on: date
    direction: Direction
