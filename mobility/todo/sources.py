"""Rooms bring sources of tasks; the list asks each one that concerns somebody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Flask, current_app

from mobility.core.web.access import Actor, Permission
from mobility.todo.rules import Task

# A source gives at most so many: a list that nobody can read to its end helps nobody.
MOST = 100
_KEY = "mobility.todo"


class Whose(StrEnum):
    """Whose tasks are asked for: one's own, or those of the team that one answers for."""

    MINE = "mine"
    TEAM = "team"


WHOSE_LABELS: dict[Whose, str] = {Whose.MINE: "À moi", Whose.TEAM: "Toute l’antenne"}


@dataclass(frozen=True, slots=True)
class Source:
    """One rule of one room. ``find`` makes a constant number of queries and gives at most ``MOST`` tasks.

    ``weight`` sorts what is due on the same day, small first. ``permission`` says whom it concerns.
    """

    kind: str
    label: str
    icon: str
    permission: Permission
    find: Callable[[Actor, Whose, datetime], Sequence[Task]]
    weight: int = 100


def register(app: Flask, *sources: Source) -> None:
    """Let a room bring its rules; the same kind replaces itself."""
    known: dict[str, Source] = app.extensions.setdefault(_KEY, {})
    for source in sources:
        known[source.kind] = source


def sources_for(who: Actor) -> list[Source]:
    """Return the sources that concern somebody, in the order of their weight."""
    known: dict[str, Source] = current_app.extensions.get(_KEY, {})
    return sorted(
        (one for one in known.values() if who.permits(one.permission)), key=lambda one: (one.weight, one.kind)
    )
