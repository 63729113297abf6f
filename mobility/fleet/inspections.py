"""Contrôle technique: when it is due, and until when a result holds.

Source: facts.md §3. Cars: first within the 6 months before the 4th anniversary of the first registration,
then every 2 years. Category L: first in the 6 months before 5 years, then every 3 years. Major defect:
contre-visite within 2 months. Critical defect: valid that day only. Bikes: none.

Dates are last days of validity, that day included. Where the month has no such day (29 February, 31st),
the term is the last day of the month, as article 641 of the code de procédure civile counts.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mobility.fleet.errors import WrongPaper
from mobility.fleet.kinds import CYCLES, LIGHT, Category, InspectionResult

FIRST_WINDOW_MONTHS = 6
COUNTER_VISIT_MONTHS = 2
LAST_YEAR = 9000


@dataclass(frozen=True, slots=True)
class InspectionRegime:
    """The rhythm of one kind of vehicle, in months."""

    first_after_months: int
    then_every_months: int


_CARS = InspectionRegime(48, 24)
_CATEGORY_L = InspectionRegime(60, 36)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One visit to the centre. ``valid_until_on`` is what was noted for it (never later than the rule)."""

    done_on: date
    result: InspectionResult
    counter_visit: bool
    valid_until_on: date


def add_months(day: date, months: int) -> date:
    """Return the same day of the month, ``months`` later (earlier if negative), clamped to the month's end."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def regime_of(category: Category) -> InspectionRegime | None:
    """Return the rhythm of the category; None where there is no contrôle technique."""
    if category in CYCLES:
        return None
    return _CATEGORY_L if category in LIGHT else _CARS


def first_due_on(category: Category, first_registered_on: date) -> date | None:
    """Return the last day for the first visit; None where there is none to make."""
    regime = regime_of(category)
    return None if regime is None else add_months(first_registered_on, regime.first_after_months)


def first_window_opens_on(category: Category, first_registered_on: date) -> date | None:
    """Return the first day on which the first visit counts."""
    due = first_due_on(category, first_registered_on)
    return None if due is None else add_months(due, -FIRST_WINDOW_MONTHS)


def result_valid_until(
    category: Category,
    first_registered_on: date,
    *,
    done_on: date,
    result: InspectionResult,
    counter_visit: bool,
    earlier: Sequence[Inspection] = (),
) -> date:
    """Return the last day on which a visit made on ``done_on`` keeps the vehicle on the road.

    ``earlier`` are the visits before it, in any order. A favourable contre-visite counts from the visit that
    it completes. Raises WrongPaper where the category has no visits, the day is before the first
    registration, or a contre-visite has no failed visit in the two months before.
    """
    regime = regime_of(category)
    if regime is None:
        raise WrongPaper("Un vélo ne passe pas de contrôle technique.", field="kind")
    if done_on < first_registered_on:
        raise WrongPaper("Cette date est avant la première mise en circulation. Vérifiez-la.")
    visit_on = _visit_completed(done_on, earlier) if counter_visit else done_on
    match result:
        case InspectionResult.CRITICAL:
            return done_on
        case InspectionResult.MAJOR:
            return max(done_on, add_months(visit_on, COUNTER_VISIT_MONTHS))
        case _:
            opens = add_months(first_registered_on, regime.first_after_months - FIRST_WINDOW_MONTHS)
            if visit_on < opens:
                return add_months(first_registered_on, regime.first_after_months)
            return add_months(visit_on, regime.then_every_months)


def _visit_completed(done_on: date, earlier: Sequence[Inspection]) -> date:
    """Return the day of the full visit that a contre-visite completes."""
    before = [visit for visit in earlier if visit.done_on <= done_on]
    full = max((visit.done_on for visit in before if not visit.counter_visit), default=None)
    last = max(before, key=lambda visit: (visit.done_on, visit.counter_visit), default=None)
    if full is None or last is None or last.result is InspectionResult.FAVOURABLE:
        raise WrongPaper("Une contre-visite suit une visite défavorable. Notez d’abord cette visite.", field="done_on")
    if done_on > add_months(full, COUNTER_VISIT_MONTHS):
        raise WrongPaper("La contre-visite a lieu dans les deux mois. Au-delà, il faut une nouvelle visite complète.")
    return full


def inspection_valid_until(
    category: Category, first_registered_on: date | None, inspections: Sequence[Inspection]
) -> date | None:
    """Return the last day on which the vehicle's contrôle technique holds; None where none is needed.

    The last visit speaks; before any visit, the term of the first one.
    """
    if regime_of(category) is None:
        return None
    if inspections:
        return max(inspections, key=lambda visit: (visit.done_on, visit.counter_visit)).valid_until_on
    if first_registered_on is None:
        return date.min
    return first_due_on(category, first_registered_on)
