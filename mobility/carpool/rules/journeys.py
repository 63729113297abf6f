"""What an offer or a request must say before it is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from mobility.carpool.errors import JourneyInvalid
from mobility.carpool.kinds import Luggage, Side, Timing

# A journey further ahead is a typing error.
FURTHEST = timedelta(days=730)
MAX_SEATS = 8
MAX_CHILD_SEATS = 4
MAX_MARGIN_MINUTES = 240
MAX_DETOUR_MINUTES = 120
MAX_PRICE_PER_KM_CENTS = 100
MAX_WALK_METRES = 5000


@dataclass(frozen=True, slots=True)
class End:
    """One end of a journey: what it is called, and where it lies."""

    label: str
    insee_code: str | None
    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True, slots=True)
class JourneyFacts:
    """What somebody says of a journey. ``pattern`` is JSON as ``pathway.patterns.to_json`` writes it; empty for a roster.

    ``max_detour_minutes`` and ``price_per_km_cents`` are an offer's, ``max_walk_metres`` a request's.
    """

    origin: End
    destination: End
    timing: Timing
    pattern: Mapping[str, Any] = field(default_factory=dict)
    objective_id: int | None = None
    hub_id: int | None = None
    there: bool = True
    back: bool = True
    early_minutes: int = 30
    late_minutes: int = 30
    starts_on: date
    ends_on: date | None = None
    seats: int = 1
    child_seats: int = 0
    luggage: Luggage = Luggage.SMALL
    women_only: bool = False
    non_smoking: bool = True
    assistance_animal: bool = False
    shared: bool = False
    max_detour_minutes: int = 10
    price_per_km_cents: int = 0
    max_walk_metres: int = 800


def check(facts: JourneyFacts, side: Side, *, is_woman: bool | None, smokes: bool, today: date) -> None:
    """Refuse a journey that goes nowhere, never, or only for others. Raises JourneyInvalid on the field concerned."""
    if not (facts.there or facts.back):
        raise JourneyInvalid("Choisissez l’aller, le retour, ou les deux.", field="ways")
    if (facts.origin.latitude, facts.origin.longitude) == (facts.destination.latitude, facts.destination.longitude):
        raise JourneyInvalid(
            "Le départ et l’arrivée sont au même endroit. Précisez l’adresse de l’un des deux.", field="destination"
        )
    _check_period(facts, today)
    _check_numbers(facts, side)
    if (facts.timing is Timing.ROSTER) != (facts.objective_id is not None):
        raise JourneyInvalid("Choisissez l’objectif dont ce sont les jours de travail.", field="timing")
    if facts.women_only and not is_woman:
        raise JourneyInvalid("« Entre femmes » se choisit par les femmes elles-mêmes.", field="women_only")
    if side is Side.OFFER and facts.non_smoking and smokes:
        raise JourneyInvalid("Vous avez dit fumer dans la voiture : décochez « sans tabac ».", field="non_smoking")


def _check_period(facts: JourneyFacts, today: date) -> None:
    if not today - FURTHEST <= facts.starts_on <= today + FURTHEST:
        raise JourneyInvalid("Cette date est trop loin. Vérifiez l’année.", field="starts_on")
    if facts.ends_on is None:
        return
    if facts.ends_on < facts.starts_on:
        raise JourneyInvalid("La fin doit venir après le début.", field="ends_on")
    if facts.ends_on < today:
        raise JourneyInvalid("Ce jour est passé. Choisissez un jour à venir.", field="ends_on")
    if facts.ends_on > today + FURTHEST:
        raise JourneyInvalid("Cette date est trop loin. Vérifiez l’année.", field="ends_on")


def _check_numbers(facts: JourneyFacts, side: Side) -> None:
    bounds: list[tuple[str, int, int, int]] = [
        ("seats", facts.seats, 1, MAX_SEATS),
        ("child_seats", facts.child_seats, 0, MAX_CHILD_SEATS),
        ("early_minutes", facts.early_minutes, 0, MAX_MARGIN_MINUTES),
        ("late_minutes", facts.late_minutes, 0, MAX_MARGIN_MINUTES),
    ]
    if side is Side.OFFER:
        bounds.append(("max_detour_minutes", facts.max_detour_minutes, 0, MAX_DETOUR_MINUTES))
        bounds.append(("price_per_km_cents", facts.price_per_km_cents, 0, MAX_PRICE_PER_KM_CENTS))
    else:
        bounds.append(("max_walk_metres", facts.max_walk_metres, 0, MAX_WALK_METRES))
    for name, value, low, high in bounds:
        if not low <= value <= high:
            raise JourneyInvalid("Écrivez un nombre entre %(low)s et %(high)s.", field=name, low=low, high=high)
    if facts.child_seats > facts.seats:
        raise JourneyInvalid("Il y a plus de sièges enfant que de places.", field="child_seats")
