"""The first page of staff: whom they receive today."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import and_

from mobility.accounts.home import HomeItem, HomePanel
from mobility.agenda import access, queries
from mobility.agenda.models import Appointment
from mobility.agenda.queries import resources
from mobility.agenda.rules import AppointmentState
from mobility.agenda.services.resources import WORRY_FOR
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


def visits_out_panel(who: Actor, now: datetime) -> HomePanel | None:
    """Return the actor's home visits from which they have not said to be back; one query."""
    rows = resources.own_visits_out(who.user_id or 0, now=now, within=WORRY_FOR)
    if not rows:
        return None
    return HomePanel(
        title="Visite à domicile : dites que vous êtes rentré(e)",
        icon="house-check",
        total=len(rows),
        items=tuple(
            HomeItem(f"Visite jusqu’à {format_time(row.ends_at)}", url_for("agenda.visits_out")) for row in rows[:SHOWN]
        ),
        url=url_for("agenda.visits_out"),
        empty="",
        order=5,
    )
