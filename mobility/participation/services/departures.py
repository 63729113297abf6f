"""Noting an exit, proving it, noting a return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from mobility.caseload import services as caseload
from mobility.core.clock import day_of
from mobility.core.db import check_version, db, lock, transaction
from mobility.core.retry import retried
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.journal import services as journal
from mobility.participation import words
from mobility.participation.errors import AlreadyLeft, NotLeft, ProofNamed
from mobility.participation.models import Departure
from mobility.participation.rules.exits import (
    NOTE_LENGTH,
    Outcome,
    Proof,
    check_left_on,
    check_returned_on,
)
from mobility.people import services as people
from mobility.people.kinds import Phase
from mobility.people.services.common import Changes, assign, lock_living

PAPER = "exit_proof"


@retried
def leave(
    *,
    person_id: int,
    left_on: date,
    outcome: Outcome,
    proof: Proof | None = None,
    prepared: Prepared | None = None,
    note: str | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Note that the accompaniment is over; the proof may come later. Returns the exit's id.

    Raises AlreadyLeft, LeftOnImpossible, ProofNamed, FileErased, FileMerged.
    """
    with transaction() as session:
        person = lock_living(person_id)
        if find_standing(person_id) is not None:
            raise AlreadyLeft
        check_left_on(left_on, known_since=day_of(person.created_at), today=day_of(now))
        row = Departure(
            person_id=person_id,
            left_on=left_on,
            outcome=outcome,
            note=(note or "").strip()[:NOTE_LENGTH],
            recorded_at=now,
            recorded_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        _attach(row, proof, prepared, actor_id=actor_id, now=now)
        session.flush()
        facts = {"left_on": left_on, "outcome": outcome.value}
        changes: Changes = {name: (None, getattr(row, name)) for name in ("left_on", "outcome", "proof", "note")}
        _note(row, words.LEFT, words.left_kind(outcome), changes, actor_id=actor_id, now=now, facts=facts)
        caseload.follow_event(person_id=person_id, phase=Phase.LEFT, on=left_on, actor_id=actor_id, now=now)
        return row.id


def find_standing(person_id: int) -> Departure | None:
    """Return the exit that stands for the person, or None."""
    return db.session.scalar(select(Departure).where(Departure.person_id == person_id, Departure.returned_at.is_(None)))


def _attach(
    row: Departure, proof: Proof | None, prepared: Prepared | None, *, actor_id: int | None, now: datetime
) -> None:
    if proof is None:
        if prepared is not None:
            raise ProofNamed
        return
    row.proof, row.proven_at = proof, now
    if prepared is not None:
        row.document_id = documents.store(
            prepared=prepared,
            kind=PAPER,
            owner_kind=words.DEPARTURE,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )


def hold(departure_id: int, *, version: int | None = None) -> Departure:
    """Return the exit, held, if it stands. Raises NotFound, StaleVersion, NotLeft, FileErased, FileMerged."""
    row = lock(Departure, departure_id)
    lock_living(row.person_id)
    check_version(row, version)
    if row.returned_at is not None:
        raise NotLeft
    return row


@retried
def prove(
    *,
    departure_id: int,
    outcome: Outcome,
    left_on: date,
    proof: Proof | None,
    prepared: Prepared | None = None,
    note: str | None = None,
    version: int | None = None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Correct an exit, or add what proves it. Raises as ``leave``, and NotLeft, StaleVersion."""
    with transaction() as session:
        row = hold(departure_id, version=version)
        person = lock_living(row.person_id)
        if left_on != row.left_on:
            check_left_on(left_on, known_since=day_of(person.created_at), today=day_of(now))
        proven_before = row.proof, row.document_id
        changes = assign(row, {"outcome": outcome, "left_on": left_on, "note": (note or "").strip()[:NOTE_LENGTH]})
        if proof is None and prepared is None:
            changes |= assign(row, {"proof": None, "document_id": None, "proven_at": None})
        elif proof is not row.proof or prepared is not None:
            _attach(row, proof, prepared, actor_id=actor_id, now=now)
            changes["proof"] = (proven_before[0], row.proof)
            changes["document_id"] = (proven_before[1], row.document_id)
        changes.pop("proven_at", None)
        session.flush()
        if not changes:
            return
        newly = row.proof is not None and (row.proof, row.document_id) != proven_before
        _note(row, words.PROVEN if newly else "departure.edit", words.PROVEN if newly else None, changes,
              actor_id=actor_id, now=now)  # fmt: skip


@retried
def come_back(*, departure_id: int, returned_on: date, actor_id: int | None, now: datetime) -> None:
    """Note that the person came back: the exit closes, and what they had entered goes on.

    Raises NotLeft, ReturnImpossible, FileErased, FileMerged.
    """
    with transaction():
        row = hold(departure_id)
        check_returned_on(returned_on, left_on=row.left_on, today=day_of(now))
        row.returned_on, row.returned_at, row.returned_by_id = returned_on, now, actor_id
        changes: Changes = {"returned_on": (None, returned_on)}
        facts = {"returned_on": returned_on}
        _note(row, words.RETURNED, words.RETURNED, changes, actor_id=actor_id, now=now, facts=facts)
        people.touch(person_id=row.person_id, now=now)
        caseload.follow_event(person_id=row.person_id, phase=Phase.WELCOME, on=returned_on, actor_id=actor_id, now=now)


def _note(
    row: Departure,
    action: str,
    kind: str | None,
    changes: Changes,
    *,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    journal.write_act(
        person_id=row.person_id,
        subject_kind=words.DEPARTURE,
        subject_id=row.id,
        action=action,
        now=now,
        actor_id=actor_id,
        changes=changes,
        kind=kind,
        facts=facts,
    )
