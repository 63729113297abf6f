"""A plan of arrears that is in force: kept, not kept, or given up for something else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import check_version, db, load, lock, transaction
from mobility.core.text import clean_text
from mobility.microcredit.accords import words
from mobility.microcredit.accords.errors import AccordOver
from mobility.microcredit.accords.laid import find_plan
from mobility.microcredit.accords.models import CreditAccord, CreditAccordLine
from mobility.microcredit.accords.services import laying
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import dues_of, ledger_of
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.rules.accords import ACCORDS, AccordAction, AccordState
from mobility.microcredit.rules.arrears import Line, is_broken, is_kept, under_plan
from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.states import Action, Party

BROKEN_WORDS = "Plusieurs sommes manquent ensemble, ou une depuis trop longtemps."


def lines_of(accord_id: int) -> list[Line]:
    """Return the sums of a plan, in their order (one query)."""
    rows = db.session.scalars(
        select(CreditAccordLine).where(CreditAccordLine.accord_id == accord_id).order_by(CreditAccordLine.due_on)
    )
    return [Line(row.due_on, row.amount_cents) for row in rows]


def expected_under(accord: CreditAccord) -> list[Due] | None:
    """Return what is expected under a plan that is not in force yet; None where its lines are not its arrears."""
    dues = dues_of(accord.dossier_id, in_force=False)
    try:
        return under_plan(dues, lines_of(accord.id), base_cents=accord.base_cents, arrears_cents=accord.arrears_cents)
    except ValueError:
        return None


def follow_plan(session: Session, row: MicrocreditDossier, *, actor_id: int | None, now: datetime) -> bool:
    """Let the plan of a loan that is locked follow what is paid; tell whether one goes on."""
    accord = find_plan(row.id)
    if accord is None:
        return False
    today = day_of(now)
    ledger = ledger_of(row.id, on=today)
    if is_kept(ledger):
        _end(session, accord, AccordAction.KEEP, now)
        laying.write(row, accord, words.KEPT, actor_id=actor_id, now=now)
        return False
    if is_broken(ledger, on=today, misses=parameters.plan_misses(on=today), days=parameters.ficp_days(on=today)):
        _break(session, row, accord, BROKEN_WORDS, Party.CLOCK, actor_id=actor_id, now=now)
        return False
    return True


def stop(*, accord_id: int, reason: str, version: int | None, actor_id: int | None, now: datetime) -> None:
    """End a plan that cannot be kept, as person and adviser see it coming.

    Raises ReasonMissing, AccordOver, StaleVersion, NotFound.
    """
    if not (clean_text(reason) or ""):
        raise ReasonMissing
    with transaction() as session:
        row = lock(MicrocreditDossier, load(CreditAccord, accord_id).dossier_id)
        accord = lock(CreditAccord, accord_id)
        check_version(accord, version)
        if accord.state is not AccordState.IN_FORCE:
            raise AccordOver
        _break(session, row, accord, reason, Party.ADVISER, actor_id=actor_id, now=now)


def replace(session: Session, dossier_id: int, *, now: datetime) -> None:
    """End the plan in force, if there is one, for what takes its place."""
    accord = find_plan(dossier_id)
    if accord is not None:
        _end(session, accord, AccordAction.REPLACE, now)


def _break(
    session: Session,
    row: MicrocreditDossier,
    accord: CreditAccord,
    reason: str,
    party: Party,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    _end(session, accord, AccordAction.BREAK, now)
    take(session, row, Action.BREAK_PLAN, actor_id=actor_id, now=now, reason=reason, party=party)


def _end(session: Session, accord: CreditAccord, action: AccordAction, now: datetime) -> None:
    accord.state, accord.ended_at = ACCORDS.after(accord.state, action), now
    session.flush()
