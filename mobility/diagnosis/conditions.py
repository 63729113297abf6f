"""Conditions over answers: « the licence is suspended, and there is no bus ».

A condition is a small tree read from the questionnaire's file. It is total (whatever the answers are, it has a value)
and knows three values: an unanswered item is neither yes nor no. So what holds with few answers still holds with
more, and nobody is told of a barrier because they were not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Is:
    """The answer to a choice is one of these codes."""

    item: str
    codes: frozenset[str]

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return True, False, or None while unknown."""
        given = answers.get(self.item)
        return None if given is None else given in self.codes


@dataclass(frozen=True, slots=True)
class Has:
    """Among several answers there is one of these codes."""

    item: str
    codes: frozenset[str]

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return True, False, or None while unknown."""
        given = answers.get(self.item)
        return None if given is None else not self.codes.isdisjoint(given)


@dataclass(frozen=True, slots=True)
class Within:
    """A number (or an amount in cents) lies within bounds; None is no bound."""

    item: str
    low: int | None
    high: int | None

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return True, False, or None while unknown."""
        given = answers.get(self.item)
        if given is None:
            return None
        return (self.low is None or given >= self.low) and (self.high is None or given <= self.high)


@dataclass(frozen=True, slots=True)
class Soon:
    """A date comes within that many days; a past one does not."""

    item: str
    days: int

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return True, False, or None while unknown."""
        given = answers.get(self.item)
        return None if given is None else 0 <= (date.fromisoformat(given) - today).days <= self.days


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of them holds."""

    of: tuple[Condition, ...]

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return False as soon as one does not hold, else None while one is unknown."""
        values = {one.holds(answers, today) for one in self.of}
        return False if False in values else None if None in values else True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them holds."""

    of: tuple[Condition, ...]

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return True as soon as one holds, else None while one is unknown."""
        values = {one.holds(answers, today) for one in self.of}
        return True if True in values else None if None in values else False


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold; what is unknown stays unknown."""

    of: Condition

    def holds(self, answers: Answers, today: date) -> bool | None:
        """Return the opposite."""
        value = self.of.holds(answers, today)
        return None if value is None else not value


Condition = Is | Has | Within | Soon | AllOf | AnyOf | Not


def items_in(condition: Condition) -> frozenset[str]:
    """Return the items that a condition asks about."""
    match condition:
        case AllOf(of) | AnyOf(of):
            return frozenset().union(*(items_in(one) for one in of))
        case Not(one):
            return items_in(one)
        case _:
            return frozenset({condition.item})
