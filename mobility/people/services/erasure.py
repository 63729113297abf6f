"""Erase a person: the identity and every free text go, counts and the ledger stay.

The row keeps its desk, situation and dates of work, so that figures of past years stay true.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.accounts.models import AuditEntry, AuditValue, User
from mobility.core.clock import day_of, format_date
from mobility.core.db import lock, transaction
from mobility.documents import services as documents
from mobility.documents.models import Document
from mobility.notifications import services as notifications
from mobility.people import lifecycle
from mobility.people.errors import ErasureHeld
from mobility.people.models import (
    ERASED_COLUMNS,
    ContactNote,
    Person,
    PersonLicence,
    PersonStaff,
    Representative,
    RetentionItem,
    RightsRequest,
)
from mobility.people.queries.family import family_ids
from mobility.people.services.common import lock_living, record

ERASED_TEXT = "(effacé)"
ERASED_USER = "Personne effacée"


def erase_person(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Erase the file and those merged into it. Raises ErasureHeld while some room must keep evidence."""
    with transaction():
        lock_living(person_id)
        until = lifecycle.longest_clock(person_id=person_id, on=day_of(now))
        if until is not None and until >= day_of(now):
            raise ErasureHeld(until=format_date(until, weekday=False, year=0))
        for identity in sorted(family_ids(person_id)):
            _erase_one(identity, now=now)
        record(person_id=person_id, action="person.erased", actor_id=actor_id, now=now)


def restrict_person(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Archive the file: open to managers only, until its longest clock is over."""
    with transaction():
        person = lock_living(person_id)
        if person.restricted_at is None:
            person.restricted_at = now
            record(person_id=person_id, action="person.restricted", actor_id=actor_id, now=now)


def reopen_person(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Take a file out of the archive: the person is back."""
    with transaction():
        person = lock_living(person_id)
        if person.restricted_at is not None:
            person.restricted_at, person.last_contact_at = None, now
            record(person_id=person_id, action="person.reopened", actor_id=actor_id, now=now)


def _erase_one(person_id: int, *, now: datetime) -> None:
    with transaction() as session:
        person = lock(Person, person_id)
        if person.erased_at is not None:
            return
        _erase_own(session, person, now)
        notifications.erase_recipient(recipient_id=person.recipient_id, now=now)
        for part in lifecycle.parts():
            if part.erase is not None:
                part.erase(person_id=person_id, now=now)
        _erase_documents(session, person_id, now)
        _erase_user(session, person_id, now)
        audit.erase_values(person_id=person_id, now=now)


def _erase_own(session: Session, person: Person, now: datetime) -> None:
    for column in ERASED_COLUMNS:
        setattr(person, column, None)
    person.first_name = person.last_name = person.name_key = person.name_plain = ""
    person.protected, person.referent_user_id = False, None
    person.erased_at = now
    session.flush()
    of_representatives = select(Representative.recipient_id).where(
        Representative.person_id == person.id, Representative.recipient_id.is_not(None)
    )
    for recipient_id in session.scalars(of_representatives).all():
        if recipient_id is not None:
            notifications.erase_recipient(recipient_id=recipient_id, now=now)
    for model in (PersonStaff, Representative, PersonLicence):
        session.execute(delete(model).where(model.person_id == person.id))
    session.execute(
        update(ContactNote)
        .where(ContactNote.person_id == person.id, ContactNote.erased_at.is_(None))
        .values(caller_name="", caller_phone=None, text="", outcome=None, erased_at=now)
    )
    of_person = RightsRequest.person_id == person.id
    session.execute(update(RightsRequest).where(of_person).values(wish="", answer=ERASED_TEXT))
    session.execute(
        update(RightsRequest)
        .where(of_person, RightsRequest.extension_reason.is_not(None))
        .values(extension_reason=ERASED_TEXT)
    )
    session.execute(
        update(RetentionItem)
        .where(RetentionItem.person_id == person.id, RetentionItem.kept_reason.is_not(None))
        .values(kept_reason=ERASED_TEXT)
    )


def _erase_user(session: Session, person_id: int, now: datetime) -> None:
    """Close the account of the person; what it did stays known by its id."""
    user = session.scalar(select(User).where(User.person_id == person_id).with_for_update())
    if user is None:
        return
    user.display_name, user.email, user.password_hash = ERASED_USER, None, None
    user.totp_secret_encrypted, user.totp_confirmed_at = None, None
    user.disabled_at = user.disabled_at or now
    user.session_epoch += 1
    about_user = select(AuditEntry.id).where(AuditEntry.subject_kind == "user", AuditEntry.subject_id == user.id)
    session.execute(
        update(AuditValue)
        .where(AuditValue.entry_id.in_(about_user), AuditValue.erased_at.is_(None))
        .values(before=None, after=None, erased_at=now)
    )


def _erase_documents(session: Session, person_id: int, now: datetime) -> None:
    for document_id in session.scalars(
        select(Document.id).where(Document.person_id == person_id, Document.erased_at.is_(None)).order_by(Document.id)
    ).all():
        documents.erase(document_id=document_id, actor_id=None, now=now)
