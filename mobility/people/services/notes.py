"""A call or a visit, noted in 20 seconds, with whoever must call back."""

from __future__ import annotations

from datetime import date, datetime

from mobility.core.clock import day_of
from mobility.core.db import load, lock, transaction
from mobility.desks.models import Desk
from mobility.people.errors import NoteClosed, NoteWithoutSomebody, OutcomeNeeded
from mobility.people.identifiers import clean_phone
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote
from mobility.people.services.common import lock_living, record
from mobility.people.services.identity import touch
from mobility.people.services.protection import check_staff


def note_contact(
    *,
    desk_id: int,
    kind: NoteKind,
    actor_id: int,
    now: datetime,
    person_id: int | None = None,
    caller_name: str | None = None,
    caller_phone: str | None = None,
    text: str | None = None,
    callback_user_id: int | None = None,
    callback_due_on: date | None = None,
) -> int:
    """Note a call, a visit or a message; return the id. Without a date, the call back is for today.

    Raises NoteWithoutSomebody where neither a file nor a name is given, PhoneUnreadable, StaffUnfit.
    """
    if person_id is None and not (caller_name or "").strip():
        raise NoteWithoutSomebody
    phone = clean_phone(caller_phone, field="caller_phone") if caller_phone else None
    with transaction() as session:
        load(Desk, desk_id)
        if person_id is not None:
            lock_living(person_id)
            touch(person_id=person_id, now=now)
        if callback_user_id is not None:
            check_staff([callback_user_id], field="callback_user_id")
        note = ContactNote(
            desk_id=desk_id,
            person_id=person_id,
            kind=kind,
            caller_name=(caller_name or "").strip(),
            caller_phone=phone,
            text=text or "",
            noted_at=now,
            noted_by_id=actor_id,
            callback_user_id=callback_user_id,
            callback_due_on=(callback_due_on or day_of(now)) if callback_user_id is not None else None,
        )
        session.add(note)
        session.flush()
        if person_id is not None:
            _record(note, "person.contact_noted", actor_id=actor_id, now=now)
        return note.id


def _record(note: ContactNote, action: str, *, actor_id: int, now: datetime) -> None:
    if note.person_id is not None:
        record(
            person_id=note.person_id,
            action=action,
            actor_id=actor_id,
            now=now,
            subject_kind="contact_note",
            subject_id=note.id,
        )


def _open_note(note_id: int) -> ContactNote:
    note = lock(ContactNote, note_id)
    if note.callback_user_id is None or note.called_back_at is not None or note.erased_at is not None:
        raise NoteClosed
    return note


def call_back(*, note_id: int, outcome: str | None, actor_id: int, now: datetime) -> None:
    """Note that the call back is done, and what came of it. Raises NotFound, NoteClosed, OutcomeNeeded."""
    written = (outcome or "").strip()
    if not written:
        raise OutcomeNeeded
    with transaction():
        note = _open_note(note_id)
        note.called_back_at, note.called_back_by_id, note.outcome = now, actor_id, written
        if note.person_id is not None:
            touch(person_id=note.person_id, now=now)
        _record(note, "person.called_back", actor_id=actor_id, now=now)


def hand_over(*, note_id: int, callback_user_id: int, callback_due_on: date, actor_id: int, now: datetime) -> None:
    """Let somebody else call back, or on another day. Raises NotFound, NoteClosed, StaffUnfit."""
    with transaction():
        note = _open_note(note_id)
        check_staff([callback_user_id], field="callback_user_id")
        note.callback_user_id, note.callback_due_on = callback_user_id, callback_due_on
        _record(note, "person.call_back_handed_over", actor_id=actor_id, now=now)


def attach_note(*, note_id: int, person_id: int, actor_id: int, now: datetime) -> None:
    """Put the note of somebody unknown into the file that was found or made since. Raises NotFound."""
    with transaction():
        note = lock(ContactNote, note_id)
        if note.erased_at is not None or note.person_id is not None:
            raise NoteClosed("Cette note est déjà dans une fiche.")
        lock_living(person_id)
        note.person_id = person_id
        touch(person_id=person_id, now=note.noted_at)
        _record(note, "person.note_attached", actor_id=actor_id, now=now)
