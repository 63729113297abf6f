"""Policies: added from a date on, never rewritten; taken away only before they are in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import lock, savepoint, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.fleet.kinds import Category
from mobility.loans.errors import PolicyConflict, PolicyInUse
from mobility.loans.models import Loan, LoanPolicy
from mobility.loans.rules.policy import Blackout, Terms
from mobility.loans.services.common import clean_reason
from mobility.organisations.models import Organisation
from mobility.people.kinds import PersonStatus
from mobility.people.papers import PAPER_LABELS

SUBJECT = "loan_policy"


def _check(terms: Terms) -> None:
    if terms.max_days < terms.min_days:
        raise RuleViolation("La durée maximale est plus courte que la minimale.", field="max_days")
    if any(blackout.ends_on < blackout.starts_on for blackout in terms.blackouts):
        raise RuleViolation("Une période sans prêt finit avant de commencer.", field="blackouts")
    if set(terms.required_papers) - set(PAPER_LABELS):
        raise RuleViolation("Ce papier n’est pas connu.", field="required_papers")
    if terms.deposit_cents and not terms.deposit_kinds:
        raise RuleViolation("Choisissez au moins une forme de dépôt de garantie.", field="deposit_kinds")
    if terms.funder is not None and not 0 < terms.funder.rate_bp <= 10_000:
        raise RuleViolation("La part du financeur va de 1 à 100 %.", field="funder_rate")


def _row(terms: Terms, blackouts: Sequence[Blackout]) -> dict[str, object]:
    funder = terms.funder
    return {
        "price_per_day_cents": terms.price_per_day_cents,
        "deposit_cents": terms.deposit_cents,
        "deposit_kinds": [kind.value for kind in terms.deposit_kinds],
        "min_days": terms.min_days,
        "max_days": terms.max_days,
        "max_renewals": terms.max_renewals,
        "lead_time_hours": terms.lead_time_hours,
        "buffer_minutes": terms.buffer_minutes,
        "km_per_day": terms.km_per_day,
        "extra_km_cents": terms.extra_km_cents,
        "handover": terms.handover,
        "needs_approval": terms.needs_approval,
        "needs_objective": terms.needs_objective,
        "probation_allowed": terms.probation_allowed,
        "max_simultaneous": terms.max_simultaneous,
        "max_loans_per_year": terms.max_loans_per_year,
        "max_days_per_year": terms.max_days_per_year,
        "required_papers": list(terms.required_papers),
        "blackouts": [blackout.to_json() for blackout in blackouts],
        "funder_organisation_id": None if funder is None else funder.organisation_id,
        "funder_rate_bp": 0 if funder is None else funder.rate_bp,
        "funder_day_cap_cents": None if funder is None else funder.day_cap_cents,
        "funder_month_cap_cents": None if funder is None else funder.month_cap_cents,
        "funder_max_days": None if funder is None else funder.max_days,
    }


def add_policy(
    *,
    desk_id: int | None,
    category: Category,
    status: PersonStatus | None,
    valid_from_on: date,
    terms: Terms,
    actor_id: int | None,
    now: datetime,
    applies: bool = True,
    note: str | None = None,
) -> int:
    """Add the rules of a scope from a day on; return the id.

    ``applies=False``: from that day the wider rules hold again. Raises PolicyConflict, RuleViolation, NotFound.
    """
    _check(terms)
    if valid_from_on < day_of(now):
        raise RuleViolation("Des règles nouvelles commencent aujourd’hui au plus tôt.", field="valid_from_on")
    written = clean_reason(note, field="note")
    with transaction() as session:
        if terms.funder is not None and session.get(Organisation, terms.funder.organisation_id) is None:
            raise NotFound(f"organisation {terms.funder.organisation_id}")
        row = LoanPolicy(
            desk_id=desk_id,
            category=category,
            status=status,
            valid_from_on=valid_from_on,
            applies=applies,
            note=written,
            author_id=actor_id,
            created_at=now,
            **_row(terms, terms.blackouts),
        )
        try:
            with savepoint():
                session.add(row)
        except IntegrityError as error:
            if "uq_loan_policy_scope" in str(error):
                raise PolicyConflict from None
            raise
        _audit(row, "loan.policy_added", actor_id=actor_id, now=now)
        return row.id


def withdraw_policy(*, policy_id: int, actor_id: int | None, now: datetime) -> None:
    """Take away rules that have not begun. Raises PolicyInUse, NotFound."""
    with transaction() as session:
        row = lock(LoanPolicy, policy_id)
        used = session.scalar(select(Loan.id).where(Loan.policy_id == policy_id).limit(1))
        if used is not None or row.valid_from_on <= day_of(now):
            raise PolicyInUse
        _audit(row, "loan.policy_withdrawn", actor_id=actor_id, now=now)
        session.delete(row)


def _audit(row: LoanPolicy, action: str, *, actor_id: int | None, now: datetime) -> None:
    names = ("desk_id", "category", "status", "valid_from_on", "applies", "price_per_day_cents", "deposit_cents")
    values = {name: getattr(row, name) for name in names}
    added = action.endswith("added")
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=SUBJECT,
        subject_id=row.id,
        now=now,
        changes={name: (None, value) if added else (value, None) for name, value in values.items()},
    )
