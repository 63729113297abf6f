"""A bank's file of payments: read and shown line by line; nothing is noted until it is confirmed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from mobility.accounts import audit
from mobility.core import tables
from mobility.core.clock import day_of
from mobility.core.db import db, lock, transaction
from mobility.core.errors import RuleViolation
from mobility.documents.rules import MediaType, safe_name
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPayment
from mobility.microcredit.dossiers.queries import dues_by_loan
from mobility.microcredit.dossiers.services import note_payment
from mobility.microcredit.followup import tables as columns
from mobility.microcredit.followup.errors import LineUnfit, NothingChosen
from mobility.microcredit.followup.models import CreditStatement, StatementState
from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.statement import (
    NOTABLE,
    Fit,
    Loan,
    Noted,
    Told,
    Verdict,
    fold,
    match,
    reference_of,
    way_of,
)
from mobility.microcredit.rules.states import PAID_OUT, RUNNING
from mobility.people.models import Person

SUBJECT = "credit_statement"
PREVIEW_KEPT = timedelta(days=2)


def preview(*, data: bytes, filename: str, visible: ColumnElement[bool], actor_id: int, now: datetime) -> int:
    """Read a file and keep what its lines are, to be shown; return the id. Raises FileUnreadable.

    ``visible``: the condition on ``Person`` of those whose loans the actor follows; others are unknown references.
    """
    lines = tables.read(data, columns.COLUMNS)
    problems: dict[int, str] = {}
    told: list[Told] = []
    for line in lines:
        cells, wrong = tables.clean_cells(line)
        if wrong:
            problems[line.number] = " ".join(dict.fromkeys(wrong.values()))
        told.append(columns.told(line.number, cells))
    loans = _loans([one.reference for one in told], visible)
    rows = [_kept(verdict, problems.get(verdict.told.line)) for verdict in match(told, loans, today=day_of(now))]
    with transaction() as session:
        row = CreditStatement(
            filename=safe_name(filename, MediaType.PDF).removesuffix(".pdf"),
            sha256=hashlib.sha256(data).hexdigest(),
            rows=rows,
            created_at=now,
            created_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        _record("credit_statement.read", row, actor_id=actor_id, now=now)
        return row.id


def _kept(verdict: Verdict, problem: str | None) -> dict[str, Any]:
    told = verdict.told
    fit = verdict.fit if problem is None else Fit.UNREADABLE
    return {
        "line": told.line,
        "reference": told.reference,
        "paid_on": None if told.paid_on is None else told.paid_on.isoformat(),
        "cents": told.cents,
        "fit": fit.value,
        "words": problem or verdict.words,
        "dossier_id": verdict.dossier_id if fit is not Fit.UNREADABLE else None,
        "key": verdict.key,
        "operation": told.operation,
    }


def _loans(references: Collection[str], visible: ColumnElement[bool]) -> dict[str, list[Loan]]:
    """Return by folded reference the loans that an actor follows (four queries, however many lines)."""
    wanted = {fold(one) for one in references} - {""}
    rows = db.session.scalars(
        select(MicrocreditDossier)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(visible, MicrocreditDossier.state.in_(PAID_OUT))
        .order_by(MicrocreditDossier.id)
    ).all()
    named = [(row, {fold(reference_of(row.id)), fold(row.contract_number)} & wanted) for row in rows]
    found = [(row, names) for row, names in named if names]
    ids = [row.id for row, _names in found]
    dues = dues_by_loan(ids)
    paid: dict[int, list[MicrocreditPayment]] = defaultdict(list)
    for payment in db.session.scalars(select(MicrocreditPayment).where(MicrocreditPayment.dossier_id.in_(ids))):
        paid[payment.dossier_id].append(payment)
    loans: dict[str, list[Loan]] = defaultdict(list)
    for row, names in found:
        loan = _loan(row, dues[row.id], paid[row.id])
        for name in names:
            loans[name].append(loan)
    return loans


def _loan(row: MicrocreditDossier, dues: Sequence[Due], paid: Sequence[MicrocreditPayment]) -> Loan:
    return Loan(
        dossier_id=row.id,
        running=row.state in RUNNING,
        disbursed_on=row.disbursed_on,
        dues=tuple(dues),
        noted=tuple(
            Noted(one.reference, one.paid_on, one.amount_cents, way_of(one.reference, from_bank=one.from_bank))
            for one in paid
        ),
    )


def confirm(
    *, statement_id: int, lines: Collection[int], visible: ColumnElement[bool], actor_id: int, now: datetime
) -> int:
    """Note the payments of the ticked lines, all of them or none; return how many are new. The rows are emptied.

    Raises NothingChosen (also where it was decided already), LineUnfit.
    """
    with transaction() as session:
        row = _undecided(statement_id)
        chosen = [one for one in row.rows or () if one["line"] in set(lines)]
        if not chosen:
            raise NothingChosen
        ids = {one["dossier_id"] for one in chosen}
        still = set(
            session.scalars(
                select(MicrocreditDossier.id)
                .join(Person, Person.id == MicrocreditDossier.person_id)
                .where(visible, MicrocreditDossier.id.in_([number for number in ids if number]))
            )
        )
        for dossier_id in sorted(still):  # two files at once lock loans in the same order
            lock(MicrocreditDossier, dossier_id)
        _check_unlike(row.rows or (), chosen, visible, now=now)
        row.made = sum(_note(one, still, actor_id, now) for one in chosen)
        _decide(row, StatementState.DONE, "credit_statement.done", actor_id=actor_id, now=now)
        session.flush()
        return row.made


def _check_unlike(
    rows: Sequence[dict[str, Any]], chosen: Sequence[dict[str, Any]], visible: ColumnElement[bool], *, now: datetime
) -> None:
    """Refuse a line that resembles what was noted since it was shown: nobody was asked about that. Raises LineUnfit."""
    asked = {one["line"] for one in rows if one["fit"] == Fit.TWIN}
    told = [_told(one) for one in rows if one["dossier_id"]]
    for verdict in match(told, _loans([one.reference for one in told], visible), today=day_of(now)):
        line = verdict.told.line
        if verdict.fit is Fit.TWIN and line not in asked and any(one["line"] == line for one in chosen):
            raise LineUnfit(line=line, why="une somme égale a été notée entre-temps. Importez le fichier à nouveau.")


def _told(one: dict[str, Any]) -> Told:
    """Return a line as it was read, from what was kept of it."""
    on = None if one["paid_on"] is None else date.fromisoformat(one["paid_on"])
    return Told(one["line"], one["reference"], on, one["cents"], one["operation"])


def _note(one: dict[str, Any], still: Collection[int], actor_id: int, now: datetime) -> bool:
    if Fit(one["fit"]) not in NOTABLE or one["dossier_id"] not in still:
        raise LineUnfit(line=one["line"], why="elle ne peut pas être notée.")
    try:
        return note_payment(
            dossier_id=one["dossier_id"],
            on=date.fromisoformat(one["paid_on"]),
            amount_cents=one["cents"],
            reference=one["key"],
            from_bank=True,
            actor_id=actor_id,
            now=now,
        )
    except RuleViolation as violation:
        raise LineUnfit(line=one["line"], why=violation.message) from violation


def drop(*, statement_id: int, actor_id: int, now: datetime) -> None:
    """Leave a file alone: nothing was noted, and what it said is emptied. Raises NothingChosen."""
    with transaction():
        _decide(
            _undecided(statement_id), StatementState.DROPPED, "credit_statement.dropped", actor_id=actor_id, now=now
        )


def drop_old(*, now: datetime) -> int:
    """Empty the files that nobody confirmed for two days. Returns how many."""
    with transaction() as session:
        rows = session.scalars(
            select(CreditStatement)
            .where(CreditStatement.state == StatementState.PREVIEW, CreditStatement.created_at < now - PREVIEW_KEPT)
            .order_by(CreditStatement.id)
            .limit(200)
            .with_for_update()
        ).all()
        for row in rows:
            _decide(row, StatementState.DROPPED, "credit_statement.dropped", actor_id=None, now=now)
        return len(rows)


def _undecided(statement_id: int) -> CreditStatement:
    row = lock(CreditStatement, statement_id)
    if row.state is not StatementState.PREVIEW:
        raise NothingChosen("Ce fichier a déjà été traité.")
    return row


def _decide(row: CreditStatement, state: StatementState, action: str, *, actor_id: int | None, now: datetime) -> None:
    row.state, row.rows, row.decided_at = state, None, now
    _record(action, row, actor_id=actor_id, now=now)


def _record(action: str, row: CreditStatement, *, actor_id: int | None, now: datetime) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=SUBJECT,
        subject_id=row.id,
        now=now,
        changes={"made": (None, row.made)},
    )
