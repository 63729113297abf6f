"""Posting and reversing. Both join the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.core.db import load, savepoint, transaction
from mobility.core.money import MAX_CENTS
from mobility.ledger.errors import AlreadyReversed, AmountNotPositive, FunderNeeded, ReversalNotReversible
from mobility.ledger.models import LedgerEntry
from mobility.ledger.rules import LedgerKind

LABEL_MAX = 200


def post(
    *,
    person_id: int,
    kind: LedgerKind,
    amount_cents: int,
    label: str,
    now: datetime,
    actor_id: int | None = None,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    organisation_id: int | None = None,
) -> int:
    """Post one entry, in positive cents (the kind says which way it counts); return its id.

    Raises AmountNotPositive, FunderNeeded, and ValueError for a reversal (see ``reverse``).
    """
    if kind is LedgerKind.REVERSAL:
        raise ValueError("a reversal is posted by reverse()")
    if not 0 < amount_cents <= MAX_CENTS:
        raise AmountNotPositive
    if kind is LedgerKind.FUNDER_SHARE and organisation_id is None:
        raise FunderNeeded
    with transaction() as session:
        entry = LedgerEntry(
            person_id=person_id,
            at=now,
            kind=kind,
            amount_cents=amount_cents,
            label=label[:LABEL_MAX],
            subject_kind=subject_kind,
            subject_id=subject_id,
            organisation_id=organisation_id,
            actor_id=actor_id,
        )
        session.add(entry)
        session.flush()
        return entry.id


def reverse(*, entry_id: int, actor_id: int | None, now: datetime, label: str | None = None) -> int:
    """Undo an entry by a new one of the same amount; return the new one's id.

    Raises NotFound, AlreadyReversed (also to the second of two at once), ReversalNotReversible.
    """
    with transaction() as session:
        entry = load(LedgerEntry, entry_id)
        if entry.kind is LedgerKind.REVERSAL:
            raise ReversalNotReversible
        if session.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry.id)) is not None:
            raise AlreadyReversed
        reversal = LedgerEntry(
            person_id=entry.person_id,
            at=now,
            kind=LedgerKind.REVERSAL,
            amount_cents=entry.amount_cents,
            label=(label or f"Annulation : {entry.label}")[:LABEL_MAX],
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            organisation_id=entry.organisation_id,
            reverses_id=entry.id,
            reverses_kind=entry.kind,
            actor_id=actor_id,
        )
        try:
            with savepoint():
                session.add(reversal)
        except IntegrityError:
            raise AlreadyReversed from None
        return reversal.id
