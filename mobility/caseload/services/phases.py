"""A person's phase: set on a day, by somebody, with its history."""

from __future__ import annotations

from datetime import date, datetime

from mobility.caseload import words
from mobility.caseload.errors import AlreadyInPhase, PhaseDateInvalid
from mobility.caseload.models import PersonPhase
from mobility.caseload.rules import REASON_LENGTH
from mobility.core.clock import day_of
from mobility.core.db import check_version, transaction
from mobility.journal import services as journal
from mobility.people.kinds import Phase
from mobility.people.models import Person
from mobility.people.services.common import assign, lock_living


def follow_event(*, person_id: int, phase: Phase, on: date, actor_id: int | None, now: datetime) -> None:
    """Let the phase follow what another room has noted (an exit, a return); nothing where it holds already.

    It never refuses: a phase begins no earlier than the one before it, whatever day was noted.
    """
    with transaction():
        person = lock_living(person_id)
        if person.phase is not phase:
            since_on = max(on, person.phase_since_on or day_of(person.created_at))
            _begin(person, phase, since_on, "", actor_id=actor_id, now=now)


def set_phase(
    *,
    person_id: int,
    phase: Phase,
    since_on: date,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Let a person begin a phase. Raises AlreadyInPhase, PhaseDateInvalid, StaleVersion, FileErased, FileMerged."""
    with transaction():
        person = lock_living(person_id)
        check_version(person, version)
        if person.phase is phase:
            raise AlreadyInPhase
        if not (person.phase_since_on or day_of(person.created_at)) <= since_on <= day_of(now):
            raise PhaseDateInvalid
        _begin(person, phase, since_on, (reason or "").strip()[:REASON_LENGTH], actor_id=actor_id, now=now)


def _begin(person: Person, phase: Phase, since_on: date, reason: str, *, actor_id: int | None, now: datetime) -> None:
    with transaction() as session:
        changes = assign(person, {"phase": phase, "phase_since_on": since_on})
        session.add(
            PersonPhase(
                person_id=person.id, phase=phase, since_on=since_on, reason=reason, set_by_id=actor_id, set_at=now
            )
        )
        session.flush()
        journal.write_act(
            person_id=person.id,
            subject_kind=words.SUBJECT,
            subject_id=person.id,
            action="person.phase_set",
            now=now,
            actor_id=actor_id,
            changes=changes,
            kind=words.phase_kind(phase),
            facts={"since_on": since_on},
        )
