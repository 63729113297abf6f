"""Pickups and returns that the desk moves because it is closed then."""

from __future__ import annotations

import math
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import in_paris, now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.models import Desk
from mobility.desks.queries import desk_choices, get_calendar, position_of, reachable_desks
from mobility.desks.rules import misses
from mobility.loans import access, services
from mobility.loans.forms import DeskForm, MoveForm
from mobility.loans.queries import pages
from mobility.loans.queries.appointments import MOMENT_LABELS, PICKUP, RETURN, list_to_move, why_closed
from mobility.loans.rules.reschedule import other_times
from mobility.loans.rules.states import LOANS, LoanAction
from mobility.loans.views.blueprints import bp
from mobility.notifications.kinds import HOLDER_LABELS, Channel
from mobility.notifications.queries import list_points
from mobility.people.models import Person

P = Permission.LOAN_APPROVE


@bp.get("/prets/a-deplacer")
@requires(P)
def to_move() -> ResponseReturnValue:
    """List the pickups and returns at which the desk is closed."""
    who = actor()
    choices = desk_choices(who.desk_ids(P))
    desk_id = request.args.get("antenne", type=int)
    asked = [desk_id] if desk_id in dict(choices) and desk_id is not None else None
    return render_template(
        "loans/to_move.html",
        found=list_to_move(visible=access.visible_loans(who, P), now=now(), desk_ids=asked),
        desks=choices,
    )


@bp.route("/prets/<int:loan_id>/deplacer/<any(depart, retour):moment>", methods=["GET", "POST"])
@requires(P, loan="loan_id")
def reschedule(loan_id: int, moment: str) -> ResponseReturnValue:
    """Give a pickup or a return another time; the nearest openings are proposed, the desk decides."""
    card = pages.get_loan_card(loan_id, now=now())
    if card.desk.archived_at is not None:
        return redirect(url_for("loans.change_desk", loan_id=loan_id), 303)
    at = card.loan.start_at if moment == PICKUP else card.loan.due_at
    form = MoveForm()

    def act() -> None:
        common = {"loan_id": loan_id, "actor_id": actor().user_id, "now": now(), "version": form.typed_version()}
        if moment == PICKUP:
            services.move_pickup(start_at=form.instant(), **common)  # type: ignore[arg-type]
        else:
            services.move_return(due_at=form.instant(), **common)  # type: ignore[arg-type]

    if form.submits(act):
        flash(_("Le rendez-vous est déplacé : la personne est prévenue."), "success")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    if not LOANS.allows(card.loan.state, LoanAction.RESCHEDULE) or (moment == PICKUP and card.loan.departed_at):
        flash(_("Ce rendez-vous ne peut plus être déplacé."), "info")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    calendar = get_calendar(card.loan.desk_id)
    at_closing = moment == RETURN
    times = other_times(calendar, at, at_closing=at_closing, now=now())
    if not form.is_submitted():
        form.show_version(card.loan)
        form.propose(_asked_time(times) or at)
    page = render_template(
        "loans/reschedule.html",
        form=form,
        card=card,
        loan=card.loan,
        moment=moment,
        label=MOMENT_LABELS[moment],
        at=at,
        why=why_closed(calendar, at) if misses(calendar, at, at_closing=at_closing) else "",
        times=[(time, f"{in_paris(time):%Y-%m-%dT%H:%M}") for time in times],
        reasons=getattr(form.violation, "reasons", ()),
        phones=_phones(card.loan.person_id),
    )
    return page, form.status


@bp.route("/prets/<int:loan_id>/antenne", methods=["GET", "POST"])
@requires(P, loan="loan_id")
def change_desk(loan_id: int) -> ResponseReturnValue:
    """Hand a loan of an archived desk over to another one."""
    card = pages.get_loan_card(loan_id, now=now())
    form = DeskForm()
    form.desk_id.choices = _nearest_first(card.desk)

    def act() -> None:
        services.move_desk(
            loan_id=loan_id,
            desk_id=form.desk_id.data,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("L’antenne est changée : la personne est prévenue."), "success")
        # Whoever hands a loan over to another team may not see it any more.
        return redirect(url_for("loans.to_move"), 303)
    if card.desk.archived_at is None or not LOANS.allows(card.loan.state, LoanAction.RESCHEDULE):
        flash(_("L’antenne de ce prêt ne peut pas être changée."), "info")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    if not form.is_submitted():
        form.show_version(card.loan)
    phones = _phones(card.loan.person_id)
    return render_template("loans/change_desk.html", form=form, card=card, loan=card.loan, phones=phones), form.status


def _nearest_first(gone: Desk) -> list[tuple[int, str]]:
    """Return the desks that may take over, the nearest to the one that closed first, those of unknown place last."""
    near = reachable_desks(gone.insee_code, reach_km=math.inf, position=position_of(gone))
    order = {found.desk.id: rank for rank, found in enumerate(near)}
    return sorted(desk_choices(), key=lambda choice: order.get(choice[0], len(order)))


def _asked_time(times: tuple[datetime, ...]) -> datetime | None:
    """Return the proposal that the address asks for, else the last one: the next opening."""
    asked = request.args.get("heure", "")
    chosen = [time for time in times if f"{in_paris(time):%Y-%m-%dT%H:%M}" == asked]
    return next(reversed(chosen or times), None)


def _phones(person_id: int) -> list[tuple[str, str]]:
    """Return (number, whose) of the person's phones."""
    points = list_points(load(Person, person_id).recipient_id)
    return [(point.value, HOLDER_LABELS[point.holder]) for point in points if point.channel is Channel.SMS]
