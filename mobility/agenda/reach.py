"""When a person can be at the desk, in their own words, and which hours that leaves. Pure.

Hours are wall time of Paris. A bus is told by the person as its first arrival and its last departure at the desk: they
know it, and no timetable of ours does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from mobility.agenda.slots import Slot
from mobility.core.clock import WEEKDAYS, at_paris, day_of, format_time


class Means(StrEnum):
    """How somebody comes."""

    WALK = "walk"
    BIKE = "bike"
    BUS = "bus"
    BROUGHT = "brought"
    OWN = "own"


MEANS_LABELS: Final[Mapping[Means, str]] = {
    Means.WALK: "à pied",
    Means.BIKE: "à vélo ou en trottinette",
    Means.BUS: "en bus ou en train",
    Means.BROUGHT: "quelqu’un m’amène en voiture",
    Means.OWN: "avec ma voiture, mon scooter ou ma voiturette",
}
# Kilometres an hour on the road: what a grown-up walks and cycles without hurry.
SPEEDS: Final[Mapping[Means, float]] = {Means.WALK: 4.5, Means.BIKE: 13.0}
DRIVEN: Final = frozenset({Means.BROUGHT, Means.OWN})


class Why(StrEnum):
    """Why an hour is left out."""

    DAY = "day"
    EARLY = "early"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Reach:
    """When and how a person can come. ``first_bus``: there at the earliest; ``last_bus``: the last one back leaves."""

    means: Means | None = None
    no_days: frozenset[int] = frozenset()
    leave_from: time | None = None
    home_by: time | None = None
    first_bus: time | None = None
    last_bus: time | None = None


@dataclass(frozen=True, slots=True)
class Sifted:
    """The hours that can be reached, how many cannot and why, and how long the way is (None: not known)."""

    slots: tuple[Slot, ...]
    left_out: Mapping[Why, int]
    travel: timedelta | None


def travel_time(means: Means | None, *, metres: float, driven: timedelta) -> timedelta | None:
    """Return how long the way takes, in whole minutes upwards; None where no road tells it (a bus)."""
    if means in DRIVEN:
        seconds = driven.total_seconds()
    elif means is not None and means in SPEEDS:
        seconds = metres / 1000 / SPEEDS[means] * 3600
    else:
        return None
    return timedelta(minutes=-(-seconds // 60))


def why_not(starts_at: datetime, ends_at: datetime, reach: Reach, travel: timedelta | None) -> Why | None:
    """Return why the person cannot be there, or None: they can."""
    day, way = day_of(starts_at), travel or timedelta()
    if day.weekday() in reach.no_days:
        return Why.DAY
    if reach.leave_from is not None and starts_at - way < at_paris(day, reach.leave_from):
        return Why.EARLY
    if reach.home_by is not None and ends_at + way > at_paris(day, reach.home_by):
        return Why.LATE
    if reach.means is Means.BUS:
        if reach.first_bus is not None and starts_at < at_paris(day, reach.first_bus):
            return Why.EARLY
        if reach.last_bus is not None and ends_at > at_paris(day, reach.last_bus):
            return Why.LATE
    return None


def sift(slots: Iterable[Slot], reach: Reach, travel: timedelta | None) -> Sifted:
    """Return the hours at which the person can be there."""
    kept, left = [], Counter[Why]()
    for slot in slots:
        why = why_not(slot.starts_at, slot.ends_at, reach, travel)
        if why is None:
            kept.append(slot)
        else:
            left[why] += 1
    return Sifted(tuple(kept), dict(left), travel)


def reasons(sifted: Sifted, reach: Reach) -> list[str]:
    """Return in plain words why hours are left out; nothing where none is."""
    found = []
    if sifted.left_out.get(Why.DAY):
        found.append(f"pas le {_listed([WEEKDAYS[day] for day in sorted(reach.no_days)])}")
    if sifted.left_out.get(Why.EARLY):
        found.append(_early(reach))
    if sifted.left_out.get(Why.LATE):
        found.append(_late(reach))
    if sifted.travel and (sifted.left_out.get(Why.EARLY) or sifted.left_out.get(Why.LATE)) and reach.means:
        found.append(f"environ {int(sifted.travel.total_seconds() // 60)} min de trajet {_by(reach.means)}")
    return found


def _early(reach: Reach) -> str:
    told = []
    if reach.leave_from is not None:
        told.append(f"départ de chez vous à partir de {format_time(reach.leave_from)}")
    if reach.means is Means.BUS and reach.first_bus is not None:
        told.append(f"premier bus arrivé à {format_time(reach.first_bus)}")
    return ", ".join(told)


def _late(reach: Reach) -> str:
    told = []
    if reach.home_by is not None:
        told.append(f"retour chez vous avant {format_time(reach.home_by)}")
    if reach.means is Means.BUS and reach.last_bus is not None:
        told.append(f"dernier bus à {format_time(reach.last_bus)}")
    return ", ".join(told)


def _by(means: Means) -> str:
    return {Means.WALK: "à pied", Means.BIKE: "à vélo"}.get(means, "en voiture")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} et {words[-1]}"
