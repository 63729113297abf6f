"""Dossiers as they count in indicators; a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from mobility.core.clock import at_paris, day_of
from mobility.core.db import db
from mobility.desks.queries import desk_names
from mobility.microcredit.dossiers.models import (
    MicrocreditDossier,
    MicrocreditInstalment,
    MicrocreditLog,
    MicrocreditPayment,
)
from mobility.microcredit.followup.models import CreditLoss
from mobility.microcredit.rules.indicators import Axis, Case, Motives, Table, count_motives, tabulate
from mobility.microcredit.rules.states import Action
from mobility.organisations.queries import organisation_names
from mobility.people.models import Person

NOBODY = "0"
_ANSWERS = (Action.GRANT, Action.REFUSE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is counted: dossiers opened in a period, both days included, at these desks (None: all), by what."""

    first_on: date
    last_on: date
    axis: Axis
    desk_ids: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The tables of figures and of motives, and what their keys are called."""

    table: Table
    motives: Motives
    names: Mapping[str, str]


def count(wanted: Wanted, *, small: int, motives: Sequence[str]) -> Counted:
    """Count what is wanted (seven queries). ``motives``: the codes of the list, in their order."""
    ids = _ids(wanted)
    rows = db.session.execute(
        select(MicrocreditDossier, Person.desk_id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(MicrocreditDossier.id.in_(ids))
    ).all()
    first_sent, first_answer, last_answer, missed = _logs(ids)
    nothing: tuple[Action | None, str] = (None, "")
    due = _sums(
        select(MicrocreditInstalment.dossier_id, func.sum(MicrocreditInstalment.amount_cents)).where(
            MicrocreditInstalment.dossier_id.in_(ids),
            MicrocreditInstalment.replaced_at.is_(None),
            MicrocreditInstalment.due_on <= wanted.last_on,
        ).group_by(MicrocreditInstalment.dossier_id)
    )  # fmt: skip
    paid = _sums(
        select(MicrocreditPayment.dossier_id, func.sum(MicrocreditPayment.amount_cents)).where(
            MicrocreditPayment.dossier_id.in_(ids), MicrocreditPayment.paid_on <= wanted.last_on
        ).group_by(MicrocreditPayment.dossier_id)
    )  # fmt: skip
    losses = {
        one.dossier_id: one for one in db.session.scalars(select(CreditLoss).where(CreditLoss.dossier_id.in_(ids)))
    }
    cases = []
    for row, desk_id in rows:
        loss = losses.get(row.id)
        wait = None
        answer, motive = last_answer.get(row.id, nothing)
        if row.id in first_sent and row.id in first_answer:
            wait = (day_of(first_answer[row.id]) - day_of(first_sent[row.id])).days
        cases.append(
            Case(
                key=str(desk_id) if wanted.axis is Axis.DESK else str(row.bank_id or NOBODY),
                state=row.state,
                amount_cents=row.amount_cents,
                sent=row.id in first_sent,
                answer=answer,
                motive=motive,
                wait_days=wait,
                missed=row.id in missed,
                due_cents=due.get(row.id, 0),
                paid_cents=paid.get(row.id, 0),
                loss_cents=0 if loss is None else loss.loss_cents,
                fund_cents=0 if loss is None else loss.fund_cents,
            )
        )
    if wanted.axis is Axis.DESK:
        names = {str(number): name for number, name in desk_names().items()}
    else:
        banks = organisation_names(sorted({row.bank_id for row, _desk in rows if row.bank_id}))
        names = {NOBODY: "Pas encore de banque", **{str(number): name for number, name in banks.items()}}
    return Counted(tabulate(cases, small=small), count_motives(cases, order=motives, small=small), names)


def _ids(wanted: Wanted) -> Select[Any]:
    since, until = at_paris(wanted.first_on, time(0)), at_paris(wanted.last_on + timedelta(days=1), time(0))
    query = (
        select(MicrocreditDossier.id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(MicrocreditDossier.opened_at >= since, MicrocreditDossier.opened_at < until)
    )
    return query if wanted.desk_ids is None else query.where(Person.desk_id.in_(wanted.desk_ids))


_Instants = dict[int, datetime]


def _logs(ids: Select[Any]) -> tuple[_Instants, _Instants, dict[int, tuple[Action, str]], set[int]]:
    first_sent: _Instants = {}
    first_answer: _Instants = {}
    last_answer: dict[int, tuple[Action, str]] = {}
    missed: set[int] = set()
    for number, action, at, motive in db.session.execute(
        select(MicrocreditLog.dossier_id, MicrocreditLog.action, MicrocreditLog.at, MicrocreditLog.motive)
        .where(
            MicrocreditLog.dossier_id.in_(ids),
            MicrocreditLog.action.in_([Action.TRANSMIT, Action.MISS, *_ANSWERS]),
        )
        .order_by(MicrocreditLog.id)
    ):
        if action is Action.TRANSMIT:
            first_sent.setdefault(number, at)
        elif action is Action.MISS:
            missed.add(number)
        else:
            first_answer.setdefault(number, at)
            last_answer[number] = action, motive
    return first_sent, first_answer, last_answer, missed


def _sums(query: Any) -> dict[int, int]:
    return {number: int(cents) for number, cents in db.session.execute(query)}
