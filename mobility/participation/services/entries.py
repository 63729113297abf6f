"""Entering an operation: once, with its answers and the papers that prove who may take part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import check_version, db, lock, transaction
from mobility.core.retry import retried
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.journal import services as journal
from mobility.organisations.queries import agreements_in_force
from mobility.participation import parameters, words
from mobility.participation.errors import (
    AlreadyEntered,
    AnswerUnknown,
    DatedOnImpossible,
    EnteredOnImpossible,
    OperationUnknown,
    ReturnFirst,
)
from mobility.participation.models import EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.items import (
    CURRENT,
    EvidenceKind,
    Standing,
    age_band,
    check_answers,
    standing_of_evidence,
)
from mobility.participation.services.departures import find_standing
from mobility.people.services.common import Changes, lock_living

PAPER = "eligibility"


@retried
def enter(
    *,
    person_id: int,
    agreement_id: int,
    entered_on: date,
    answers: Mapping[str, str],
    actor_id: int | None,
    now: datetime,
) -> int:
    """Let a person enter an operation; questions without an answer may be answered later. Returns the entry's id.

    Raises AlreadyEntered, OperationUnknown, EnteredOnImpossible, ReturnFirst, AnswerUnknown, FileErased, FileMerged.
    """
    with transaction() as session:
        person = lock_living(person_id)
        if find_standing(person_id) is not None:
            raise ReturnFirst
        known = select(Participation.id).where(
            Participation.person_id == person_id, Participation.agreement_id == agreement_id
        )
        if session.scalar(known) is not None:
            raise AlreadyEntered
        if not day_of(person.created_at) <= entered_on <= day_of(now):
            raise EnteredOnImpossible
        offered = agreements_in_force(on=entered_on, desk_id=person.desk_id)
        if agreement_id not in {card.id for card in offered if card.fse_plus}:
            raise OperationUnknown
        row = Participation(
            person_id=person_id,
            agreement_id=agreement_id,
            entered_on=entered_on,
            age_band=age_band(person.born_on, entered_on) if person.born_on else None,
            items=CURRENT,
            entered_at=now,
            entered_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        changes: Changes = {"agreement_id": (None, agreement_id), "entered_on": (None, entered_on)}
        changes |= _write(row, answers, actor_id=actor_id, now=now)
        _note(row, words.ENTERED, changes, actor_id=actor_id, now=now, facts={"entered_on": entered_on})
        return row.id


@retried
def give_answers(
    *,
    participation_id: int,
    answers: Mapping[str, str],
    version: int | None = None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Add or correct answers; those that are left out stay as they are.

    Raises AnswerUnknown, StaleVersion, NotFound, FileErased, FileMerged.
    """
    with transaction() as session:
        row = lock(Participation, participation_id)
        lock_living(row.person_id)
        check_version(row, version)
        changes = _write(row, answers, actor_id=actor_id, now=now)
        if changes:
            # The answers stand in a table of their own: the version rises with them too.
            row.version += 1
            session.flush()
            _note(row, words.ASKED_ENTRY, changes, actor_id=actor_id, now=now)


def _write(row: Participation, answers: Mapping[str, str], *, actor_id: int | None, now: datetime) -> Changes:
    try:
        check_answers(row.items, answers)
    except KeyError:
        raise AnswerUnknown from None
    standing = {
        one.item: one
        for one in db.session.scalars(select(ParticipationAnswer).where(ParticipationAnswer.participation_id == row.id))
    }
    changes: Changes = {}
    for item, value in answers.items():
        known = standing.get(item)
        if known is None:
            known = ParticipationAnswer(participation_id=row.id, item=item)
            db.session.add(known)
        elif known.value == value:
            continue
        changes[item] = (known.value, value)
        known.value, known.answered_at, known.answered_by_id = value, now, actor_id
    db.session.flush()
    return changes


@retried
def see_evidence(
    *,
    participation_id: int,
    kind: EvidenceKind,
    dated_on: date,
    prepared: Prepared | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Note that a paper was seen, and keep it where it was given. Returns its id.

    A paper that proves nothing is kept all the same: a rule says what it is worth.
    Raises DatedOnImpossible, NotFound, FileErased, FileMerged.
    """
    with transaction() as session:
        row = lock(Participation, participation_id)
        lock_living(row.person_id)
        if dated_on > day_of(now):
            raise DatedOnImpossible
        evidence = EligibilityEvidence(
            participation_id=row.id,
            kind=kind,
            dated_on=dated_on,
            standing=worth_of(dated_on, row),
            seen_by_id=actor_id,
            seen_at=now,
        )
        session.add(evidence)
        session.flush()
        if prepared is not None:
            evidence.document_id = documents.store(
                prepared=prepared,
                kind=PAPER,
                owner_kind=words.PARTICIPATION,
                owner_id=row.id,
                person_id=row.person_id,
                actor_id=actor_id,
                now=now,
            )
        changes: Changes = {"kind": (None, kind), "dated_on": (None, dated_on)}
        _note(row, words.EVIDENCE, changes, actor_id=actor_id, now=now, facts={"dated_on": dated_on})
        return evidence.id


def worth_of(dated_on: date, row: Participation) -> Standing:
    """Say what a paper is worth for an entry, by the setting that held on that day."""
    months = parameters.evidence_months(on=row.entered_on)
    return standing_of_evidence(dated_on, entered_on=row.entered_on, months=months)


def _note(
    row: Participation,
    action: str,
    changes: Changes,
    *,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    journal.write_act(
        person_id=row.person_id,
        subject_kind=words.PARTICIPATION,
        subject_id=row.id,
        action=action,
        now=now,
        actor_id=actor_id,
        changes=changes,
        kind=action if facts is not None else None,
        facts=facts,
    )
