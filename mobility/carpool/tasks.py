"""What carpooling asks of the staff: problems that somebody told of, and what other services wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.carpool.access import visible_members
from mobility.carpool.reports import list_reports
from mobility.carpool.standard import listing, mailbox
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


def outside(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the places that other services ask for and the messages that nobody has read, four queries."""
    del whose
    visible = visible_members(who, Permission.CARPOOL_EDIT)
    places = [
        Task(
            kind="carpool_outside",
            key=f"carpool_booking:{card.id}",
            title=_("Covoiturage : un autre service attend une réponse"),
            about=name,
            url=url_for("carpool.outside_place", booking_id=card.id),
            due_on=day_of(card.pickup_at),
        )
        for card, name in listing.list_bookings(visible, now=now, waiting=True)
    ]
    letters = [
        Task(
            kind="carpool_outside",
            key=f"carpool_message:{one.row.id}",
            title=_("Covoiturage : un message d’un autre service"),
            about=one.member,
            url=url_for("carpool.outside_letter", message_id=one.row.id),
            due_on=day_of(one.row.at),
        )
        for one in mailbox.list_letters(visible, waiting=True, most=MOST)
    ]
    return [*places, *letters]


SOURCES = (
    Source(
        "carpool_report",
        "Problèmes de covoiturage",
        "exclamation-triangle",
        Permission.CARPOOL_EDIT,
        reports,
        weight=20,
    ),
    Source("carpool_outside", "Autres services de covoiturage", "share", Permission.CARPOOL_EDIT, outside, weight=15),
)
