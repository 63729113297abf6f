"""Letters: made when a message about an appointment has no channel to leave by, printed, marked as posted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select, update

from mobility.accounts import audit
from mobility.agenda import hooks, parameters, words
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import (
    KEPT,
    LETTER_LABELS,
    TITLES,
    LetterKind,
    facts,
    letter_of,
    note_of,
    paragraphs,
    reminder_on,
    shows_facts,
)
from mobility.agenda.models import Appointment, Attendance
from mobility.core import pdf
from mobility.core.clock import day_of, format_date
from mobility.core.db import db, load, lock, transaction
from mobility.core.retry import retried
from mobility.core.web.filters import phone
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.notifications.hooks import Undelivered
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person, display_name

RECEIVER = ("name", "street", "postcode", "city")


def take_undelivered(message: Undelivered) -> None:
    """Make a letter of a message about an appointment that reached nobody; joins the transaction of the delivery."""
    if message.person_id is None:
        return
    row = load(OutboxMessage, message.outbox_message_id)
    found = letter_of(message.template, row.dedup_key)
    person = load(Person, message.person_id)
    if found is None or person.erased_at is not None or person.restricted_at is not None:
        return
    with transaction() as session:
        visit = session.get(Attendance, found.attendance_id) if found.attendance_id is not None else None
        if visit is not None and visit.starts_at <= message.at and found.kind is not LetterKind.ABSENCE:
            return
        desk_id = person.desk_id
        if visit is not None:
            desk_id = session.get_one(Appointment, visit.appointment_id).desk_id
            # What an earlier letter told, and what nobody has posted yet, holds no more.
            drop(AgendaLetter.attendance_id == visit.id, now=message.at)
        params = {name: str(row.params[name]) for name in KEPT if row.params.get(name)}
        _add(person, desk_id, visit, found.kind, row.dedup_key, params, day_of(message.at), now=message.at)
        if visit is None or found.kind not in {LetterKind.BOOKED, LetterKind.MOVED}:
            return
        days = parameters.letter_days(on=day_of(message.at), desk_id=desk_id)
        post_on = reminder_on(day_of(visit.starts_at), today=day_of(message.at), days=days)
        if post_on is not None:
            key = f"{row.dedup_key}:letter"
            _add(person, desk_id, visit, LetterKind.REMINDER, key, params, post_on, now=message.at)


def _add(
    person: Person,
    desk_id: int,
    visit: Attendance | None,
    kind: LetterKind,
    key: str,
    params: dict[str, str],
    post_on: date,
    *,
    now: datetime,
) -> None:
    with transaction() as session:
        if session.scalar(select(AgendaLetter.id).where(AgendaLetter.key == key)) is not None:
            return
        session.add(
            AgendaLetter(
                person_id=person.id,
                desk_id=desk_id,
                attendance_id=visit.id if visit is not None else None,
                kind=kind,
                key=key,
                params=params,
                post_on=post_on,
                made_at=now,
            )
        )
        session.flush()


def write(
    *,
    kind: LetterKind,
    key: str,
    subject: tuple[str, int],
    person_id: int | None,
    receiver: Mapping[str, str],
    desk_id: int,
    params: Mapping[str, str],
    now: datetime,
) -> None:
    """Make a letter for another room, to be posted today; the same key makes one. ``receiver``: who has no file.

    What earlier letters on the subject told, and nobody has posted, holds no more; that somebody was sent does, until
    they are refused or it is over.
    """
    with transaction() as session:
        if session.scalar(select(AgendaLetter.id).where(AgendaLetter.key == key)) is not None:
            return
        about = _about(subject[0], [subject[1]])
        over = kind in {LetterKind.REFUSED, LetterKind.ENDED}
        drop(about if over else about & (AgendaLetter.kind != LetterKind.RECEIVED), now=now)
        session.add(
            AgendaLetter(
                person_id=person_id,
                desk_id=desk_id,
                subject_kind=subject[0],
                subject_id=subject[1],
                receiver={} if person_id is not None else dict(receiver),
                kind=kind,
                key=key,
                params=dict(params),
                post_on=day_of(now),
                made_at=now,
            )
        )
        session.flush()


def _about(subject_kind: str, subject_ids: Collection[int]) -> ColumnElement[bool]:
    return and_(AgendaLetter.subject_kind == subject_kind, AgendaLetter.subject_id.in_(subject_ids))


def give_to_person(*, subject: tuple[str, int], person_id: int) -> None:
    """Make the letters that were made before there was a file part of it; the file's address is theirs."""
    with transaction() as session:
        session.execute(
            update(AgendaLetter)
            .where(_about(subject[0], [subject[1]]), AgendaLetter.person_id.is_(None))
            .values(person_id=person_id, receiver={})
        )


def give_to_desk(*, subject: tuple[str, int], desk_id: int) -> None:
    """Let another desk post what is not posted yet."""
    with transaction() as session:
        session.execute(
            update(AgendaLetter)
            .where(_about(subject[0], [subject[1]]), AgendaLetter.posted_at.is_(None))
            .values(desk_id=desk_id)
        )


