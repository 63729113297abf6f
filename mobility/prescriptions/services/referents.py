"""Professionals outside of the platform who follow the person too: noted, told what the person allows, let go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mobility.core.db import check_version, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.journal import services as journal
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Holder
from mobility.people.identifiers import clean_email, clean_phone
from mobility.people.kinds import ConsentManner
from mobility.people.models import Person
from mobility.prescriptions import words
from mobility.prescriptions.errors import ReferentUnreachable
from mobility.prescriptions.models import OutsideReferent
from mobility.prescriptions.rules.referents import Sees
from mobility.prescriptions.services.common import make_recipient


@dataclass(frozen=True, kw_only=True)
class ReferentDetails:
    """What is typed about a referent. ``manner``: how the person has agreed to what is told."""

    organisation_name: str
    name: str
    role: str = ""
    phone: str | None = None
    email: str | None = None
    sees: Sees = Sees.NOTHING
    manner: ConsentManner = ConsentManner.SPOKEN


@retried
def add_referent(*, person_id: int, details: ReferentDetails, actor_id: int | None, now: datetime) -> int:
    """Note a referent of a person; return the id. Raises ReferentUnreachable and a violation on its field."""
    with transaction() as session:
        person = load(Person, person_id)
        if person.erased_at is not None or person.merged_into_id is not None:
            raise NotFound(f"person {person_id}")
        row = OutsideReferent(person_id=person_id, created_at=now, created_by_id=actor_id)
        _fill(row, details, now=now)
        session.add(row)
        session.flush()
        _note(row, words.REFERENT_ADDED, before=None, actor_id=actor_id, now=now)
        return row.id


@retried
def change_referent(
    *,
    person_id: int,
    referent_id: int,
    details: ReferentDetails,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Correct a referent, or what the person lets them know. Raises ReferentUnreachable, StaleVersion, NotFound."""
    with transaction() as session:
        row = _hold(person_id, referent_id)
        check_version(row, version)
        before = row.sees
        _fill(row, details, now=now)
        session.flush()
        _note(row, words.REFERENT_CHANGED, before=before, actor_id=actor_id, now=now)


@retried
def end_referent(*, person_id: int, referent_id: int, actor_id: int | None, now: datetime) -> None:
    """Let a referent go: they are told nothing any more, and their mailbox is erased. Raises NotFound."""
    with transaction() as session:
        row = _hold(person_id, referent_id)
        row.ended_at = now
        session.flush()
        _forget(row, now=now)
        _note(row, words.REFERENT_ENDED, before=row.sees, actor_id=actor_id, now=now)


def _hold(person_id: int, referent_id: int) -> OutsideReferent:
    row = lock(OutsideReferent, referent_id)
    if row.person_id != person_id or row.ended_at is not None:
        raise NotFound(f"outside referent {referent_id}")
    return row


def _fill(row: OutsideReferent, details: ReferentDetails, *, now: datetime) -> None:
    phone = clean_phone(details.phone, field="phone") if details.phone else None
    email = clean_email(details.email, field="email") if details.email else None
    if details.sees is not Sees.NOTHING and not (phone or email):
        raise ReferentUnreachable
    fresh, old = row.recipient_id, None
    if (phone, email) != (row.phone, row.email):
        # Made first: what the row says at any moment must hold.
        fresh, old = (
            make_recipient(
                phone=phone,
                email=email,
                holder=Holder.PROFESSIONAL,
                name=details.name,
                neutral=False,
                locale="fr",
                now=now,
            ),
            row.recipient_id,
        )
    agreed = details.sees is not Sees.NOTHING and (row.sees is not details.sees or row.consent_at is None)
    row.organisation_name, row.name, row.role = details.organisation_name, details.name, details.role
    row.phone, row.email, row.recipient_id, row.sees = phone, email, fresh, details.sees
    if agreed:
        row.consent_at, row.consent_manner = now, ConsentManner(details.manner)
    elif details.sees is Sees.NOTHING:
        row.consent_at = row.consent_manner = None
    if old is not None:
        notifications.erase_recipient(recipient_id=old, now=now)


def _forget(row: OutsideReferent, *, now: datetime) -> None:
    gone, row.recipient_id = row.recipient_id, None
    if gone is not None:
        notifications.erase_recipient(recipient_id=gone, now=now)


def erase_referent(row: OutsideReferent, *, now: datetime) -> None:
    """Erase who it was; what they were told and when stays."""
    row.ended_at = row.ended_at or now
    row.name = row.role = row.organisation_name = ""
    row.phone = row.email = None
    row.erased_at = now
    _forget(row, now=now)


def _note(row: OutsideReferent, kind: str, *, before: Sees | None, actor_id: int | None, now: datetime) -> None:
    after = None if row.ended_at is not None else row.sees
    journal.write_act(
        person_id=row.person_id,
        subject_kind=words.REFERENT,
        subject_id=row.id,
        action=kind,
        now=now,
        actor_id=actor_id,
        changes={"sees": (before, after)},
        kind=kind,
        facts={"sees": row.sees.value},
    )
