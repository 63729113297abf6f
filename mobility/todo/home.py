"""The first page of staff: what to do first."""

from __future__ import annotations

from datetime import datetime

from flask import url_for

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of
from mobility.core.web.access import Actor
from mobility.todo.queries import list_tasks
from mobility.todo.rules import Urgency, urgency_of
from mobility.todo.sources import Whose

SHOWN = 8


def todo_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the first tasks of the actor."""
    found = list_tasks(who, whose=Whose.MINE, now=now)
    today = day_of(now)
    return HomePanel(
        title="À faire",
        icon="check2-square",
        total=len(found.tasks),
        items=tuple(
            HomeItem(
                " – ".join(part for part in (task.title, task.about, task.detail) if part),
                task.url,
                late=urgency_of(task.due_on, today=today) is Urgency.LATE,
            )
            for task in found.tasks[:SHOWN]
        ),
        url=url_for("todo.index"),
        empty="Rien ne vous attend : tout est fait.",
        order=1,
    )
