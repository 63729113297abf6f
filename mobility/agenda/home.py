"""The first page of staff: whom they receive today, what they have not closed, who should be seen again."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import and_

from mobility.accounts.home import HomeItem, HomePanel
from mobility.agenda import access, queries
from mobility.agenda.models import Appointment, Attendance
from mobility.agenda.rules import AppointmentState, AttendanceState
from mobility.core.clock import day_of, end_of, format_date, format_time, start_of
from mobility.core.web.access import Actor, Permission
from mobility.people.access import visible_persons

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


def to_close_panel(who: Actor, now: datetime) -> HomePanel | None:
    """Return the actor's appointments that are over and say neither who came nor what follows; one query."""
    visits = queries.list_visits(
        and_(
            Appointment.adviser_id == (who.user_id or 0),
            Attendance.state == AttendanceState.EXPECTED,
            Attendance.ends_at < now,
        ),
        limit=50,
    )
    if not visits:
        return None
    return HomePanel(
        title="Rendez-vous sans bilan",
        icon="clipboard-x",
        total=len(visits),
        items=tuple(
            HomeItem(
                f"{format_date(day_of(visit.attendance.starts_at))} – {visit.meeting.label}",
                url_for("agenda.close", attendance_id=visit.attendance.id),
                late=True,
            )
            for visit in visits[:SHOWN]
        ),
        url=url_for("agenda.week"),
        empty="Tous les bilans sont faits.",
        order=15,
    )


def lapsed_panel(who: Actor, now: datetime) -> HomePanel | None:
    """Return those whom nobody sees again; nothing where there is none."""
    found = queries.list_lapsed(visible=visible_persons(who, Permission.AGENDA_VIEW), now=now)
    if not found:
        return None
    return HomePanel(
        title="À revoir : pas de prochain rendez-vous",
        icon="person-exclamation",
        total=len(found),
        items=tuple(
            HomeItem(
                f"{one.name} – à revoir {format_date(one.due_on, weekday=False)}",
                url_for("agenda.book", person_id=one.person_id),
                late=True,
            )
            for one in found[:SHOWN]
        ),
        url=url_for("agenda.lapsed"),
        empty="Tout le monde a un prochain rendez-vous.",
        order=20,
    )
