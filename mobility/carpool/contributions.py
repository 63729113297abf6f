"""What passengers give, journey by journey, as the pathway counts it. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select

from mobility.carpool import parameters
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRide
from mobility.carpool.rules.money import trip_cost_cents
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services.planning import HELD, RIDING
from mobility.core.clock import today
from mobility.core.db import db
from mobility.pathway.costs import Cost
from mobility.pathway.coverage import LegKey
from mobility.pathway.rules import Direction


def of_legs(legs: Mapping[int, Collection[LegKey]]) -> dict[int, dict[date, Cost]]:
    """Return what the legs cost that requests carry, by request and day (four queries at most).

    A place in a car has its share; a leg further ahead has what was agreed with whoever drives that way, within what
    their journey costs. Where several drive, the dearest: what is announced is never less than what is paid.
    """
    held = _held(legs)
    expected = _expected(legs)
    found: dict[int, dict[date, Cost]] = {}
    for request_id, of_request in legs.items():
        days = found.setdefault(request_id, {})
        for key in of_request:
            usual = expected.get((request_id, key.direction), 0)
            cents = held.get((request_id, key.shift_on, key.direction), usual)
            days[key.shift_on] = days.get(key.shift_on, Cost()) + Cost(cents)
    return found


def _held(legs: Mapping[int, Collection[LegKey]]) -> dict[tuple[int, date, Direction], int]:
    """Return the shares of the places that are held, by request, day and direction."""
    days = [key.shift_on for of_request in legs.values() for key in of_request]
    if not days:
        return {}
    rows = db.session.execute(
        select(CarpoolMatch.request_id, CarpoolRide.shift_on, CarpoolRide.direction, CarpoolRide.contribution_cents)
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .where(
            CarpoolMatch.request_id.in_(list(legs)),
            CarpoolRide.state.in_(HELD),
            CarpoolRide.shift_on.between(min(days), max(days)),
        )
    )
    found: dict[tuple[int, date, Direction], int] = {}
    for request_id, shift_on, direction, cents in rows:
        key = (request_id, shift_on, direction)
        found[key] = found.get(key, 0) + cents
    return found


def _expected(legs: Mapping[int, Collection[LegKey]]) -> dict[tuple[int, Direction], int]:
    """Return what a leg will cost with those who drive, by request and direction."""
    rows = db.session.execute(
        select(CarpoolMatch, CarpoolMember.fiscal_power_cv, CarpoolMember.electric)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
        .where(CarpoolMatch.request_id.in_(list(legs)), CarpoolMatch.state.in_(RIDING))
    ).all()
    if not rows:
        return {}
    scale = parameters.scale(on=today())
    found: dict[tuple[int, Direction], int] = {}
    for match, power_cv, electric in rows:
        for direction in Direction:
            way = way_of(match.legs, direction)
            if way is None:
                continue
            most = trip_cost_cents(way.trip_metres, scale, power_cv=power_cv, electric=electric)
            key = (match.request_id, direction)
            found[key] = max(found.get(key, 0), min(match.contribution_cents, most))
    return found
