"""Every journey of an objective on one page: who carries, how surely, at what cost. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mobility.core.clock import day_of
from mobility.pathway import overview, queries
from mobility.pathway.costs import Cost, MonthCost, by_day, by_month
from mobility.pathway.coverage import CERTAINTY_LABELS, Certainty, CoverageDay, DayLeg
from mobility.pathway.overview import ObjectiveView
from mobility.pathway.rules import Direction

CERTAINTY_TONES: dict[Certainty, tuple[str, str]] = {
    Certainty.CONFIRMED: ("success", "check-circle-fill"),
    Certainty.EXPECTED: ("info", "arrow-repeat"),
    Certainty.AGREED: ("info", "calendar-check"),
    Certainty.STATED: ("neutral", "person-walking"),
    Certainty.PROPOSED: ("warning", "hourglass-split"),
}


@dataclass(frozen=True)
class JourneyRow:
    """One working day: both ways in words, the grade of its certainty, and what it costs."""

    day: CoverageDay
    there: str
    back: str
    certainty: str
    tone: str
    icon: str
    cost: Cost


@dataclass(frozen=True)
class Journeys:
    """An objective with its journeys of some weeks, and what all of its journeys cost by month."""

    view: ObjectiveView
    rows: tuple[JourneyRow, ...]
    months: tuple[MonthCost, ...]


def journeys_of(objective_id: int, *, person_id: int, now: datetime, start: date, weeks: int) -> Journeys:
    """Return the journeys of one of the person's objectives; seven queries, and those of aids that grade or price days."""
    views = overview.objective_views(person_id, now=now, start=start, weeks=weeks)
    view = next(one for one in views if one.id == objective_id)
    costs = by_day(queries.step_costs([objective_id]).get(objective_id, []))
    shown = [day for week in view.weeks for day in week]
    months = by_month(
        {day: cost for day, cost in costs.items() if shown and shown[0].day_on <= day <= shown[-1].day_on},
        [day.day_on for day in shown if any(leg.carried for leg in day.legs)],
    )
    today = day_of(now)
    rows = [_row(day, costs.get(day.day_on, Cost()), today) for day in shown if any(leg.certain for leg in day.legs)]
    return Journeys(view, tuple(rows), tuple(months))


def month_costs(objective_ids: Sequence[int], *, month_on: date) -> dict[int, Cost]:
    """Return what the journeys of objectives cost in the month of a day; queries as ``queries.step_costs``."""
    steps = queries.step_costs(objective_ids)
    return {
        objective_id: sum(
            (
                cost
                for day, cost in by_day(steps.get(objective_id, ())).items()
                if (day.year, day.month) == (month_on.year, month_on.month)
            ),
            Cost(),
        )
        for objective_id in objective_ids
    }


def _row(day: CoverageDay, cost: Cost, today: date) -> JourneyRow:
    grade = day.certainty
    # A day behind us that nobody carried is no gap any more: nobody knows how the person went.
    if grade is None:
        word, (tone, icon) = ("Passé", ("neutral", "dash")) if day.day_on < today else ("", ("danger", "x-circle"))
    else:
        word, (tone, icon) = CERTAINTY_LABELS[grade], CERTAINTY_TONES[grade]
    return JourneyRow(day, _way(day, Direction.THERE), _way(day, Direction.BACK), word, tone, icon, cost)


def _way(day: CoverageDay, direction: Direction) -> str:
    leg = next((one for one in day.legs if one.direction is direction), None)
    return "" if leg is None else carriers_of(leg)


def carriers_of(leg: DayLeg) -> str:
    """Return who carries a leg: « Voiture, Bus »; what is proposed where nobody does; nothing for nobody."""
    if leg.carried:
        return ", ".join(dict.fromkeys(carrier.label for carrier in leg.carriers))
    return ", ".join(f"{carrier.label} (proposé)" for carrier in leg.proposed)
