"""What the inbox asks of the staff: orientations to answer, first meetings to make in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _

from mobility.core.clock import day_of
from mobility.core.web.access import Actor, Permission
from mobility.prescriptions import parameters
from mobility.prescriptions.access import visible
from mobility.prescriptions.home import words_left
from mobility.prescriptions.kinds import Age
from mobility.prescriptions.queries.inbox import InboxRow, list_waiting
from mobility.prescriptions.rules.states import UNDECIDED, State
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def first_steps(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return what waits for an answer, for a first meeting, or for an earlier one; two queries.

    Adviser: what they have in hand and what nobody has. A meeting that is booked in time asks for nothing.
    """
    today = day_of(now)
    rows = list_waiting(
        visible=visible(who), for_user=who.user_id if whose is Whose.MINE else None, on=today, limit=MOST
    )
    answer_days = parameters.nudge_days(on=today, desk_id=None)
    return [
        Task(
            kind="orientation",
            key=f"orientation:{row.id}",
            title=_verb(row),
            about=row.person_name,
            detail=", ".join(
                part for part in (row.organisation_name, words_left(row.days_left, late=row.age is Age.LATE)) if part
            ),
            url=url_for("prescriptions.show", prescription_id=row.id),
            due_on=_due_on(row, answer_days),
            whose=row.assignee_name,
        )
        for row in rows
        if row.state is not State.MEETING_BOOKED or row.missed or row.age is Age.LATE
    ]


def _verb(row: InboxRow) -> str:
    if row.state is State.WAITING_INFO:
        return str(_("Orientation : le prescripteur n’a pas encore répondu"))
    if row.state in UNDECIDED:
        return str(_("Répondre à une orientation"))
    if row.state is State.ACCEPTED:
        return str(_("Prendre le premier rendez-vous"))
    if row.missed:
        return str(_("Pas venue au premier rendez-vous : en proposer un autre"))
    return str(_("Avancer le premier rendez-vous"))


def _due_on(row: InboxRow, answer_days: int) -> date:
    """Return by when: an answer is owed within days, whatever the day of the first meeting."""
    if row.state in UNDECIDED and row.state is not State.WAITING_INFO:
        return min(row.due_on, row.received_on + timedelta(days=answer_days))
    return row.due_on


SOURCES = (Source("orientation", "Orientations", "inbox", Permission.PRESCRIPTION_VIEW, first_steps, weight=10),)
