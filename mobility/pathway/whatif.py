"""What if: an aid removed, moved, shortened or added, other hours; which days fall open, what carries them. Pure.

Nothing is written: facts and changes come in, two calendars and a sentence go out. What carries a leg follows the same
rule as ``services.steps``: every leg whose hour lies within the window, on the days and hours that are served, and of
an aid that says by itself which legs it carries (a driver's days), those alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mobility.core.clock import format_date
from mobility.pathway.coverage import (
    Carrier,
    Certainty,
    CoverageDay,
    LegKey,
    Means,
    calendar,
    gap_keys,
)
from mobility.pathway.roster import Leg, Serving, days_between, legs_within
from mobility.pathway.rules import ObjectiveKind

ADDED = "Aide en plus"
NAMED = 3


@dataclass(frozen=True)
class Window:
    """An aid over a stretch of time; an open side has no end. ``step_id`` is None for one that is only imagined.

    ``only``: the legs that it carries of any window, with the hours at which it does; None: all of those within it. At
    other hours nobody knows whether the driver would come, so the leg counts as not carried.
    """

    step_id: int | None
    label: str
    icon: str
    starts_at: datetime | None
    ends_at: datetime | None
    serving: Serving | None = None
    only: Mapping[LegKey, datetime] | None = None
    grades: Mapping[LegKey, Certainty] = field(default_factory=dict)
    """How surely it carries a leg, where that is not by its end alone."""

    def carries(self, leg: Leg) -> bool:
        """Tell whether a leg of its window is one that it carries."""
        return self.only is None or self.only.get(leg.key) == leg.at


@dataclass(frozen=True)
class Situation:
    """All that decides who carries whom: the journeys, the aids, the person's own means."""

    legs: tuple[Leg, ...]
    aids: tuple[Window, ...]
    means: tuple[Means, ...]
    kind: ObjectiveKind


@dataclass(frozen=True)
class Change:
    """What is tried. ``removed``: the step goes; ``moved``: its window becomes this; ``added``: an aid more; ``legs``: other hours."""

    removed: int | None = None
    moved: Window | None = None
    added: Window | None = None
    legs: tuple[Leg, ...] | None = None


@dataclass(frozen=True)
class Outcome:
    """Both calendars, day by day, and what differs among the days still ahead."""

    before: tuple[CoverageDay, ...]
    after: tuple[CoverageDay, ...]
    opened: tuple[CoverageDay, ...]
    """Days that fall open, as they would be."""
    closed: tuple[CoverageDay, ...]
    """Days that had a leg without anybody, and would have none."""
    instead: tuple[CoverageDay, ...]
    """Days that stay carried, by something else than before."""
    lost: tuple[LegKey, ...]
    """The legs that would have nobody."""


def apply(situation: Situation, change: Change) -> Situation:
    """Return the situation as it would be."""
    aids = [aid for aid in situation.aids if change.removed is None or aid.step_id != change.removed]
    if change.moved is not None:
        aids = [change.moved if aid.step_id == change.moved.step_id else aid for aid in aids]
    if change.added is not None:
        aids.append(change.added)
    legs = situation.legs if change.legs is None else change.legs
    return replace(situation, aids=tuple(aids), legs=legs)


def days_of(situation: Situation, *, from_on: date, until_on: date, today: date | None = None) -> list[CoverageDay]:
    """Return the calendar of a situation."""
    carried: dict[LegKey, list[Carrier]] = {}
    for aid in situation.aids:
        usual = Certainty.CONFIRMED if aid.ends_at is not None else Certainty.EXPECTED
        for leg in filter(aid.carries, legs_within(situation.legs, aid.starts_at, aid.ends_at, aid.serving)):
            certainty = aid.grades.get(leg.key, usual)
            carried.setdefault(leg.key, []).append(Carrier(aid.label, aid.icon, aid.step_id, certainty=certainty))
    return calendar(
        days=days_between(from_on, until_on),
        legs=situation.legs,
        means=situation.means,
        carried=carried,
        kind=situation.kind,
        today=today,
    )


def compare(
    situation: Situation,
    change: Change,
    *,
    objective_id: int,
    from_on: date,
    until_on: date,
    now: datetime,
    today: date | None = None,
) -> Outcome:
    """Return what a change would make of the days from now on."""
    before = days_of(situation, from_on=from_on, until_on=until_on, today=today)
    after = days_of(apply(situation, change), from_on=from_on, until_on=until_on, today=today)
    had, has = gap_keys(objective_id, before, now=now), gap_keys(objective_id, after, now=now)
    new, gone = set(has) - set(had), {key.shift_on for key in had} - {key.shift_on for key in has}
    opened_on = {key.shift_on for key in new}
    was = {day.day_on: day for day in before}
    return Outcome(
        before=tuple(before),
        after=tuple(after),
        opened=tuple(day for day in after if day.day_on in opened_on),
        closed=tuple(day for day in after if day.day_on in gone),
        instead=tuple(
            day
            for day in after
            if day.day_on not in opened_on
            and any(leg.at > now for leg in day.legs)
            and day.carriers
            and was[day.day_on].carriers
            and set(_names([day])) != set(_names([was[day.day_on]]))
        ),
        lost=tuple(key for key in has if key in new),
    )


def sentence(outcome: Outcome) -> str:
    """Say what would change, in one or two plain sentences."""
    parts = []
    if outcome.opened:
        many = len(outcome.opened)
        days = "1 jour resterait" if many == 1 else f"{many} jours resteraient"
        parts.append(f"{days} sans solution{_when(outcome.opened)}.")
    if outcome.instead:
        names = ", ".join(_names(outcome.instead)[:NAMED])
        many = len(outcome.instead)
        days = "1 jour serait assuré" if many == 1 else f"{many} jours seraient assurés"
        parts.append(f"{days} autrement, par : {names}.")
    if outcome.closed:
        many = len(outcome.closed)
        days = "1 jour trouverait" if many == 1 else f"{many} jours trouveraient"
        parts.append(f"{days} une solution{_when(outcome.closed)}.")
    if parts:
        return " ".join(parts)
    if any(leg.certain and not leg.carried for day in outcome.after for leg in day.legs):
        return "Rien ne changerait : les mêmes jours restent sans solution."
    return "Rien ne changerait : tous les trajets restent assurés."


def _when(days: Sequence[CoverageDay]) -> str:
    first, last = days[0].day_on, days[-1].day_on
    if first == last:
        return f" : {format_date(first)}"
    return f", du {format_date(first, weekday=False)} au {format_date(last, weekday=False)}"


def _names(days: Iterable[CoverageDay]) -> list[str]:
    return list(dict.fromkeys(carrier.label for day in days for carrier in day.carriers))
