"""What the national register of carpooling (RPC, API v3.3) is sent of a ride, and what it would refuse. Pure.

The figures are the register's own (facts of August 2026): nothing under two kilometres, at most four trips a day and
person, half an hour between two of them, and within a day of their start.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from mobility.core.clock import day_of

LEAST_METRES = 2000
MOST_A_DAY = 4
LEAST_BETWEEN = timedelta(minutes=30)
LATEST_AFTER_START = timedelta(hours=24)
MOST_SEATS = 8
_PHONE = re.compile(r"\+\d{8,15}")


class ProofClass(StrEnum):
    """How well a ride is proven: matching alone, one occupant's trip, both."""

    A = "A"
    B = "B"
    C = "C"


class Refusal(StrEnum):
    """Why the register would not take a ride."""

    TOO_SHORT = "too_short"
    TOO_MANY = "too_many"
    TOO_CLOSE = "too_close"
    TOO_LATE = "too_late"
    NOT_OVER = "not_over"
    NO_PHONE = "no_phone"
    SEATS = "seats"


@dataclass(frozen=True, slots=True)
class Identity:
    """One side of a ride. ``user_id`` is a pseudonym of ours; ``phone`` E.164."""

    user_id: str
    phone: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A ride that was made. Places are (latitude, longitude); amounts are cents of euros."""

    journey_id: str
    trip_id: str
    driver: Identity
    passenger: Identity
    started_at: datetime
    ended_at: datetime
    start: tuple[float, float]
    end: tuple[float, float]
    metres: int
    contribution_cents: int
    seats: int
    proof: ProofClass


def proof_class(driver_says: bool | None, passenger_says: bool | None) -> ProofClass:
    """Return how well a ride is proven by what both said of it."""
    said = [driver_says is True, passenger_says is True]
    return ProofClass.C if all(said) else ProofClass.B if any(said) else ProofClass.A


def last_name_of(name: str) -> str:
    """Return a last name as the key wants it: capitals without accents, letters alone."""
    plain = unicodedata.normalize("NFKD", name).upper()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def identity(who: Identity) -> dict[str, str]:
    """Return an identity: neither the whole phone nor the name, but a key that the same person has everywhere."""
    key = hashlib.sha256(f"{who.phone}-{last_name_of(who.last_name)}".encode()).hexdigest()
    return {"operator_user_id": who.user_id, "phone_trunc": who.phone[:-2], "identity_key": key}


def _place(at: datetime, where: tuple[float, float]) -> dict[str, Any]:
    return {
        "datetime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "lat": round(where[0], 5), "lon": round(where[1], 5),
    }  # fmt: skip


def payload(journey: Journey) -> dict[str, Any]:
    """Return the body of ``POST /journeys``. What the passenger gives is what the driver gets: nobody stands between."""
    return {
        "operator_journey_id": journey.journey_id,
        "operator_trip_id": journey.trip_id,
        "operator_class": journey.proof.value,
        "incentives": [],
        "start": _place(journey.started_at, journey.start),
        "end": _place(journey.ended_at, journey.end),
        "distance": journey.metres,
        "driver": {"identity": identity(journey.driver), "revenue": journey.contribution_cents},
        "passenger": {
            "identity": identity(journey.passenger),
            "contribution": journey.contribution_cents,
            "seats": journey.seats,
        },
    }


def refusals(
    journeys: Sequence[Journey], *, sent: Iterable[Journey] = (), now: datetime
) -> Mapping[str, tuple[Refusal, ...]]:
    """Return by journey id why the register would refuse it; ids without a reason are left out.

    Trips of a day and the time between them count those that were ``sent`` before, and those of this list that are
    taken, in the order of their start. Several passengers of one trip are one trip of its driver.
    """
    taken: list[Journey] = list(sent)
    found: dict[str, tuple[Refusal, ...]] = {}
    for journey in sorted(journeys, key=lambda one: (one.started_at, one.journey_id)):
        why = [*_own(journey, now), *_crowded(journey, taken)]
        if why:
            found[journey.journey_id] = tuple(dict.fromkeys(why))
        else:
            taken.append(journey)
    return found


def _own(journey: Journey, now: datetime) -> Iterable[Refusal]:
    if journey.metres < LEAST_METRES:
        yield Refusal.TOO_SHORT
    if journey.ended_at > now:
        yield Refusal.NOT_OVER
    if now - journey.started_at > LATEST_AFTER_START:
        yield Refusal.TOO_LATE
    if not all(_PHONE.fullmatch(who.phone) for who in (journey.driver, journey.passenger)):
        yield Refusal.NO_PHONE
    if not 1 <= journey.seats <= MOST_SEATS:
        yield Refusal.SEATS


def _crowded(journey: Journey, taken: Sequence[Journey]) -> Iterable[Refusal]:
    for who in (journey.driver.user_id, journey.passenger.user_id):
        own = {
            (one.trip_id, one.started_at)
            for one in taken
            if who in (one.driver.user_id, one.passenger.user_id) and one.trip_id != journey.trip_id
        }
        if sum(1 for _trip, at in own if day_of(at) == day_of(journey.started_at)) >= MOST_A_DAY:
            yield Refusal.TOO_MANY
        if any(abs(at - journey.started_at) < LEAST_BETWEEN for _trip, at in own):
            yield Refusal.TOO_CLOSE
