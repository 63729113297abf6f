"""The life of a diagnosis: started, sent to the person, prepared, finished, reopened, abandoned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import savepoint, transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.diagnosis import parameters, tokens, words
from mobility.diagnosis.barriers import to_json
from mobility.diagnosis.errors import AlreadyOpen, NothingAnswered, NotTheLast, ReasonNeeded
from mobility.diagnosis.loader import current
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.prefill import known_answers
from mobility.diagnosis.queries import fill
from mobility.diagnosis.rules import DIAGNOSES, AbandonReason, Action, Author, Moment, State
from mobility.diagnosis.scoring import Result
from mobility.diagnosis.services.answering import write
from mobility.diagnosis.services.common import hold, hold_open, note_act
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people import services as people
from mobility.people.models import Person
from mobility.people.queries import current_id, family_ids

NOTE_MAX = 500


@retried
def start(*, person_id: int, moment: Moment, actor_id: int | None, now: datetime) -> int:
    """Open a diagnosis with what the file knows already; return its id. Raises AlreadyOpen, NotFound."""
    with transaction() as session:
        row = _open(session, current_id(person_id), moment=moment, actor_id=actor_id, now=now)
        people.touch(person_id=row.person_id, now=now)
        return row.id


@retried
def start_alone(*, person_id: int, user_id: int | None, now: datetime) -> int:
    """Open one's own diagnosis, or take up the one that is in hand; return its id. Raises NotFound."""
    with transaction() as session:
        standing = current_id(person_id)
        family = family_ids(standing)
        row = session.scalar(select(Diagnosis).where(Diagnosis.person_id.in_(family), Diagnosis.state == State.OPEN))
        if row is None:
            earlier = session.scalar(
                select(Diagnosis.id).where(Diagnosis.person_id.in_(family), Diagnosis.state == State.FINISHED).limit(1)
            )
            moment = Moment.START if earlier is None else Moment.MIDWAY
            row = _open(session, standing, moment=moment, actor_id=user_id, now=now)
        row.invited_at = row.invited_at or now
        people.touch(person_id=standing, now=now)
        return row.id


def _open(session: Session, person_id: int, *, moment: Moment, actor_id: int | None, now: datetime) -> Diagnosis:
    questionnaire = current()
    row = Diagnosis(
        person_id=person_id,
        moment=moment,
        questionnaire=questionnaire.version,
        state=State.OPEN,
        started_at=now,
        started_by_id=actor_id,
    )
    _flush_open(session, row)
    known = known_answers(questionnaire, person_id=person_id, on=day_of(now))
    write(session, row, known, author=Author.FILE, user_id=None, now=now)
    note_act(row, words.STARTED, actor_id=actor_id, now=now)
    return row


def _flush_open(session: Session, row: Diagnosis) -> None:
    """Write an open diagnosis; the database alone knows whether another came first. Raises AlreadyOpen."""
    try:
        with savepoint():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise AlreadyOpen from None


@retried
def invite(*, diagnosis_id: int, actor_id: int | None, now: datetime) -> int | None:
    """Send the person the link to their part; again a new one. Returns the message's id. Raises NotFound, NotOpen."""
    with transaction() as session:
        row = hold_open(diagnosis_id)
        row.invited_at = row.invited_at or now
        session.flush()
        person = session.get_one(Person, row.person_id)
        desk = session.get_one(Desk, person.desk_id)
        days = parameters.link_days(on=day_of(now), desk_id=desk.id)
        message_id = notifications.queue(
            recipient_id=person.recipient_id,
            template="diagnosis_prepare",
            params={"place": desk.name, "phone": desk.phone, "link": tokens.prepare_url(row, now=now, days=days)},
            message_class=MessageClass.NORMAL,
            dedup_key=f"diagnosis:{row.id}:prepare:{int(now.timestamp())}",
            now=now,
            person_id=person.id,
        )
        note_act(row, words.INVITED, actor_id=actor_id, now=now)
        return message_id


@retried
def prepared(*, diagnosis_id: int, user_id: int | None, now: datetime) -> None:
    """Note that the person has done their part; the rest is done together. Raises NotFound, NotOpen."""
    with transaction() as session:
        row = hold_open(diagnosis_id)
        first = row.prepared_at is None
        row.invited_at = row.invited_at or now
        row.prepared_at = now
        session.flush()
        people.touch(person_id=row.person_id, now=now)
        if first:
            note_act(row, words.PREPARED, actor_id=user_id, now=now)


@retried
def finish(*, diagnosis_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Keep what the diagnosis says today. Raises NotFound, NothingAnswered, ForbiddenTransition, StaleVersion."""
    with transaction() as session:
        row = hold(diagnosis_id, version=version)
        after = DIAGNOSES.after(row.state, Action.FINISH)
        result = fill(row, today=day_of(now)).result()
        if all(score.value is None for score in result.scores):
            raise NothingAnswered
        row.state, row.closed_at, row.closed_by_id = after, max(now, row.started_at), actor_id
        row.findings = kept(result)
        session.flush()
        people.touch(person_id=row.person_id, now=now)
        note_act(row, words.FINISHED, actor_id=actor_id, now=now, changes={"state": (State.OPEN, after)})


def kept(result: Result) -> dict[str, Any]:
    """Return what a finished diagnosis keeps of its result: later rules change nothing of it."""
    scores = [
        {
            "dimension": one.dimension,
            "label": one.label,
            "value": one.value,
            "computed": one.computed,
            "because": list(one.because),
            "reason": one.override.reason if one.override else "",
        }
        for one in result.scores
    ]
    return {**to_json(result.barriers, result.strengths, result.limits), "scores": scores}


@retried
def reopen(*, diagnosis_id: int, actor_id: int | None, now: datetime) -> None:
    """Take up the last finished diagnosis again, to correct it.

    Raises NotFound, NotTheLast, AlreadyOpen, ForbiddenTransition.
    """
    with transaction() as session:
        row = hold(diagnosis_id)
        after = DIAGNOSES.after(row.state, Action.REOPEN)
        later = session.scalar(
            select(Diagnosis.id).where(
                Diagnosis.person_id.in_(family_ids(row.person_id)),
                Diagnosis.state == State.FINISHED,
                Diagnosis.closed_at > row.closed_at,
            )
        )
        if later is not None:
            raise NotTheLast
        open_one = select(Diagnosis.id).where(
            Diagnosis.person_id.in_(family_ids(row.person_id)), Diagnosis.state == State.OPEN
        )
        if session.scalar(open_one) is not None:
            raise AlreadyOpen
        row.state, row.closed_at, row.closed_by_id, row.findings = after, None, None, None
        session.flush()
        note_act(row, words.REOPENED, actor_id=actor_id, now=now, changes={"state": (State.FINISHED, after)})


@retried
def abandon(
    *,
    diagnosis_id: int,
    reason: AbandonReason,
    note: str | None,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Stop a diagnosis, with a reason. Raises NotFound, ReasonNeeded, ForbiddenTransition, StaleVersion."""
    with transaction() as session:
        row = hold(diagnosis_id, version=version)
        before, after = row.state, DIAGNOSES.after(row.state, Action.ABANDON)
        written = (note or "").strip()[:NOTE_MAX]
        if reason is AbandonReason.OTHER and not written:
            raise ReasonNeeded(field="note")
        row.state, row.abandoned_at, row.abandon_reason, row.abandon_note = after, now, reason, written
        session.flush()
        note_act(row, words.ABANDONED, actor_id=actor_id, now=now, note=written, changes={"state": (before, after)})
