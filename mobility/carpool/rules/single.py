"""One rider against many empty cars at once, in arrays: what ``plan.evaluate`` answers for each, many times faster.

Pure. The detour index gives the seconds of every driver; this tells who has the time, when, and with which score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobility.carpool.rules.detours import Longs, detours
from mobility.carpool.rules.facts import FOREVER, Rider
from mobility.carpool.rules.score import Weights

_DEPART, _PICKUP, _DROPOFF, _ARRIVE = range(4)


@dataclass(frozen=True, slots=True)
class Drivers:
    """Drivers without a rider: arrays of one length, as ``facts.Driver``; no bound is FOREVER."""

    depart_from: Longs
    depart_until: Longs
    arrive_from: Longs
    arrive_until: Longs
    seats: Longs
    max_detour: Longs
    max_longer: Longs


@dataclass(frozen=True, slots=True)
class Singles:
    """What each driver could do for the rider: arrays of one length. Where ``holds`` is false the rest means nothing."""

    holds: NDArray[np.bool_]
    detour: Longs
    depart_at: Longs
    pickup_at: Longs
    dropoff_at: Longs
    arrive_at: Longs
    score: Longs  # as ``score.Score.total``


def single_matches(
    drivers: Drivers,
    rider: Rider,
    to_pickup: NDArray[np.int32],
    direct: int,
    from_dropoff: NDArray[np.int32],
    alone: NDArray[np.int32],
    *,
    weights: Weights | None = None,
) -> Singles:
    """Return what each driver could do for the rider, who gets in and out at their first spots.

    ``to_pickup`` … ``alone`` are the seconds of the four drives, as the detour index gives them. Metres are not asked.
    """
    detour, there = detours(to_pickup, np.asarray(direct), from_dropoff, alone)
    pickup = rider.leave.shifted(rider.pickups[0].walk_seconds)
    dropoff = rider.arrive.shifted(-rider.dropoffs[0].walk_seconds)
    first = [
        drivers.depart_from,
        _spread(pickup.earliest, alone),
        _spread(dropoff.earliest, alone),
        drivers.arrive_from,
    ]
    last = [drivers.depart_until, _spread(pickup.latest, alone), _spread(dropoff.latest, alone), drivers.arrive_until]
    legs = [to_pickup.astype(np.int64), _spread(direct, alone), from_dropoff.astype(np.int64)]
    ride = FOREVER if rider.max_ride_seconds is None else rider.max_ride_seconds
    limits = [(_PICKUP, _DROPOFF, _spread(ride, alone)), (_DEPART, _ARRIVE, alone + drivers.max_longer)]
    times, holds = _earliest(first, last, legs, limits)
    holds &= there & (detour <= drivers.max_detour) & (drivers.seats >= rider.seats)
    times = _latest(times, last, legs, limits)
    score = _score(times, detour, alone, rider, direct, weights or Weights())
    return Singles(holds, detour, times[_DEPART], times[_PICKUP], times[_DROPOFF], times[_ARRIVE], score)


def _spread(value: int, like: NDArray[np.int32]) -> Longs:
    return np.full(len(like), value, dtype=np.int64)


Limits = list[tuple[int, int, Longs]]


def _earliest(
    first: list[Longs], last: list[Longs], legs: list[Longs], limits: Limits
) -> tuple[list[Longs], NDArray[np.bool_]]:
    """Push every stop as early as can be, as ``schedule.earliest``; tell where that holds."""
    times = list(first)
    for _ in range(len(limits) + 1):
        for stop, leg in enumerate(legs):
            times[stop + 1] = np.maximum(times[stop + 1], times[stop] + leg)
        for begin, end, most in limits:
            times[begin] = np.maximum(times[begin], times[end] - most)
    holds = np.all([time <= bound for time, bound in zip(times, last, strict=True)], axis=0)
    # What moves after the last pass moves for ever.
    for stop, leg in enumerate(legs):
        holds &= times[stop + 1] >= times[stop] + leg
    return times, holds


def _latest(times: list[Longs], last: list[Longs], legs: list[Longs], limits: Limits) -> list[Longs]:
    """Leave the last stop where it is and put every other as late as can be."""
    late = [*last[:-1], times[-1]]
    for _ in range(len(limits) + 1):
        for stop in range(len(legs) - 1, -1, -1):
            late[stop] = np.minimum(late[stop], late[stop + 1] - legs[stop])
        for begin, end, most in limits:
            late[end] = np.minimum(late[end], late[begin] + most)
    return late


def _score(
    times: list[Longs], detour: Longs, alone: NDArray[np.int32], rider: Rider, direct: int, weights: Weights
) -> Longs:
    """Return the score of each, as ``score.score_of``."""
    pickup, dropoff = rider.pickups[0].walk_seconds, rider.dropoffs[0].walk_seconds
    score = detour * weights.detour
    score += (times[_ARRIVE] - times[_DEPART] - alone - detour) * weights.wait
    score += (pickup + dropoff) * weights.walk
    score += (times[_DROPOFF] - times[_PICKUP] - direct) * weights.ride
    if rider.arrive.latest < FOREVER:
        score += (rider.arrive.latest - dropoff - times[_DROPOFF]) * weights.early
    if rider.leave.earliest > -FOREVER:
        score += (times[_PICKUP] - pickup - rider.leave.earliest) * weights.linger
    return score
