"""A new schedule: shown beside the old one, laid before the person, in force once they and the bank have agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import format_date
from mobility.core.db import db
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment
from mobility.microcredit.dossiers.queries import payments_of, premiums_for, schedule_of
from mobility.microcredit.errors import NoRate
from mobility.microcredit.followup.errors import NotRepaying, PlanInvalid
from mobility.microcredit.followup.models import CreditPlan
from mobility.microcredit.followup.queries import plans_of
from mobility.microcredit.rules.apr import Flow
from mobility.microcredit.rules.arrears import last_day
from mobility.microcredit.rules.repayment import Due, settle
from mobility.microcredit.rules.rescheduling import Compared, NewPlan, Owed, compare, owed
from mobility.microcredit.rules.schedule import Row, Terms, check_terms, schedule
from mobility.microcredit.rules.states import DOSSIERS, Action
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
    last_on: date
    """The last day that the law leaves to a loan."""

    @property
    def insured(self) -> bool:
        """Tell whether an insurance is paid with the new instalments."""
        return any(self.compared.premiums)

    @property
    def in_time(self) -> bool:
        """Tell whether the last instalment falls within the legal duration."""
        return self.compared.new.last_on <= self.last_on


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


def check_preview(row: MicrocreditDossier, plan: NewPlan) -> Preview:
    """Return what a plan comes to that may be laid before the person. Raises as ``preview``."""
    if not DOSSIERS.allows(row.state, Action.RESCHEDULE):
        raise NotRepaying
    seen = _preview(row, plan)
    if seen.usury.exceeded:
        raise PlanInvalid("Le taux annuel dépasse le taux d’usure.", field="rate")
    if not seen.in_time:
        last = format_date(seen.last_on, weekday=False, year=0)
        raise PlanInvalid("Un micro-crédit se rembourse au plus tard le %(last)s.", last=last, field="months")
    return seen


def _preview(row: MicrocreditDossier, plan: NewPlan) -> Preview:
    check_terms(plan.capital_cents, plan.rate, plan.months)
    standing = standing_of(row, on=plan.from_on)
    if not standing.left:
        raise PlanInvalid("Tout est payé : il n’y a rien à rééchelonner.")
    try:
        compared = compare(standing.left, plan, insure=lambda rows: premiums_for(row, plan.capital_cents, rows))
    except NoRate as error:
        raise PlanInvalid("Ces conditions ne donnent pas de taux annuel.") from error
    ceilings, since_on = room.usury_ceilings(on=plan.from_on)
    usury = check_usury(compared.apr_percent, plan.capital_cents, ceilings, since_on=since_on, on=plan.from_on)
    assert row.disbursed_on is not None  # noqa: S101 - the database refuses a running loan without it
    most = room.limits(on=row.signed_on or plan.from_on).months
    return Preview(plan, compared, usury, last_day(row.disbursed_on, most))


def apply_schedule(
    session: Session, row: MicrocreditDossier, accord: CreditAccord, *, actor_id: int | None, now: datetime
) -> int:
    """Put the schedule of an agreement that holds in the place of what is not paid; return its number.

    What was paid of an instalment that is replaced counts on the first new one. The loan is locked. Raises as
    ``check_preview``, AssertionError for an agreement without the bank's paper.
    """
    assert accord.bank_agreed_on is not None and accord.bank_document_id is not None  # noqa: S101, PT018 - by CHECK
    told = accord.content["plan"]
    plan = NewPlan(
        int(told["capital_cents"]),
        Decimal(told["rate"]),
        int(told["months"]),
        date.fromisoformat(told["from_on"]),
        date.fromisoformat(told["first_on"]),
    )
    compared = _preview(row, plan).compared
    last = plans_of(row.id)
    number = (last[-1].number if last else 1) + 1
    for one in session.scalars(
        select(MicrocreditInstalment).where(MicrocreditInstalment.id.in_(standing_of(row, on=plan.from_on).ids))
    ):
        one.replaced_at = now
    session.add(
        CreditPlan(
            dossier_id=row.id, accord_id=accord.id, number=number, capital_cents=plan.capital_cents,
            rate=told["rate"], apr=f"{compared.apr_percent:f}", months=plan.months, from_on=plan.from_on,
            first_due_on=plan.first_on, agreed_on=accord.bank_agreed_on, document_id=accord.bank_document_id,
            reason=accord.reason, made_at=now, made_by_id=actor_id,
        )
    )  # fmt: skip
    session.add_all(
        MicrocreditInstalment(
            dossier_id=row.id, plan=number, number=one.number, due_on=one.due_on, amount_cents=one.amount_cents
        )
        for one in compared.dues
    )
    session.flush()
    return number
