"""What carpooling asks of the staff: problems that somebody told of and nobody has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.carpool.access import visible_members
from mobility.carpool.reports import list_reports
from mobility.core.clock import day_of
from mobility.core.web.access import Actor, Permission
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def reports(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the reports that wait, two queries. They are the desk's, whoever looks."""
    del whose, now
    return [
        Task(
            kind="carpool_report",
            key=f"carpool_report:{one.row.id}",
            title=_("Covoiturage : un problème est signalé"),
            about=one.name,
            url=url_for("carpool.report", report_id=one.row.id),
            due_on=day_of(one.row.at),
        )
        for one in list_reports(visible_members(who, Permission.CARPOOL_EDIT), waiting=True, most=MOST)
    ]


SOURCES = (
    Source(
        "carpool_report",
        "Problèmes de covoiturage",
        "exclamation-triangle",
        Permission.CARPOOL_EDIT,
        reports,
        weight=20,
    ),
)
