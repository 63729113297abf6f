"""Gaps that are worth a message: a run of days that nobody carries, told once, before it begins. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mobility.core.clock import PARIS, format_date
from mobility.pathway.coverage import CoverageDay, DayLeg
from mobility.pathway.rules import Direction

# A shift is told by the hours of its day: (it begins from, and before; it ends before) → how people call its team.
_TEAMS = ((4, 9, 15, "l’équipe du matin"), (11, 17, 24, "l’équipe de l’après-midi"))
_NIGHT = "l’équipe de nuit"


@dataclass(frozen=True)
class GapRun:
    """Working days one after another on which a known leg has nobody; ``first_at`` is the first of those legs."""

    days: tuple[CoverageDay, ...]
    first_at: datetime
    ended: bool = False
    """Whether something carried the person until then."""

    @property
    def starts_on(self) -> date:
        """The day that names the run: it stays the same while the run lasts."""
        return self.days[0].day_on


def next_run(days: Iterable[CoverageDay], *, now: datetime) -> GapRun | None:
    """Return the first run whose first leg without a carrier is still ahead; None when there is none.

    ``days`` begin some time before now: where the last working day before was not carried either, the run
    has begun already, and whoever it concerns knows. Days without known work neither end nor make a run.
    """
    begun = carried_before = False
    run: list[CoverageDay] = []
    first_at: datetime | None = None
    for day in days:
        certain = [leg for leg in day.legs if leg.certain]
        if not certain:
            continue
        missing = [leg.at for leg in certain if not leg.carried]
        ahead = [at for at in missing if at > now]
        if not missing:
            if run:
                break
            begun, carried_before = False, True
        elif run:
            run.append(day)
        elif ahead and not begun:
            run, first_at = [day], min(ahead)
        else:
            begun = True
    return GapRun(tuple(run), first_at, carried_before) if first_at is not None else None


def team_of(day: CoverageDay) -> str | None:
    """Return how people call the team of a day (« l’équipe du matin »), by its hours; None for an ordinary day."""
    hours = [leg.at.astimezone(PARIS) for leg in day.legs if leg.certain]
    if len(hours) < 2:
        return None
    begins, ends = min(hours), max(hours)
    if begins.date() != ends.date() and begins.hour >= 17:
        return _NIGHT
    for earliest, latest, before, name in _TEAMS:
        if begins.date() == ends.date() and earliest <= begins.hour < latest and ends.hour < before:
            return name
    return None


def announce(run: GapRun) -> str:
    """Say a gap ahead: « À partir du 12 mars, plus de solution pour l’équipe du matin ».

    The team is named where every day of the run has the same one; the leg where it is always the same one.
    """
    first = run.days[0].day_on
    several = len(run.days) > 1
    when = f"À partir du {format_date(first, weekday=False)}" if several else f"Le {format_date(first)}"
    none = "plus de solution" if run.ended and several else "pas de solution"
    missing = {_missing(day.legs) for day in run.days}
    teams = {team_of(day) for day in run.days}
    always = next(iter(missing)) if len(missing) == 1 else ()
    leg = ""
    if len(always) == 1:
        leg = " pour l’aller" if always[0] is Direction.THERE else " pour le retour"
    team = next(iter(teams)) if len(teams) == 1 else None
    if team is None:
        return f"{when}, {none}{leg}"
    return f"{when}, {none}{leg + ' de' if leg else ' pour'} {team}"


def _missing(legs: Iterable[DayLeg]) -> tuple[Direction, ...]:
    return tuple(leg.direction for leg in legs if leg.certain and not leg.carried)
