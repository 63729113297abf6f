"""Tasks and their order. Nothing is ticked: a task stands while what asks for it stands.

A task is a fact of a room (a meeting without its report, a call that is owed) with the day by which it should be
done. One order for all: what is late first, the longest wait first; what has no day comes last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# How far a task may be put off, in days.
LONGEST_DELAY_DAYS = 14
SOON_DAYS = 7


class Urgency(StrEnum):
    """How pressing a task is; the order of the members is that of the list."""

    LATE = "late"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"


URGENCY_LABELS: dict[Urgency, str] = {
    Urgency.LATE: "En retard",
    Urgency.TODAY: "Aujourd’hui",
    Urgency.SOON: "Dans les 7 jours",
    Urgency.LATER: "Plus tard",
}
URGENCY_TONES: dict[Urgency, tuple[str, str]] = {
    Urgency.LATE: ("danger", "exclamation-triangle"),
    Urgency.TODAY: ("warning", "clock"),
    Urgency.SOON: ("info", "calendar-week"),
    Urgency.LATER: ("neutral", "calendar"),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: a verb, about whom or what, where to do it, and by when.

    ``key`` names the fact behind it and stays the same while it stands: « lapsed:12 ». ``due_on`` is a day of Paris,
    None where nothing presses. ``whose`` is who should do it, for the lists of a team.
    """

    kind: str
    key: str
    title: str
    url: str
    about: str = ""
    detail: str = ""
    due_on: date | None = None
    whose: str = ""


def urgency_of(due_on: date | None, *, today: date) -> Urgency:
    """Say how pressing a day is."""
    if due_on is None:
        return Urgency.LATER
    if due_on < today:
        return Urgency.LATE
    if due_on == today:
        return Urgency.TODAY
    return Urgency.SOON if due_on <= today + timedelta(days=SOON_DAYS) else Urgency.LATER


def in_order(tasks: Iterable[Task], *, weights: dict[str, int]) -> list[Task]:
    """Return the tasks, the first to do first: by day, then by the weight of their kind (small first), then by name.

    Every task is there once: a key that comes twice keeps its first one.
    """
    ordered = sorted(
        tasks,
        key=lambda task: (
            task.due_on is None,
            task.due_on or date.max,
            weights.get(task.kind, 100),
            task.about,
            task.key,
        ),
    )
    first: dict[str, Task] = {}
    for task in ordered:
        first.setdefault(task.key, task)
    return list(first.values())


def without_put_off(tasks: Iterable[Task], *, put_off: Collection[str]) -> list[Task]:
    """Return the tasks that were not put off."""
    return [task for task in tasks if task.key not in put_off]


def by_urgency(tasks: Sequence[Task], *, today: date) -> list[tuple[Urgency, list[Task]]]:
    """Return the ordered tasks in groups, the most pressing first; no empty group."""
    groups: dict[Urgency, list[Task]] = {urgency: [] for urgency in Urgency}
    for task in tasks:
        groups[urgency_of(task.due_on, today=today)].append(task)
    return [(urgency, group) for urgency, group in groups.items() if group]


def latest_delay(today: date) -> date:
    """Return the last day to which something may be put off."""
    return today + timedelta(days=LONGEST_DELAY_DAYS)
