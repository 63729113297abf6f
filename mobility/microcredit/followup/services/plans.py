"""A new schedule, once its bank has agreed: shown beside the old one first, saved with the bank's paper, kept by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import check_version, db, lock, transaction
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment
from mobility.microcredit.dossiers.queries import payments_of, schedule_of
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.errors import NoRate
from mobility.microcredit.followup.errors import NotRepaying, PlanInvalid
from mobility.microcredit.followup.models import CreditPlan
from mobility.microcredit.followup.queries import plans_of
from mobility.microcredit.rules.apr import Flow
from mobility.microcredit.rules.repayment import Due, settle
from mobility.microcredit.rules.rescheduling import Compared, NewPlan, Owed, compare, owed
from mobility.microcredit.rules.schedule import Row, Terms, check_terms, schedule
from mobility.microcredit.rules.states import DOSSIERS, RUNNING, Action
from mobility.microcredit.rules.usury import UsuryCheck, check_usury

AGREEMENT_KIND = "microcredit_agreement"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a running loan owes on a day, and the instalments that are not whole, with what is missing of each."""

    owed: Owed
    left: tuple[Due, ...]
    rate: Decimal
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A new plan beside the old one, held against the usury ceilings."""

    plan: NewPlan
    compared: Compared
    usury: UsuryCheck


def standing_of(row: MicrocreditDossier, *, on: date) -> Standing:
    """Return what a loan owes on a day (three queries)."""
    plans = plans_of(row.id)
    rows, number, rate = _rows(row, plans)
    kept = db.session.scalars(
        select(MicrocreditInstalment)
        .where(MicrocreditInstalment.dossier_id == row.id, MicrocreditInstalment.replaced_at.is_(None))
        .order_by(MicrocreditInstalment.due_on, MicrocreditInstalment.number)
    ).all()
    paid = sum(one.amount_cents for one in payments_of(row.id))
    earlier = sum(one.amount_cents for one in kept if one.plan < number)
    fallen = sum(1 for one in kept if one.plan == number and one.due_on <= on)
    asked = [one.amount_cents for one in kept if one.plan == number]
    ledger = settle([Due(one.number, one.due_on, one.amount_cents) for one in kept], paid, on=on)
    held = [(row_id.id, one) for row_id, one in zip(kept, ledger.rows, strict=True) if one.missing_cents]
    return Standing(
        owed(rows, max(paid - earlier, 0), due=fallen, asked=asked if len(asked) == len(rows) else ()),
        tuple(Due(one.due.number, one.due.due_on, one.missing_cents) for _id, one in held),
        rate,
        tuple(row_id for row_id, _one in held),
    )


def _rows(row: MicrocreditDossier, plans: Sequence[CreditPlan]) -> tuple[Sequence[Row], int, Decimal]:
    if not plans:
        return schedule_of(row), 1, Decimal(row.rate)
    last = plans[-1]
    drawn = (Flow(last.from_on, last.capital_cents),)
    rows = schedule(Terms(drawn, Decimal(last.rate), last.months, last.first_due_on))
    return rows, last.number, Decimal(last.rate)


def preview(*, dossier_id: int, plan: NewPlan) -> Preview:
    """Work a new plan out beside the old one; writes nothing. Raises NotRepaying, PlanInvalid, TermsImpossible, NotFound."""
    row = db.session.get_one(MicrocreditDossier, dossier_id)
    if not DOSSIERS.allows(row.state, Action.RESCHEDULE):
        raise NotRepaying
    return _preview(row, plan)


def _preview(row: MicrocreditDossier, plan: NewPlan) -> Preview:
    check_terms(plan.capital_cents, plan.rate, plan.months)
    standing = standing_of(row, on=plan.from_on)
    if not standing.left:
        raise PlanInvalid("Tout est payé : il n’y a rien à rééchelonner.")
    try:
        compared = compare(standing.left, plan)
    except NoRate as error:
        raise PlanInvalid("Ces conditions ne donnent pas de taux annuel.") from error
    ceilings, since_on = room.usury_ceilings(on=plan.from_on)
    usury = check_usury(compared.apr_percent, plan.capital_cents, ceilings, since_on=since_on, on=plan.from_on)
    return Preview(plan, compared, usury)


def reschedule(
    *,
    dossier_id: int,
    plan: NewPlan,
    agreed_on: date | None,
    reason: str,
    prepared: Prepared | None,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Keep a new schedule with the bank's agreement: it replaces what is not paid; return its number.

    What was paid of an instalment that is replaced counts on the first new one. Raises PlanInvalid, TermsImpossible,
    ReasonMissing, NotRepaying, ForbiddenTransition, StaleVersion, NotFound.
    """
    if agreed_on is None or agreed_on > day_of(now):
        raise PlanInvalid("Écrivez la date de l’accord de la banque.", field="agreed_on")
    if prepared is None:
        raise PlanInvalid("Joignez l’accord écrit de la banque.", field="file")
    if not reason.strip():
        raise ReasonMissing
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        if row.state not in RUNNING:
            raise NotRepaying
        DOSSIERS.after(row.state, Action.RESCHEDULE)
        seen = _preview(row, plan)
        if seen.usury.exceeded:
            raise PlanInvalid("Le taux annuel dépasse le taux d’usure.", field="rate")
        number = (plans_of(row.id)[-1].number if plans_of(row.id) else 1) + 1
        for one in session.scalars(
            select(MicrocreditInstalment).where(MicrocreditInstalment.id.in_(standing_of(row, on=plan.from_on).ids))
        ):
            one.replaced_at = now
        document_id = documents.store(
            prepared=prepared,
            kind=AGREEMENT_KIND,
            owner_kind=words.OWNER,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )
        session.add(
            CreditPlan(
                dossier_id=row.id, number=number, capital_cents=plan.capital_cents,
                rate=f"{plan.rate.normalize():f}", apr=f"{seen.compared.apr_percent:f}", months=plan.months,
                from_on=plan.from_on, first_due_on=plan.first_on, agreed_on=agreed_on, document_id=document_id,
                reason=reason.strip(), made_at=now, made_by_id=actor_id,
            )
        )  # fmt: skip
        session.add_all(
            MicrocreditInstalment(
                dossier_id=row.id, plan=number, number=one.number, due_on=one.due_on, amount_cents=one.payment_cents
            )
            for one in seen.compared.rows
        )
        session.flush()
        take(session, row, Action.RESCHEDULE, actor_id=actor_id, now=now, reason=reason)
        return number
