"""What could carry legs that have nobody: every aid is asked, the one that fits best comes first. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mobility.core.clock import end_of, start_of
from mobility.pathway.aid import Offer, Period, all_aids
from mobility.pathway.coverage import LegKey

# Few aids last longer than that, and any help is better than none.
ASKED = timedelta(days=14)


def first_legs(keys: Sequence[LegKey]) -> list[LegKey]:
    """Return the legs of the first two weeks of those that have nobody; ``keys`` are in order of time."""
    return [key for key in keys if key.shift_on < keys[0].shift_on + ASKED]


def offers_for(objective_id: int, keys: Sequence[LegKey], *, now: datetime) -> list[Offer]:
    """Return what is possible for the first of these legs, as a fallback: what carries most of them first."""
    legs = first_legs(keys)
    found = [offer for aid in all_aids() for offer in aid.fallback(objective_id=objective_id, legs=legs, now=now)]
    return ordered([offer for offer in found if offer.possible])


def all_offers(person_id: int, objective_id: int, keys: Sequence[LegKey], *, now: datetime) -> list[Offer]:
    """Return what every aid answers: a fallback where it has one, else what a new help would be or what stands against."""
    legs = first_legs(keys)
    if not legs:
        return []
    period = Period(start_of(legs[0].shift_on), end_of(legs[-1].shift_on))
    offers: list[Offer] = []
    for aid in all_aids():
        found = list(aid.fallback(objective_id=objective_id, legs=legs, now=now))
        offers.extend(found or [aid.assess(person_id=person_id, objective_id=objective_id, period=period, now=now)])
    return ordered(offers)


def ordered(offers: Sequence[Offer]) -> list[Offer]:
    """Return the offers, what is possible, carries most and comes soonest first."""
    return sorted(offers, key=lambda offer: (not offer.possible, -len(offer.covers), offer.delay_days or 0))
