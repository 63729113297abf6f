"""What a loan could do for a plan: one option a category of vehicle, before anything is booked. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from mobility.core.clock import at_paris, day_of
from mobility.diagnosis.barriers import Barrier
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.geo.distance import straight_line_km
from mobility.loans import availability, parameters, words
from mobility.loans.availability import Option as Offered
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.queries import find_objective
from mobility.people.models import Person

MONTH_DAYS = 30
_MOTOR = frozenset({Barrier.VEHICLE, Barrier.RELIABILITY, Barrier.TERRITORY, Barrier.HOURS})
_NO_B = _MOTOR | {Barrier.LICENCE}
_CYCLE = frozenset({Barrier.VEHICLE, Barrier.RELIABILITY, Barrier.TERRITORY, Barrier.LICENCE, Barrier.HOURS})
LIFTS: dict[Category, frozenset[Barrier]] = {
    Category.CAR: _MOTOR,
    Category.LIGHT_CAR: _NO_B,
    Category.MOPED: _NO_B,
    Category.EBIKE: _CYCLE,
    Category.BIKE: _CYCLE,
    Category.ADAPTED: _MOTOR | {Barrier.PHYSICAL},
}
CYCLES = frozenset({Category.EBIKE, Category.BIKE})


def menu() -> list[tuple[str, str]]:
    """Return what a plan may name of loans: (category, label)."""
    return [(category.value, words.step_title(category)) for category in Category]


def options(person: Person, *, objective_id: int | None, request: Request, now: datetime) -> Sequence[Option]:
    """Return the best offer of each category around the person, for a month from the objective's first day.

    What an adviser may set aside (a right to open, a written exception) does not stand against it here.
    """
    start_at, due_at = window(request)
    found = availability.list_options(
        person,
        desk_ids=availability.reach_of(person, now=now),
        start_at=start_at,
        due_at=due_at,
        now=now,
        objective_id=objective_id,
    )
    best: dict[Category, Offered] = {}
    for offered in found:
        known = best.get(offered.category)
        if known is None or _standing(offered) < _standing(known):
            best[offered.category] = offered
    far = _too_far(person, objective_id, now)
    months = parameters.usual_months(on=request.today, desk_id=person.desk_id)
    return [_option(category, offered, start_at, far, months) for category, offered in best.items()]


def window(request: Request) -> tuple[datetime, datetime]:
    """Return a month from the objective's first day, from tomorrow at the soonest."""
    first = max(request.starts_on or request.today, request.today + timedelta(days=1))
    # Vehicles are taken the day before, so that the first morning is safe.
    taken = max(first - timedelta(days=1), request.today + timedelta(days=1))
    return at_paris(taken, time(10)), at_paris(taken + timedelta(days=MONTH_DAYS), time(10))


def _standing(offered: Offered) -> tuple[bool, int, int]:
    hard = [reason for reason in offered.reasons if not reason.overridable]
    return not offered.free, len(hard), len(offered.reasons)


def _option(category: Category, offered: Offered, start_at: datetime, far: str, months: int) -> Option:
    """Return a category as an option: a first month is booked, plans are compared by what so many come to."""
    reasons = [reason.text for reason in offered.reasons if not reason.overridable]
    if not reasons and not offered.free:
        reasons.append("Tous les véhicules sont pris à ces dates.")
    if category in CYCLES and far:
        reasons.append(far)
    cost = 0 if offered.quote is None else offered.quote.person_cents
    funder = 0 if offered.quote is None else offered.quote.funder_cents
    return Option(
        aid_kind=words.AID_KIND,
        option_key=category.value,
        label=f"{words.AID_LABEL} : {CATEGORY_LABELS[category].lower()}",
        lifts=LIFTS[category],
        ready_on=day_of(start_at),
        carries=True,
        reasons=tuple(reasons),
        person_monthly_cents=cost,
        funder_cents=funder,
        months=months,
        days=MONTH_DAYS,
        group=words.AID_KIND,
        person_drives=True,
    )


def _too_far(person: Person, objective_id: int | None, now: datetime) -> str:
    """Say why a bicycle is no solution; nothing where it could be one or nobody knows."""
    objective = None if objective_id is None else find_objective(objective_id)
    if objective is None or objective.latitude is None or objective.longitude is None:
        return ""
    if person.latitude is None or person.longitude is None:
        return ""
    km = straight_line_km((person.latitude, person.longitude), (objective.latitude, objective.longitude))
    most = parameters.bike_reach_km(on=day_of(now))
    return f"Le lieu est à {km:.0f} km à vol d’oiseau : trop loin à vélo." if km > most else ""


def period_of(first: date | None, last: date | None) -> tuple[datetime, datetime] | None:
    """Return the instants between which a step that names days is meant to be lent; None without a first day."""
    if first is None:
        return None
    until = last if last is not None and last > first else first + timedelta(days=MONTH_DAYS)
    return at_paris(first, time(10)), at_paris(until, time(10))
