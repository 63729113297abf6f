"""The week of an adviser or of a desk, and those who should have been seen again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import and_

from mobility.accounts.queries import staff_of_desks
from mobility.agenda import access, queries
from mobility.agenda.offers import read_day
from mobility.agenda.queries import AppointmentRow
from mobility.agenda.rules import WHY_LABELS
from mobility.agenda.slots import monday_of
from mobility.agenda.views.blueprints import bp
from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices
from mobility.people.access import visible_persons

P = Permission.AGENDA_VIEW
WEEK = timedelta(days=7)
FARTHEST = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week that is shown."""

    on: date
    is_today: bool
    rows: tuple[AppointmentRow, ...]


def _days(monday: date, rows: list[AppointmentRow], today: date) -> list[Day]:
    """Return Monday to Friday, and the week-end's days on which something happens."""
    found = []
    for number in range(7):
        on = monday + timedelta(days=number)
        of_day = tuple(row for row in rows if row.day_on == on)
        if number < 5 or of_day:
            found.append(Day(on, on == today, of_day))
    return found


@bp.get("/agenda")
@requires(P)
def week() -> ResponseReturnValue:
    """Show the week: one's own, a colleague's, or the whole desk's."""
    who = actor()
    today = day_of(now())
    asked = read_day(request.args.get("semaine")) or today
    monday = monday_of(asked if abs(asked - today) < FARTHEST else today)
    desks = desk_choices(who.desk_ids(P))
    team = staff_of_desks([desk_id for desk_id, _name in desks])
    adviser_id = _adviser(request.args.get("qui"), [user.id for user in team], who.user_id)
    desk_ids = [desk_id for desk_id, _name in desks]
    condition = queries.week_condition(desk_ids=desk_ids, adviser_id=adviser_id, monday=monday)
    rows = queries.list_appointments(and_(condition, access.visible_at(who)), known=access.may_know_names(who))
    return render_template(
        "agenda/week.html",
        days=_days(monday, rows, today),
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=(monday - WEEK).isoformat(),
        after=(monday + WEEK).isoformat(),
        this_week=monday_of(today) == monday,
        team=team,
        adviser_id=adviser_id,
        total=len(rows),
        has_types=bool(queries.list_types()),
    )


def _adviser(text: str | None, team: list[int], own_id: int | None) -> int | None:
    """Return whose week is asked for; None for the whole desk's."""
    if text == "tous":
        return None
    if text and text.isdecimal() and len(text) < 10 and int(text) in team:
        return int(text)
    return own_id if own_id in team else None


@bp.get("/agenda/a-revoir")
@requires(P)
def lapsed() -> ResponseReturnValue:
    """List those who have no appointment ahead although their time has come."""
    who = actor()
    found = queries.list_lapsed(visible=visible_persons(who), now=now())
    return render_template(
        "agenda/lapsed.html", found=found, desks=dict(desk_choices()), today=day_of(now()), why=WHY_LABELS
    )
