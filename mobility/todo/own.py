"""What somebody who is accompanied has to do next: rooms bring it, and one thing comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app

# What is due within two days comes before everything else.
PRESSING = timedelta(days=2)
_KEY = "mobility.todo.own"


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One line of « À faire maintenant », in the person's own words.

    ``waits``: it waits for the person to act; a meeting ahead only waits for its day.
    """

    title: str
    url: str
    icon: str
    detail: str = ""
    due_at: datetime | None = None
    waits: bool = True


def in_order(tasks: Iterable[OwnTask], *, now: datetime) -> list[OwnTask]:
    """Return the tasks, the one to do now first: what presses by its hour, then what waits for the person, then the rest."""

    def place(task: OwnTask) -> tuple[int, float]:
        due = task.due_at.timestamp() if task.due_at is not None else float("inf")
        if task.due_at is not None and task.due_at <= now + PRESSING:
            return 0, due
        return (1 if task.waits else 2), due

    return sorted(tasks, key=place)


Finder = Callable[[int, datetime], Sequence[OwnTask]]


def register(app: Flask, *finders: Finder) -> None:
    """Let a room bring what it asks of a person; each answers in a constant number of queries."""
    app.extensions.setdefault(_KEY, []).extend(finders)


def own_tasks(person_id: int, *, now: datetime) -> list[OwnTask]:
    """Return what the rooms ask of a person, in no order."""
    finders: list[Finder] = current_app.extensions.get(_KEY, [])
    return [task for finder in finders for task in finder(person_id, now)]
