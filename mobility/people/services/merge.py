"""Two files of one person become one; nothing is lost.

What hangs on the merged file moves to the kept one. The merged row stays with its own values and
points to the kept one, so that old addresses lead on and append-only tables read both.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobility.accounts.models import User
from mobility.core.db import check_version, transaction
from mobility.documents.models import Document
from mobility.geo.geocoding import POSITION_COLUMNS
from mobility.notifications import services as notifications
from mobility.notifications.models import OutboxMessage
from mobility.people import lifecycle
from mobility.people.errors import MergeImpossible
from mobility.people.models import (
    ContactNote,
    Person,
    PersonConsent,
    PersonLicence,
    PersonStaff,
    Representative,
    RightsRequest,
)
from mobility.people.names import name_key, name_plain
from mobility.people.services.common import Changes, lock_living, record

MERGEABLE = (
    "first_name",
    "last_name",
    "birth_name",
    "born_on",
    "status",
    "language",
    "reading_ease",
    "legal_protection",
    "france_travail_id",
    "neph",
    "desk_id",
    "referent_user_id",
)
ADDRESS = ("street", "address_note", "postcode", "city", "insee_code", *POSITION_COLUMNS)
LICENCE_FIELDS = (
    "number",
    "valid_until_on",
    "exchange_due_on",
    "ads_until_on",
    "suspended_from_on",
    "suspended_until_on",
    "probation_until_on",
)
_EMPTY = (None, "")


def merge_persons(
    *,
    kept_id: int,
    merged_id: int,
    actor_id: int,
    now: datetime,
    take: Collection[str] = (),
    kept_version: int | None = None,
    merged_version: int | None = None,
) -> None:
    """Merge one file into another.

    ``take`` names the fields (« address » for the whole address) whose value of the merged file is the
    right one; where the kept file has none, it takes the other's anyway.
    Raises MergeImpossible, FileErased, FileMerged, StaleVersion.
    """
    if kept_id == merged_id:
        raise MergeImpossible(reason="c’est la même fiche")
    with transaction() as session:
        # Always in the same order: two merges the other way round would wait for each other.
        rows = {identity: lock_living(identity) for identity in sorted((kept_id, merged_id))}
        kept, merged = rows[kept_id], rows[merged_id]
        check_version(kept, kept_version)
        check_version(merged, merged_version)
        changes = _take_values(kept, merged, take)
        _take_secrets(session, kept, merged)
        _take_protection(session, kept, merged, actor_id=actor_id, now=now)
        kept.last_contact_at = max(kept.last_contact_at, merged.last_contact_at)
        kept.created_at = min(kept.created_at, merged.created_at)
        if kept.restricted_at is None or merged.restricted_at is None:
            kept.restricted_at = None
        merged.merged_into_id, merged.merged_at = kept_id, now
        session.flush()
        _move_licences(session, kept_id, merged_id)
        _move_consents(session, kept_id, merged_id)
        _move_rows(session, kept_id, merged_id)
        _move_user(session, kept, merged_id, now)
        notifications.speak(recipient_id=kept.recipient_id, locale=kept.language)
        notifications.merge_recipients(kept_id=kept.recipient_id, gone_id=merged.recipient_id, now=now)
        for part in lifecycle.parts():
            if part.merge is not None:
                part.merge(kept_id=kept_id, merged_id=merged_id, now=now)
        changes["merged_id"] = (None, merged_id)
        record(person_id=kept_id, action="person.merged", actor_id=actor_id, now=now, changes=changes)
        record(person_id=merged_id, action="person.merged_away", actor_id=actor_id, now=now)


def _take_values(kept: Person, merged: Person, take: Collection[str]) -> Changes:
    """Fill the kept file in; return what changed."""
    unknown = set(take) - {*MERGEABLE, "address"}
    if unknown:
        raise MergeImpossible(reason="un champ choisi n’existe pas")
    wanted = [
        name
        for name in MERGEABLE
        if getattr(merged, name) not in _EMPTY and (name in take or getattr(kept, name) in _EMPTY)
    ]
    if "address" in take or all(getattr(kept, name) in _EMPTY for name in ADDRESS):
        wanted.extend(ADDRESS)
    changes: Changes = {}
    for name in wanted:
        before, after = getattr(kept, name), getattr(merged, name)
        if before != after:
            setattr(kept, name, after)
            changes[name] = (before, after)
    # The search goes on finding the person under either name.
    names = (kept.last_name, kept.birth_name, kept.first_name, merged.last_name, merged.birth_name, merged.first_name)
    kept.name_key, kept.name_plain = name_key(*names), name_plain(*names)
    return changes


def _take_secrets(session: Session, kept: Person, merged: Person) -> None:
    card, secret = merged.card_code_hash, merged.second_secret_hash
    merged.card_code_hash = merged.second_secret_hash = None
    session.flush()  # its code is unique
    if kept.second_secret_hash is None and kept.card_code_hash is None:
        # A card works with the secret chosen for it: the two move together or not at all.
        kept.second_secret_hash, kept.card_code_hash = secret, card


def _take_protection(session: Session, kept: Person, merged: Person, *, actor_id: int, now: datetime) -> None:
    """A protected file stays so: the named staff of both keep their access, nobody else gains any."""
    if not (kept.protected or merged.protected):
        return
    named = {
        identity: set(session.scalars(select(PersonStaff.user_id).where(PersonStaff.person_id == identity)))
        for identity in (kept.id, merged.id)
    }
    session.add_all(
        PersonStaff(person_id=kept.id, user_id=user_id, added_by_id=actor_id, added_at=now)
        for user_id in sorted(named[merged.id] - named[kept.id])
    )
    everybody = named[kept.id] | named[merged.id]
    kept.protected = True
    kept.protection_reason = "\n".join(filter(None, (kept.protection_reason, merged.protection_reason))) or None
    if kept.referent_user_id not in everybody:
        kept.referent_user_id = min(everybody)
    session.flush()


def _move_licences(session: Session, kept_id: int, merged_id: int) -> None:
    """Move licences; one of the same category fills the gaps of the kept one and stays with the merged file."""
    mine = {
        row.category: row for row in session.scalars(select(PersonLicence).where(PersonLicence.person_id == kept_id))
    }
    for row in session.scalars(select(PersonLicence).where(PersonLicence.person_id == merged_id)):
        held = mine.get(row.category)
        if held is None:
            row.person_id = kept_id
            continue
        for name in LICENCE_FIELDS:
            if getattr(held, name) is None:
                setattr(held, name, getattr(row, name))
        held.codes = list(dict.fromkeys([*held.codes, *row.codes]))
        if held.checked_at is None and held.issued_on == row.issued_on and held.number == row.number:
            held.checked_by_id, held.checked_at = row.checked_by_id, row.checked_at
    session.flush()


def _move_consents(session: Session, kept_id: int, merged_id: int) -> None:
    """Move consents; where the two files disagree, the latest word of the person holds."""
    mine: dict[str, list[PersonConsent]] = {}
    for row in session.scalars(select(PersonConsent).where(PersonConsent.person_id == kept_id)):
        mine.setdefault(row.kind, []).append(row)
    for row in session.scalars(select(PersonConsent).where(PersonConsent.person_id == merged_id)):
        others = mine.get(row.kind, [])
        if row.withdrawn_at is None:
            standing = next((other for other in others if other.withdrawn_at is None), None)
            refusals = [o.withdrawn_at for o in others if o.withdrawn_at is not None and o.withdrawn_at > row.given_at]
            if standing is not None:
                row.withdrawn_at = max(row.given_at, standing.given_at)
            elif refusals:
                row.withdrawn_at = max(refusals)
        else:
            for other in others:
                if other.withdrawn_at is None and other.given_at < row.withdrawn_at:
                    other.withdrawn_at = row.withdrawn_at
        row.person_id = kept_id
        session.flush()


def _move_rows(session: Session, kept_id: int, merged_id: int) -> None:
    for model in (Representative, ContactNote, RightsRequest):
        session.execute(update(model).where(model.person_id == merged_id).values(person_id=kept_id))
    session.execute(update(Document).where(Document.person_id == merged_id).values(person_id=kept_id))
    session.execute(
        update(Document).where(Document.owner_kind == "person", Document.owner_id == merged_id).values(owner_id=kept_id)
    )
    session.execute(update(OutboxMessage).where(OutboxMessage.person_id == merged_id).values(person_id=kept_id))


def _move_user(session: Session, kept: Person, merged_id: int, now: datetime) -> None:
    """Move the account; where both files have one, the kept file's goes on and the other is closed."""
    other = session.scalar(select(User).where(User.person_id == merged_id).with_for_update())
    if other is None:
        return
    own = session.scalar(select(User.id).where(User.person_id == kept.id))
    other.session_epoch += 1
    if own is None:
        other.person_id = kept.id
        taken = session.scalar(select(User.id).where(User.recipient_id == kept.recipient_id, User.id != other.id))
        if taken is None:
            other.recipient_id = kept.recipient_id
    else:
        other.disabled_at = other.disabled_at or now
    session.flush()
