"""What loans ask of a desk: its team shares them, so that everybody's list has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.core.clock import day_of, format_instant
from mobility.core.web.access import Actor, Permission
from mobility.loans.access import visible_loans
from mobility.loans.models import Loan
from mobility.loans.queries.appointments import list_to_move
from mobility.loans.queries.board import list_to_check
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows, waiting_extensions, waiting_requests
from mobility.loans.rules.states import LoanState
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def _detail(row: LoanRow, *more: str) -> str:
    return ", ".join((row.vehicle_name, *more))


def requests(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the requests for a vehicle, or for more time, that wait for an answer; two queries."""
    del whose, now
    visible = visible_loans(who, Permission.LOAN_APPROVE)
    loans = [
        Task(
            kind="loan_request",
            key=f"loan_request:{row.id}",
            title=_("Répondre à une demande de prêt"),
            about=row.person_name,
            detail=_detail(row, format_instant(row.start_at)),
            url=url_for("loans.show", loan_id=row.id),
            due_on=day_of(row.start_at),
        )
        for row in waiting_requests(visible)
    ]
    more_time = [
        Task(
            kind="loan_request",
            key=f"loan_extension:{one.request.id}",
            title=_("Répondre à une demande de prolongation"),
            about=one.row.person_name,
            detail=_detail(one.row, _("jusqu’au %(when)s", when=format_instant(one.request.new_due_at))),
            url=url_for("loans.show", loan_id=one.row.id),
            due_on=day_of(one.row.due_at),
        )
        for one in waiting_extensions(visible)
    ]
    return (loans + more_time)[:MOST]


def checks(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return what borrowers noted alone at the key box, to be checked; one query."""
    del whose, now
    return [
        Task(
            kind="loan_check",
            key=f"loan_check:{one.row.id}:{one.word}",
            title=_("Vérifier ce qui a été noté à la boîte à clés"),
            about=one.row.person_name,
            detail=_detail(one.row, f"{one.label.lower()} {format_instant(one.at)}"),
            url=url_for("loans.check_inspection", loan_id=one.row.id, moment=one.word),
            due_on=day_of(one.at),
        )
        for one in list_to_check(visible_loans(who, Permission.LOAN_HANDOVER))[:MOST]
    ]


def moves(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the pickups and returns at which the desk is closed; five queries."""
    del whose
    return [
        Task(
            kind="loan_move",
            key=f"loan_move:{one.row.id}:{one.moment}",
            title=_("Déplacer une remise : antenne fermée"),
            about=one.row.person_name,
            detail=_detail(one.row, format_instant(one.at), one.why),
            url=url_for("loans.reschedule", loan_id=one.row.id, moment=one.moment),
            due_on=day_of(one.at),
        )
        for one in list_to_move(visible=visible_loans(who, Permission.LOAN_APPROVE), now=now)[:MOST]
    ]


def late(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the vehicles that are not back; one query."""
    del whose, now
    rows = list_rows(
        select_rows(visible_loans(who), Loan.state == LoanState.OVERDUE).order_by(Loan.due_at, Loan.id).limit(MOST)
    )
    return [
        Task(
            kind="loan_late",
            key=f"loan_late:{row.id}",
            title=_("Véhicule en retard : appeler"),
            about=row.person_name,
            detail=_detail(row, format_instant(row.due_at)),
            url=url_for("loans.show", loan_id=row.id),
            due_on=day_of(row.due_at),
        )
        for row in rows
    ]


SOURCES = (
    Source("loan_late", "Véhicules en retard", "exclamation-triangle", Permission.LOAN_VIEW, late, weight=5),
    Source("loan_request", "Demandes de prêt", "inbox", Permission.LOAN_APPROVE, requests, weight=12),
    Source("loan_move", "Remises à déplacer", "calendar-x", Permission.LOAN_APPROVE, moves, weight=14),
    Source("loan_check", "Boîte à clés", "clipboard-check", Permission.LOAN_HANDOVER, checks, weight=40),
)
