"""What other rooms may hear of: the pathway calls them in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mobility.pathway.costs import Cost
from mobility.pathway.coverage import Certainty, LegKey


@dataclass(frozen=True)
class ObjectiveMoved:
    """An objective's dates changed. ``actor_id`` is None when the machine did it."""

    objective_id: int
    person_id: int
    starts_before_on: date
    ends_before_on: date | None
    starts_on: date
    ends_on: date | None
    actor_id: int | None
    now: datetime


Listener = Callable[[ObjectiveMoved], None]
_ON_OBJECTIVE_MOVED: list[Listener] = []


def on_objective_moved(listener: Listener) -> Listener:
    """Register a listener (usable as a decorator); registering twice changes nothing."""
    if listener not in _ON_OBJECTIVE_MOVED:
        _ON_OBJECTIVE_MOVED.append(listener)
    return listener


def objective_moved(event: ObjectiveMoved) -> None:
    """Tell every listener, inside the transaction that moved the dates: one refusal refuses the whole."""
    for listener in tuple(_ON_OBJECTIVE_MOVED):
        listener(event)


def forget_listener(listener: Listener) -> None:
    """Take a listener away; nothing when it was never there."""
    if listener in _ON_OBJECTIVE_MOVED:
        _ON_OBJECTIVE_MOVED.remove(listener)


# Which of the legs within a row's window it truly carries; ``ref`` is the row's id.
Chooser = Callable[[int, Collection[LegKey], datetime], frozenset[LegKey]]
_CHOOSERS: dict[str, Chooser] = {}


def choose_legs(aid_kind: str, chooser: Chooser) -> None:
    """Have an aid say which legs of its window it carries: a driver who does not work on Fridays. Without, all of them."""
    _CHOOSERS[aid_kind] = chooser


def chooses(aid_kind: str) -> bool:
    """Tell whether an aid says which legs of its window it carries."""
    return aid_kind in _CHOOSERS


def chosen_legs(aid_kind: str, ref: int | None, legs: Collection[LegKey], now: datetime) -> frozenset[LegKey]:
    """Return the legs that a row carries among those of its window."""
    chooser = _CHOOSERS.get(aid_kind)
    if chooser is None or ref is None or not legs:
        return frozenset(legs)
    return chooser(ref, legs, now) & frozenset(legs)


# By row of an aid, the legs that it carries in; out, how surely it carries them.
Grader = Callable[[Mapping[int, Collection[LegKey]]], Mapping[int, Mapping[LegKey, Certainty]]]
_GRADERS: dict[str, Grader] = {}


def grade_legs(aid_kind: str, grader: Grader) -> None:
    """Have an aid say how surely it carries each leg: a place that is held, or a day that is only agreed.

    The grader makes a constant number of queries. A leg that it leaves out is as sure as its step: booked up to an end,
    expected without one. It grades what is carried, and carries nothing more or less by it.
    """
    _GRADERS[aid_kind] = grader


def grades(aid_kind: str) -> bool:
    """Tell whether an aid says of each leg how surely it carries it."""
    return aid_kind in _GRADERS


def leg_grades(aid_kind: str, legs: Mapping[int, Collection[LegKey]]) -> Mapping[int, Mapping[LegKey, Certainty]]:
    """Return how surely rows of an aid carry legs, by row; nothing for an aid that does not say."""
    grader = _GRADERS.get(aid_kind)
    return {} if grader is None or not legs else grader(legs)


# By row of an aid, the legs that it carries in; out, what is paid for it day by day.
Pricer = Callable[[Mapping[int, Collection[LegKey]]], Mapping[int, Mapping[date, Cost]]]
_PRICERS: dict[str, Pricer] = {}


def price_days(aid_kind: str, pricer: Pricer) -> None:
    """Have an aid say what is paid on which day: by the journey, or by the month, not once for the whole.

    The pricer makes a constant number of queries; a row that it leaves out costs nothing beside its step.
    """
    _PRICERS[aid_kind] = pricer


def priced_kinds() -> frozenset[str]:
    """Return the kinds of aids that are paid day by day."""
    return frozenset(_PRICERS)


def day_prices(aid_kind: str, legs: Mapping[int, Collection[LegKey]]) -> Mapping[int, Mapping[date, Cost]]:
    """Return what is paid day by day for rows of an aid, by row; nothing for an aid that is paid as a whole."""
    pricer = _PRICERS.get(aid_kind)
    return {} if pricer is None or not legs else pricer(legs)
