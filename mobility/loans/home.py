"""The first page of staff: what loans ask of them today."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import or_

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of, end_of, format_instant, format_time, start_of
from mobility.core.web.access import Actor, Permission
from mobility.loans.access import visible_loans
from mobility.loans.models import Loan
from mobility.loans.queries.appointments import list_to_move
from mobility.loans.queries.board import list_to_check
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows, waiting_extensions, waiting_requests
from mobility.loans.rules.states import LoanState

SHOWN = 6
LEAVING = (LoanState.APPROVED, LoanState.CONTRACTED)
ON_THE_ROAD = (LoanState.OUT, LoanState.OVERDUE)


def _item(row: LoanRow, text: str, *, late: bool = False) -> HomeItem:
    return HomeItem(f"{text} – {row.person_name}, {row.vehicle_name}", url_for("loans.show", loan_id=row.id), late=late)


def today_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the departures and returns of the day that are still to come; one query."""
    first, last = start_of(day_of(now)), end_of(day_of(now))
    rows = list_rows(
        select_rows(
            visible_loans(who),
            or_(
                Loan.state.in_(LEAVING) & (Loan.start_at >= first) & (Loan.start_at < last),
                Loan.state.in_(ON_THE_ROAD) & (Loan.due_at >= first) & (Loan.due_at < last),
            ),
        ).order_by(Loan.start_at, Loan.id)
    )
    events = sorted(
        (
            row.start_at if row.state in LEAVING else row.due_at,
            "Départ" if row.state in LEAVING else "Retour",
            row.id,
            row,
        )
        for row in rows
    )
    items = tuple(_item(row, f"{format_time(at)} {word}") for at, word, _id, row in events[:SHOWN])
    return HomePanel(
        title="Départs et retours du jour",
        icon="calendar-day",
        total=len(events),
        items=items,
        url=url_for("loans.day_board"),
        empty="Aucun véhicule ne part ni ne revient aujourd’hui.",
        order=30,
    )


def waiting_panel(who: Actor, _now: datetime) -> HomePanel:
    """Return the requests that wait for an answer; two queries."""
    visible = visible_loans(who, Permission.LOAN_APPROVE)
    requests, extensions = waiting_requests(visible), waiting_extensions(visible)
    items = [_item(row, format_instant(row.start_at)) for row in requests]
    items += [_item(one.row, f"Plus de temps, jusqu’au {format_instant(one.request.new_due_at)}") for one in extensions]
    return HomePanel(
        title="Demandes à accepter",
        icon="inbox",
        total=len(items),
        items=tuple(items[:SHOWN]),
        url=url_for("loans.queue"),
        empty="Aucune demande n’attend de réponse.",
        order=40,
    )


def check_panel(who: Actor, _now: datetime) -> HomePanel | None:
    """Return what borrowers noted alone at the key box, to be checked; nothing where none is; one query."""
    found = list_to_check(visible_loans(who, Permission.LOAN_HANDOVER))
    if not found:
        return None
    return HomePanel(
        title="Boîte à clés : à vérifier",
        icon="clipboard-check",
        total=len(found),
        items=tuple(
            HomeItem(
                f"{one.label} {format_instant(one.at)} – {one.row.person_name}, {one.row.vehicle_name}",
                url_for("loans.check_inspection", loan_id=one.row.id, moment=one.word),
            )
            for one in found[:SHOWN]
        ),
        url=url_for("loans.day_board", _anchor="a-verifier"),
        empty="Rien n’est à vérifier.",
        order=35,
    )


def move_panel(who: Actor, now: datetime) -> HomePanel | None:
    """Return the pickups and returns at which the desk is closed; nothing where none is; five queries."""
    found = list_to_move(visible=visible_loans(who, Permission.LOAN_APPROVE), now=now)
    if not found:
        return None
    return HomePanel(
        title="Rendez-vous à déplacer : antenne fermée",
        icon="calendar-x",
        total=len(found),
        items=tuple(
            HomeItem(
                f"{one.label} {format_instant(one.at)} – {one.row.person_name} ({one.why})",
                url_for("loans.reschedule", loan_id=one.row.id, moment=one.moment),
                late=True,
            )
            for one in found[:SHOWN]
        ),
        url=url_for("loans.to_move"),
        empty="Aucun rendez-vous ne tombe quand l’antenne est fermée.",
        order=25,
    )


def late_panel(who: Actor, _now: datetime) -> HomePanel:
    """Return the vehicles that are late; one query."""
    rows = list_rows(
        select_rows(visible_loans(who), Loan.state == LoanState.OVERDUE).order_by(Loan.due_at, Loan.id).limit(200)
    )
    return HomePanel(
        title="Véhicules en retard",
        icon="exclamation-triangle",
        total=len(rows),
        items=tuple(_item(row, format_instant(row.due_at), late=True) for row in rows[:SHOWN]),
        url=url_for("loans.index", state=LoanState.OVERDUE.value),
        empty="Aucun véhicule n’est en retard.",
        order=50,
    )
