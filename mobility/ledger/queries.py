"""Balances and statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from mobility.core.db import db
from mobility.ledger.models import LedgerEntry
from mobility.ledger.rules import Balance, LedgerKind, balance_of, effect_of
from mobility.organisations.models import Organisation
from mobility.people.models import Person


@dataclass(frozen=True)
class StatementLine:
    """One entry with what it did, and where it left the person."""

    id: int
    at: datetime
    kind: LedgerKind
    label: str
    amount_cents: int
    owed_change_cents: int
    deposit_change_cents: int
    owed_after_cents: int
    deposit_after_cents: int
    organisation_name: str | None
    reversed: bool
    subject_kind: str | None
    subject_id: int | None


def of_file(person_id: int) -> ColumnElement[bool]:
    """Return the condition « this person's entries, and those of the files merged into it ».

    The ledger is never rewritten, so a merge leaves entries under the former file's id.
    """
    family = select(Person.id).where(Person.id == person_id).cte("ledger_family", recursive=True)
    family = family.union(select(Person.id).where(Person.merged_into_id == family.c.id))
    return LedgerEntry.person_id.in_(select(family.c.id))


def get_balance(person_id: int, *, subject_kind: str | None = None, subject_id: int | None = None) -> Balance:
    """Return what the person owes and the deposit held, over all or over one subject; one query."""
    query = (
        select(LedgerEntry.kind, LedgerEntry.reverses_kind, func.sum(LedgerEntry.amount_cents))
        .where(of_file(person_id))
        .group_by(LedgerEntry.kind, LedgerEntry.reverses_kind)
    )
    if subject_kind is not None:
        query = query.where(LedgerEntry.subject_kind == subject_kind, LedgerEntry.subject_id == subject_id)
    return balance_of((kind, reverses, int(total)) for kind, reverses, total in db.session.execute(query))


def balance_cents(person_id: int) -> int:
    """Return the cents that the person owes; negative when we owe them. Deposits are apart."""
    return get_balance(person_id).owed_cents


def get_statement(person_id: int) -> list[StatementLine]:
    """Return every entry of a person in order, with the running balance; one query."""
    undoing = aliased(LedgerEntry)
    query = (
        select(LedgerEntry, Organisation.name, undoing.id)
        .outerjoin(Organisation, Organisation.id == LedgerEntry.organisation_id)
        .outerjoin(undoing, undoing.reverses_id == LedgerEntry.id)
        .where(of_file(person_id))
        .order_by(LedgerEntry.at, LedgerEntry.id)
    )
    lines, owed, deposit = [], 0, 0
    for entry, organisation_name, undone_by in db.session.execute(query):
        to_owed, to_deposit = effect_of(entry.kind, entry.reverses_kind)
        owed += to_owed * entry.amount_cents
        deposit += to_deposit * entry.amount_cents
        lines.append(
            StatementLine(
                id=entry.id,
                at=entry.at,
                kind=entry.kind,
                label=entry.label,
                amount_cents=entry.amount_cents,
                owed_change_cents=to_owed * entry.amount_cents,
                deposit_change_cents=to_deposit * entry.amount_cents,
                owed_after_cents=owed,
                deposit_after_cents=deposit,
                organisation_name=organisation_name,
                reversed=undone_by is not None,
                subject_kind=entry.subject_kind,
                subject_id=entry.subject_id,
            )
        )
    return lines


def last_entry_at(person_id: int) -> datetime | None:
    """Return the instant of a person's last entry, or None; one query."""
    return db.session.scalar(select(func.max(LedgerEntry.at)).where(of_file(person_id)))
