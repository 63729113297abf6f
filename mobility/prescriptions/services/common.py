"""What every use case of prescriptions does besides its own change: log, journal, audit, messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, lock
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.people import services as people
from mobility.people.identifiers import gets_sms
from mobility.people.models import Person
from mobility.prescriptions import tokens, words
from mobility.prescriptions.errors import ReasonNeeded
from mobility.prescriptions.models import Prescription, PrescriptionEvent
from mobility.prescriptions.queries.consent import may_tell_details
from mobility.prescriptions.queries.referents import told_of
from mobility.prescriptions.rules.referents import Sees, is_told
from mobility.prescriptions.rules.states import FOLLOWED_LABELS, PRESCRIPTIONS, Action, State, followed
from mobility.prescriptions.services.post import post

NOTE_MAX = 2000
# An orientation is « commencée », an accompaniment « commencé ».
MASCULINE = {"reçue": "demandé", "commencée": "commencé", "terminée": "terminé"}


def hold(prescription_id: int, *, version: int | None = None) -> Prescription:
    """Return the prescription, held until the transaction ends. Raises NotFound, StaleVersion."""
    row = lock(Prescription, prescription_id)
    check_version(row, version)
    return row


def clean_note(text: str | None, *, needed: bool = False, field: str = "note") -> str:
    """Return a written note without its margins. Raises ReasonNeeded."""
    note = (text or "").strip()[:NOTE_MAX]
    if needed and not note:
        raise ReasonNeeded(field=field)
    return note


def log(
    session: Session,
    row: Prescription,
    action: Action,
    *,
    actor_id: int | None,
    now: datetime,
    from_state: State | None = None,
    facts: Mapping[str, Any] | None = None,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
    in_agenda: bool = False,
) -> None:
    """Write one line into the prescription's log and the audit log, and into the journal where there is a file.

    ``in_agenda``: the agenda has written the act into the journal itself.
    """
    session.flush()
    told = dict(facts or {})
    stored = {key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()}
    session.add(
        PrescriptionEvent(
            prescription_id=row.id,
            at=now,
            action=action,
            from_state=from_state,
            to_state=row.state,
            actor_id=actor_id,
            facts=stored,
        )
    )
    kind = words.journal_kind(action)
    act: dict[str, Any] = {
        "actor_id": actor_id, "action": kind, "subject_kind": words.SUBJECT, "subject_id": row.id, "now": now,
        "changes": {"state": (from_state, row.state), **(changes or {})},
    }  # fmt: skip
    if row.person_id is None:
        audit.record(**act)
    else:
        journal.write_act(
            person_id=row.person_id,
            kind=kind if action in words.JOURNAL and not in_agenda else None,
            facts={"prescription_id": row.id, **told},
            note=note or None,
            **act,
        )
    session.flush()


def move(
    session: Session,
    row: Prescription,
    action: Action,
    *,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
    in_agenda: bool = False,
) -> None:
    """Take the prescription along its table, and log it. Set the columns that the new state needs before.

    Raises ForbiddenTransition.
    """
    before = row.state
    row.state = PRESCRIPTIONS.after(before, action)
    row.touched_at = now
    log(
        session,
        row,
        action,
        actor_id=actor_id,
        now=now,
        from_state=before,
        facts=facts,
        note=note,
        changes=changes,
        in_agenda=in_agenda,
    )
    if row.person_id is not None:
        people.touch(person_id=row.person_id, now=now)


def make_recipient(
    *, phone: str | None, email: str | None, holder: Holder, name: str, neutral: bool, locale: str, now: datetime
) -> int | None:
    """Make somebody who can be written to; None where there is neither phone nor mailbox."""
    if not phone and not email:
        return None
    preferred = Channel.EMAIL if holder is Holder.PROFESSIONAL and email else None
    recipient_id = notifications.create_recipient(preferred_channel=preferred, locale=locale)
    reach(recipient_id, phone=phone, email=email, holder=holder, name=name, neutral=neutral, now=now)
    return recipient_id


def reach(
    recipient_id: int,
    *,
    phone: str | None,
    email: str | None,
    holder: Holder,
    name: str,
    neutral: bool,
    now: datetime,
) -> None:
    """Give a recipient a phone and a mailbox. A landline is kept for calls."""
    for channel, value in ((Channel.SMS, phone), (Channel.EMAIL, email)):
        if not value:
            continue
        point_id = notifications.add_contact_point(
            recipient_id=recipient_id,
            channel=channel,
            value=value,
            now=now,
            holder=holder,
            holder_name=name if holder is Holder.PROFESSIONAL else "",
            neutral=neutral,
        )
        if channel is Channel.SMS and not gets_sms(value):
            notifications.opt_out(contact_point_id=point_id, now=now)


def place_of(session: Session, row: Prescription) -> dict[str, Any]:
    """Return the values that every message uses: which desk, and its phone."""
    desk = session.get_one(Desk, row.desk_id)
    return {"place": desk.name, "phone": desk.phone}


def tell_person(
    session: Session,
    row: Prescription,
    template: str,
    *,
    key: str,
    now: datetime,
    message_class: MessageClass = MessageClass.NORMAL,
    expires_at: datetime | None = None,
    **params: Any,
) -> None:
    """Queue a message to the person: at their file's contacts, or before there is one at those of the prescription.

    A step of somebody without any contact becomes a letter.
    """
    recipient_id = row.person_recipient_id
    if row.person_id is not None:
        recipient_id = session.get_one(Person, row.person_id).recipient_id
    told, dedup_key = {**place_of(session, row), **params}, f"{words.SUBJECT}:{row.id}:{key}"
    if recipient_id is None:
        post(row, template, told, key=dedup_key, now=now)
        return
    notifications.queue(
        recipient_id=recipient_id,
        template=template,
        params=told,
        message_class=message_class,
        dedup_key=dedup_key,
        now=now,
        person_id=row.person_id,
        expires_at=expires_at,
    )


def tell_referent(
    session: Session, row: Prescription, template: str, *, key: str, now: datetime, **params: Any
) -> bool:
    """Queue a message to whoever sent the person; it names nobody. Returns whether there is a way."""
    if row.referent_recipient_id is None:
        return False
    notifications.queue(
        recipient_id=row.referent_recipient_id,
        template=template,
        params={**place_of(session, row), "number": row.id, "url": tokens.follow_url(row), **params},
        message_class=MessageClass.NORMAL,
        dedup_key=f"prescription:{row.id}:{key}",
        now=now,
    )
    return True


def tell_followed(session: Session, row: Prescription, *, now: datetime, detail: str = "") -> None:
    """Tell the referent « reçue », « commencée » or « terminée »; the detail only where the person agrees."""
    word = FOLLOWED_LABELS[followed(row.state)].lower()
    tell_referent(
        session,
        row,
        "prescription_followed",
        key=f"followed:{row.state.value}:{int(now.timestamp())}",
        now=now,
        word=word,
        detail=detail if detail and may_tell_details(row) else "",
    )
    tell_outside(session, row, key=f"{row.state.value}:{int(now.timestamp())}", now=now, word=word, detail=detail)


def tell_step(session: Session, row: Prescription, detail: str, *, key: str, now: datetime) -> None:
    """Tell the referent of a step between two words, where the person agrees; without it they hear nothing."""
    if may_tell_details(row):
        tell_referent(session, row, "prescription_step", key=key, now=now, detail=detail)
    tell_outside(session, row, key=key, now=now, detail=detail)


def tell_outside(
    session: Session, row: Prescription, *, key: str, now: datetime, word: str = "", detail: str = ""
) -> None:
    """Tell the person's other referents what the person allows each; initials only, nothing of a protected file.

    ``word``: a step that all of them may hear; without it only those who may know details do.
    """
    if row.person_id is None:
        return
    person = session.get_one(Person, row.person_id)
    if person.protected or person.restricted_at is not None or person.erased_at is not None:
        return
    initials = " ".join(f"{name[0].upper()}." for name in (person.first_name, person.last_name) if name)
    for one in told_of(person.id):
        same = one.email is not None and one.email == row.referent_email
        if one.recipient_id is None or same or not is_told(one.sees, detail=not word):
            continue
        notifications.queue(
            recipient_id=one.recipient_id,
            template="referent_told",
            params={
                **place_of(session, row),
                "initials": initials,
                "word": MASCULINE.get(word, word),
                "detail": detail if one.sees is Sees.DETAILS else "",
            },
            message_class=MessageClass.NORMAL,
            dedup_key=f"prescription:{row.id}:outside:{one.id}:{key}",
            now=now,
        )


def received_on(row: Prescription) -> date:
    """Return the day on which a sent prescription came in."""
    assert row.received_at is not None  # noqa: S101 - the database holds it for every state but the draft
    return day_of(row.received_at)