def erase_of(*, subject_kind: str, subject_ids: Collection[int], now: datetime) -> None:
    """Erase the words and the receivers of letters, and post none of them any more."""
    about = _about(subject_kind, subject_ids)
    with transaction() as session:
        drop(about, now=now)
        session.execute(update(AgendaLetter).where(about).values(params={}, receiver={}))


def drop(condition: ColumnElement[bool], *, now: datetime) -> None:
    """Let letters that nobody has posted go to nobody."""
    with transaction() as session:
        session.execute(
            update(AgendaLetter)
            .where(condition, AgendaLetter.posted_at.is_(None), AgendaLetter.dropped_at.is_(None))
            .values(dropped_at=now)
        )


@retried
def mark_posted(*, letter_id: int, actor_id: int | None, now: datetime) -> None:
    """Note that a letter is in the post; twice changes nothing. Raises NotFound."""
    with transaction() as session:
        row = lock(AgendaLetter, letter_id)
        if row.posted_at is not None or row.dropped_at is not None:
            return
        row.posted_at, row.posted_by_id = now, actor_id
        session.flush()
        if row.person_id is None:
            audit.record(
                action=words.LETTER_POSTED, subject_kind="agenda_letter", subject_id=row.id, actor_id=actor_id, now=now
            )
            return
        journal.write_act(
            person_id=row.person_id,
            subject_kind="agenda_letter",
            subject_id=row.id,
            action=words.LETTER_POSTED,
            now=now,
            actor_id=actor_id,
            kind=words.LETTER_POSTED,
            note=LETTER_LABELS[row.kind],
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter to post, as the list shows it."""

    id: int
    person_id: int | None
    page: str
    """Where what it is about is read, for somebody who has no file."""
    name: str
    label: str
    desk_name: str
    post_on: date
    has_address: bool


def list_letters(condition: ColumnElement[bool], *, limit: int = 200) -> list[Waiting]:
    """Return the letters that nobody has posted, those that press first; one query."""
    rows = db.session.execute(
        select(AgendaLetter, Person, Desk.name)
        .outerjoin(Person, Person.id == AgendaLetter.person_id)
        .join(Desk, Desk.id == AgendaLetter.desk_id)
        .where(condition, AgendaLetter.posted_at.is_(None), AgendaLetter.dropped_at.is_(None))
        .order_by(AgendaLetter.post_on, AgendaLetter.id)
        .limit(limit)
    )
    return [
        Waiting(
            letter.id,
            letter.person_id,
            "" if letter.person_id is not None else hooks.letter_page(letter.subject_kind, letter.subject_id or 0),
            (to := _receiver(letter, person)).name,
            LETTER_LABELS[letter.kind],
            desk_name,
            letter.post_on,
            bool(to.street and to.postcode and to.city),
        )
        for letter, person, desk_name in rows
    ]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who stands in the window of the envelope."""

    name: str
    note: str
    street: str
    postcode: str
    city: str


def _receiver(letter: AgendaLetter, person: Person | None) -> Receiver:
    """Return who the letter goes to: as the file has it today, or as it was written for somebody without one."""
    if person is None:
        return Receiver(note="", **{name: letter.receiver.get(name, "") for name in RECEIVER})
    name = display_name(person.id, person.first_name, person.last_name)
    parts = (person.address_note, person.street, person.postcode, person.city)
    return Receiver(name, *(part or "" for part in parts))


def print_letters(letter_ids: Sequence[int], *, now: datetime) -> bytes:
    """Return the letters as one paper, one sheet each; two queries."""
    rows = db.session.execute(
        select(AgendaLetter, Person, Desk)
        .outerjoin(Person, Person.id == AgendaLetter.person_id)
        .join(Desk, Desk.id == AgendaLetter.desk_id)
        .where(AgendaLetter.id.in_(letter_ids))
        .order_by(AgendaLetter.post_on, AgendaLetter.id)
    ).all()
    sheets = [_sheet(row.AgendaLetter, row.Person, row.Desk, now=now) for row in rows]
    return pdf.render("appointment_letters", {"sheets": sheets}, title="Courriers à envoyer", now=now)


def _sheet(letter: AgendaLetter, person: Person | None, desk: Desk, *, now: datetime) -> dict[str, object]:
    town, to = f"{desk.postcode} {desk.city}", _receiver(letter, person)
    line = phone(desk.phone)
    # A neutral letter does not tell who writes.
    team = "" if letter.kind is LetterKind.CALL else desk.name
    return {
        "sender": [part for part in (team, desk.street, town, line) if part],
        "receiver": [part for part in (to.name, to.note, to.street, f"{to.postcode} {to.city}".strip()) if part],
        "place_and_date": f"{desk.city}, le {format_date(day_of(now), weekday=False, year=0)}",
        "title": TITLES[letter.kind],
        "paragraphs": paragraphs(letter.kind, letter.params, phone=line),
        "facts": [list(pair) for pair in facts(letter.params)] if shows_facts(letter.kind) else [],
        "note": note_of(letter.kind, letter.params),
        "signed": letter.params.get("adviser", "") or (f"L’équipe de {team}" if team else "Votre conseiller"),
    }
