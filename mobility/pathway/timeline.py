"""One timeline of a person: the journal, the steps, calls and visits, and the messages sent. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import or_, select

from mobility.accounts.models import User
from mobility.core.db import db
from mobility.journal.queries import EntryView, list_entries
from mobility.notifications.kinds import CHANNEL_LABELS, STATE_LABELS, STATE_TONES, MessageClass, MessageState
from mobility.notifications.models import OutboxMessage
from mobility.notifications.templates import find_label
from mobility.pathway import overview
from mobility.pathway.models import Step
from mobility.pathway.overview import StepView
from mobility.people.kinds import NOTE_LABELS, NoteKind
from mobility.people.models import ContactNote

PART = 60
SHOWN = 80
_NOTE_ICONS = {NoteKind.CALL: "telephone", NoteKind.WALK_IN: "door-open", NoteKind.MESSAGE: "chat-left-text"}
# Codes concern the person alone, and what went out inside a digest is told by the digest.
_TOLD = (MessageState.QUEUED, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED, MessageState.EXPIRED)


@dataclass(frozen=True)
class Item:
    """One line of the timeline, as ``components/timeline.html`` reads it."""

    title: str
    at: datetime
    icon: str = "circle"
    tone: str = "neutral"
    body: str = ""
    actor: str = ""
    url: str = ""
    when: str = ""


def build(
    *,
    person_id: int,
    recipient_id: int,
    steps: Sequence[Step],
    now: datetime,
    limit: int = SHOWN,
    with_aids: bool = True,
) -> list[Item]:
    """Return the latest items, what is still to come first; three queries.

    ``with_aids``: also the beginnings and ends of aids, for a page that does not list them beside.
    """
    entries = list_entries(person_id=person_id, limit=PART, now=now)
    aids = overview.step_views(steps) if with_aids else []
    items = [
        *_entries(entries, {step.id: step.title for step in steps}),
        *_notes(person_id),
        *_messages(person_id, recipient_id),
        *(item for aid in aids for item in _step(aid, now)),
    ]
    return sorted(items, key=lambda item: item.at, reverse=True)[:limit]


def _entries(entries: Sequence[EntryView], steps: Mapping[int, str]) -> Iterable[Item]:
    """Give one item an entry; what was done to several steps by one act is one item that names them."""
    for _act, same in groupby(entries, key=lambda entry: (entry.at, entry.kind, entry.actor_name)):
        done = list(same)
        of_steps = [entry.subject_id for entry in done if entry.subject_kind == "step" and entry.subject_id]
        names = [steps[step_id] for step_id in of_steps if step_id in steps]
        if len(names) == len(done):
            yield replace(_entry(done[0]), body=" · ".join(dict.fromkeys(reversed(names))))
        else:
            yield from (_entry(entry) for entry in done)


def _entry(entry: EntryView) -> Item:
    tone = "accent" if entry.kind == "journal.note" else "neutral"
    body = entry.note or ("Note effacée" if entry.note_erased else "")
    return Item(entry.label, entry.at, entry.icon, tone, body, entry.actor_name or "")


def _notes(person_id: int) -> Iterable[Item]:
    rows = db.session.execute(
        select(ContactNote, User.display_name)
        .outerjoin(User, User.id == ContactNote.noted_by_id)
        .where(ContactNote.person_id == person_id, ContactNote.erased_at.is_(None))
        .order_by(ContactNote.noted_at.desc())
        .limit(PART)
    )
    for note, author in rows:
        waits = note.callback_user_id is not None and note.called_back_at is None
        title = f"{NOTE_LABELS[note.kind]} : à rappeler" if waits else NOTE_LABELS[note.kind]
        body = " ".join(filter(None, (note.text, note.outcome)))
        yield Item(title, note.noted_at, _NOTE_ICONS[note.kind], "warning" if waits else "neutral", body, author or "")


def _messages(person_id: int, recipient_id: int) -> Iterable[Item]:
    rows = db.session.scalars(
        select(OutboxMessage)
        .where(
            or_(OutboxMessage.person_id == person_id, OutboxMessage.recipient_id == recipient_id),
            OutboxMessage.message_class != MessageClass.SECURITY,
            OutboxMessage.state.in_(_TOLD),
        )
        .order_by(OutboxMessage.created_at.desc())
        .limit(PART)
    )
    for message in rows:
        tone, icon = STATE_TONES[message.state]
        channel = CHANNEL_LABELS[message.channel] if message.channel else "Message"
        title = f"{channel} : {find_label(message.template)} ({STATE_LABELS[message.state].lower()})"
        yield Item(title, message.sent_at or message.due_at, icon, tone, message.last_error)


def _step(step: StepView, now: datetime) -> Iterable[Item]:
    """Give the beginning of a step, and its end as long as it is ahead."""
    if step.starts_at is not None:
        yield Item(f"{step.title} : début", step.starts_at, step.icon, step.tone, step.state_label, url=step.url or "")
    if step.ends_at is not None and step.ends_at > now and step.is_live:
        yield Item(f"{step.title} : fin prévue", step.ends_at, step.icon, step.tone, url=step.url or "")
