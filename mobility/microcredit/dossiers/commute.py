"""The way to work as a budget needs it: by road from the engine, and on how many days from the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from mobility.core.clock import format_date
from mobility.core.db import load
from mobility.core.errors import RuleViolation
from mobility.geo import engines
from mobility.microcredit.dossiers.errors import BudgetInvalid
from mobility.pathway.models import Objective
from mobility.pathway.queries import list_objectives, objective_legs
from mobility.pathway.rules import ObjectiveState
from mobility.people.models import Person

# The weeks over which the days of the roster are counted: cycles and dates even out.
WEEKS = 8
USUAL_DAYS = 5


@dataclass(frozen=True, slots=True)
class Commute:
    """One way by road in tenths of a kilometre, the days of a week, and the sentence that says where both come from."""

    tenths: int
    days_a_week: int
    source: str


def objective_of(person_id: int, *, on: date) -> Objective | None:
    """Return the open objective that begins next, else the one that runs (three queries); None without any."""
    open_ones = [row for row in list_objectives(person_id) if row.state is ObjectiveState.OPEN]
    return min(open_ones, key=lambda row: (row.starts_on < on, row.starts_on, row.id), default=None)


def measure(person_id: int, *, on: date) -> Commute:
    """Return the commute of the person's objective by the road engine (five queries). Raises BudgetInvalid, NotFound."""
    person, objective = load(Person, person_id), objective_of(person_id, on=on)
    if objective is None:
        raise BudgetInvalid("Il n’y a pas d’objectif ouvert : écrivez la distance.", field="commute_km")
    if None in (person.latitude, person.longitude):
        raise BudgetInvalid("Le domicile n’est pas placé sur la carte : écrivez la distance.", field="commute_km")
    if None in (objective.latitude, objective.longitude):
        raise BudgetInvalid("L’objectif n’est pas placé sur la carte : écrivez la distance.", field="commute_km")
    home = (float(person.longitude or 0), float(person.latitude or 0))
    work = (float(objective.longitude or 0), float(objective.latitude or 0))
    # A routing server may stand outside the house: a protected address does not leave it.
    engine = engines.local() if person.protected else engines.in_use()
    try:
        metres = engine.route(home, work).metres
    except RuleViolation as error:
        raise BudgetInvalid(
            "La route ne peut pas être calculée entre ces deux adresses : écrivez la distance.", field="commute_km"
        ) from error
    tenths = int((Decimal(str(metres)) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    days = _days_a_week(objective, on)
    said = f"{days} jours par semaine d’après les horaires" if days is not None else "jours à confirmer"
    when = format_date(on, weekday=False, year=on.year)
    source = f"Par la route, du domicile à « {objective.title} » ; {said} ; calculé le {when}."
    return Commute(tenths, USUAL_DAYS if days is None else days, source)


def _days_a_week(objective: Objective, on: date) -> int | None:
    """Return the worked days of a usual week, rounded half-up; None where they are not known."""
    first = max(on, objective.starts_on)
    last = first + timedelta(weeks=WEEKS, days=-1)
    weeks = Decimal(WEEKS)
    if objective.ends_on is not None and objective.ends_on < last:
        last = objective.ends_on
        weeks = Decimal(max((last - first).days + 1, 7)) / 7
    legs = objective_legs(objective, from_on=first, until_on=last)
    if not legs or not all(leg.certain for leg in legs):
        return None
    worked = len({leg.key.shift_on for leg in legs})
    return min(max(int((worked / weeks).quantize(Decimal(1), rounding=ROUND_HALF_UP)), 1), 7)
