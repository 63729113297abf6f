"""The first page of staff: whom they receive today."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import and_

from mobility.accounts.home import HomeItem, HomePanel
from mobility.agenda import access, queries
from mobility.agenda.models import Appointment
from mobility.agenda.rules import AppointmentState
from mobility.core.clock import day_of, end_of, format_time, start_of
from mobility.core.web.access import Actor

SHOWN = 6


def today_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the actor's own appointments of the day; two queries."""
    today = day_of(now)
    rows = queries.list_appointments(
        and_(
            Appointment.adviser_id == (who.user_id or 0),
            Appointment.starts_at >= start_of(today),
            Appointment.starts_at < end_of(today),
            Appointment.state != AppointmentState.CANCELLED,
        ),
        known=access.may_know_names(who),
    )
    items = tuple(
        HomeItem(
            f"{format_time(row.starts_at)} {row.type_label} – {', '.join(guest.name for guest in row.guests if guest.name)}",
            url_for("agenda.visit", attendance_id=row.guests[0].attendance_id)
            if len(row.guests) == 1 and row.seats == 1
            else url_for("agenda.week"),
        )
        for row in rows[:SHOWN]
    )
    return HomePanel(
        title="Mes rendez-vous du jour",
        icon="calendar-week",
        total=len(rows),
        items=items,
        url=url_for("agenda.week"),
        empty="Aucun rendez-vous aujourd’hui.",
        order=10,
    )
