"""What the inbox asks of the staff: orientations to answer, first meetings to make in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _

from mobility.core.clock import day_of, format_date
from mobility.core.db import load
from mobility.core.web.access import Actor, Permission
from mobility.people.models import Person
from mobility.prescriptions import parameters
from mobility.prescriptions.access import visible
from mobility.prescriptions.home import words_left
from mobility.prescriptions.kinds import Age
from mobility.prescriptions.queries.inbox import InboxRow, list_waiting
from mobility.prescriptions.queries.meetings import online_first_type
from mobility.prescriptions.queries.of_person import Orientation, orientations_of
from mobility.prescriptions.rules.states import UNDECIDED, State
from mobility.todo.own import OwnTask
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
            detail=", ".join(part for part in (row.organisation_name, _meeting_due(row)) if part),
            url=url_for("prescriptions.show", prescription_id=row.id),
            due_on=_due_on(row, answer_days),
            whose=row.assignee_name,
        )
        for row in rows
        if row.state is not State.MEETING_BOOKED or row.missed or row.age is Age.LATE
    ]


def own(person_id: int, now: datetime) -> Sequence[OwnTask]:
    """Return the first meeting that the person chooses; three queries at most."""
    orientations = orientations_of(person_id, on=day_of(now), for_person=True)
    waiting = next((one for one in orientations if one.waits), None)
    url = choose_url(orientations, load(Person, person_id).desk_id)
    if waiting is None or not url:
        return []
    return [
        OwnTask(
            title=_("Choisir mon premier rendez-vous"),
            detail=_("Avant le %(day)s", day=format_date(waiting.due_on)),
            url=url,
            icon="calendar-plus",
        )
    ]


def choose_url(orientations: Sequence[Orientation], desk_id: int) -> str:
    """Return where the person chooses their first meeting; empty where there is none to choose at their desk."""
    if not any(one.waits and one.desk_id == desk_id for one in orientations):
        return ""
    meeting = online_first_type(desk_id)
    return url_for("my_agenda.book", type_id=meeting.id) if meeting is not None else ""


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


def _meeting_due(row: InboxRow) -> str:
    """Return « premier rendez-vous : il reste 12 jours »: the day of the task may be that of an answer, which is sooner."""
    return str(_("premier rendez-vous : %(left)s", left=words_left(row.days_left, late=row.age is Age.LATE)))


def _due_on(row: InboxRow, answer_days: int) -> date:
    """Return by when: an answer is owed within days, whatever the day of the first meeting."""
    if row.state in UNDECIDED and row.state is not State.WAITING_INFO:
        return min(row.due_on, row.received_on + timedelta(days=answer_days))
    return row.due_on


SOURCES = (Source("orientation", "Orientations", "inbox", Permission.PRESCRIPTION_VIEW, first_steps, weight=10),)
