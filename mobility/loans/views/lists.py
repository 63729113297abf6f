"""The desk's lists: its day, its loans, what waits for an answer."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from mobility.core.clock import now, today
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number
from mobility.desks.queries import desk_choices, get_calendar
from mobility.loans import access, services
from mobility.loans.forms import ConfirmForm
from mobility.loans.models import DeskDay
from mobility.loans.queries import pages
from mobility.loans.queries.board import get_day_board
from mobility.loans.rules.states import STATE_LABELS, LoanState
from mobility.loans.views.blueprints import bp


def _asked_desk(choices: list[tuple[int, str]]) -> int | None:
    asked = request.args.get("antenne", type=int)
    ids = [desk_id for desk_id, _name in choices]
    return asked if asked in ids else (ids[0] if ids else None)


def _asked_day() -> date:
    try:
        asked = date.fromisoformat(request.args.get("jour", ""))
    except ValueError:
        return today()
    return asked if 2000 <= asked.year <= 2100 else today()


def _closing(desk_id: int, day: date) -> DeskDay | None:
    return db.session.scalar(select(DeskDay).where(DeskDay.desk_id == desk_id, DeskDay.day_on == day))


@bp.get("/prets/journee")
@requires(Permission.DAY_BOARD_VIEW)
def day_board() -> ResponseReturnValue:
    """Show a desk's day: departures, returns, what is late, what waits."""
    who = actor()
    choices = desk_choices(who.desk_ids(Permission.DAY_BOARD_VIEW))
    desk_id, day = _asked_desk(choices), _asked_day()
    if desk_id is None:
        return render_template("loans/day_board_none.html")
    calendar = get_calendar(desk_id)
    visible = access.visible_loans(who, Permission.DAY_BOARD_VIEW)
    may_close = access.may_touch_desk(who, Permission.DAY_BOARD_CLOSE, desk_id)
    closing = _closing(desk_id, day)
    return render_template(
        "loans/day_board.html",
        board=get_day_board(desk_id=desk_id, day=day, visible=visible),
        desks=choices,
        desk_id=desk_id,
        desk_name=dict(choices)[desk_id],
        day=day,
        today=today(),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        hours=calendar.hours_on(day),
        why_closed=calendar.reason_closed(day),
        closing=closing,
        may_close=may_close and closing is None and day <= today() and calendar.is_open_day(day),
        form=ConfirmForm(),
    )


@bp.post("/prets/journee/<int:desk_id>/<day>/cloturer")
@requires(Permission.DAY_BOARD_CLOSE, desk="desk_id")
def close_day(desk_id: int, day: str) -> ResponseReturnValue:
    """Close a day: what is not back is late from now on."""
    try:
        day_on = date.fromisoformat(day)
    except ValueError:
        raise NotFound("day") from None
    form = ConfirmForm()
    if form.submits(lambda: services.close_day(desk_id=desk_id, day_on=day_on, actor_id=actor().user_id, now=now())):
        late = int(form.result or 0)
        flash(
            ngettext(
                "La journée est clôturée : %(num)s prêt est en retard.",
                "La journée est clôturée : %(num)s prêts sont en retard.",
                late,
            )
            if late
            else _("La journée est clôturée. Tout est rentré."),
            "warning" if late else "success",
        )
    else:
        flash(" ".join(message for _field, _label, message in form.errors_summary), "danger")
    return redirect(url_for("loans.day_board", antenne=desk_id, jour=day_on.isoformat()), 303)


@bp.get("/prets")
@requires(Permission.LOAN_VIEW)
def index() -> ResponseReturnValue:
    """List the loans."""
    who = actor()
    raw = request.args.get("etat", "")
    choices = desk_choices(who.desk_ids(Permission.LOAN_VIEW))
    desk_id = request.args.get("antenne", type=int)
    page = pages.page_of_loans(
        visible=access.visible_loans(who),
        state=LoanState(raw) if raw in set(LoanState) else None,
        desk_id=desk_id if desk_id in dict(choices) else None,
        person_id=None,
        number=page_number(),
    )
    return render_template(
        "loans/list.html",
        page=page,
        desks=choices,
        states=list(STATE_LABELS.items()),
        may_book=who.permits(Permission.LOAN_BOOK),
    )


@bp.get("/prets/a-accepter")
@requires(Permission.LOAN_APPROVE)
def queue() -> ResponseReturnValue:
    """List what waits for an answer: requests, and other ends."""
    visible = access.visible_loans(actor(), Permission.LOAN_APPROVE)
    return render_template(
        "loans/queue.html",
        requests=pages.waiting_requests(visible),
        extensions=pages.waiting_extensions(visible),
    )
