"""Licences held, consents."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.core.clock import day_of
from mobility.core.db import check_version, db, lock, savepoint, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.people.errors import (
    ConsentMissing,
    ConsentStands,
    LicenceDatesBackwards,
    LicenceTwice,
)
from mobility.people.identifiers import clean_licence_codes, clean_licence_number
from mobility.people.kinds import ConsentKind, ConsentManner, LicenceCategory
from mobility.people.models import PersonConsent, PersonLicence
from mobility.people.services.common import Changes, assign, lock_living, record


@dataclass(frozen=True, kw_only=True)
class Licence:
    """A licence as read on the paper. ``codes`` is the text « 01.06, 78 »."""

    category: LicenceCategory
    issued_on: date
    number: str | None = None
    valid_until_on: date | None = None
    codes: str = ""
    country: str = "FR"
    exchange_due_on: date | None = None
    ads_until_on: date | None = None
    suspended_from_on: date | None = None
    suspended_until_on: date | None = None
    probation_until_on: date | None = None

    def clean(self, *, today: date) -> dict[str, object]:
        """Return the values of the columns. Raises a violation on the field it concerns."""
        if self.issued_on > today:
            raise LicenceDatesBackwards(field="issued_on")
        for name in ("valid_until_on", "probation_until_on", "exchange_due_on", "ads_until_on"):
            if (day := getattr(self, name)) is not None and day < self.issued_on:
                raise LicenceDatesBackwards(field=name)
        if self.suspended_until_on and (
            self.suspended_from_on is None or self.suspended_until_on < self.suspended_from_on
        ):
            raise LicenceDatesBackwards(field="suspended_until_on")
        country = self.country.strip().upper()
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise RuleViolation("Choisissez un pays dans la liste.", field="country", code="country_unknown")
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "number": clean_licence_number(self.number, country=country) if self.number else None,
            "codes": clean_licence_codes(self.codes),
            "country": country,
        }


def save_licence(
    *,
    person_id: int,
    licence: Licence,
    actor_id: int | None,
    now: datetime,
    licence_id: int | None = None,
    version: int | None = None,
    seen: bool = False,
) -> int:
    """Add a licence, or change one; return its id. ``seen``: the actor has the paper before them.

    A changed licence must be seen again. Raises LicenceTwice, StaleVersion and the violations of its fields.
    """
    values = licence.clean(today=day_of(now))
    with transaction() as session:
        lock_living(person_id)
        if licence_id is None:
            row = PersonLicence(person_id=person_id)
            session.add(row)
            changes: Changes = {name: (None, value) for name, value in values.items()}
            for name, value in values.items():
                setattr(row, name, value)
        else:
            row = _licence_of(person_id, licence_id)
            check_version(row, version)
            changes = assign(row, values)
        if seen and actor_id is not None:
            row.checked_by_id, row.checked_at = actor_id, now
        elif changes:
            row.checked_by_id, row.checked_at = None, None
        _flush_once()
        record(
            person_id=person_id,
            action="person.licence_saved",
            actor_id=actor_id,
            now=now,
            subject_kind="person_licence",
            subject_id=row.id,
            changes=changes,
        )
        return row.id


def _flush_once() -> None:
    """Write the licence. Raises LicenceTwice where the category is already there."""
    try:
        with savepoint():
            db.session.flush()
    except IntegrityError as error:
        raise LicenceTwice from error


def _licence_of(person_id: int, licence_id: int) -> PersonLicence:
    row = lock(PersonLicence, licence_id)
    if row.person_id != person_id:
        raise NotFound("person_licence")
    return row


def check_licence(*, person_id: int, licence_id: int, actor_id: int, now: datetime) -> None:
    """Note that the actor has seen the paper licence. Raises NotFound for another person's."""
    with transaction():
        lock_living(person_id)
        row = _licence_of(person_id, licence_id)
        row.checked_by_id, row.checked_at = actor_id, now
        record(
            person_id=person_id,
            action="person.licence_checked",
            actor_id=actor_id,
            now=now,
            subject_kind="person_licence",
            subject_id=licence_id,
        )


def remove_licence(*, person_id: int, licence_id: int, actor_id: int | None, now: datetime) -> None:
    """Take a licence that was entered by mistake out of the file."""
    with transaction() as session:
        lock_living(person_id)
        row = _licence_of(person_id, licence_id)
        changes: dict[str, tuple[object, object]] = {
            name: (getattr(row, name), None) for name in ("category", "number", "issued_on")
        }
        session.delete(row)
        record(
            person_id=person_id,
            action="person.licence_removed",
            actor_id=actor_id,
            now=now,
            subject_kind="person_licence",
            subject_id=licence_id,
            changes=changes,
        )


def give_consent(
    *, person_id: int, kind: ConsentKind, manner: ConsentManner, actor_id: int | None, now: datetime
) -> int:
    """Note that the person agrees; return the id. Raises ConsentStands."""
    with transaction() as session:
        lock_living(person_id)
        if _standing(person_id, kind) is not None:
            raise ConsentStands
        row = PersonConsent(person_id=person_id, kind=kind, manner=manner, given_at=now, recorded_by_id=actor_id)
        session.add(row)
        session.flush()
        record(
            person_id=person_id,
            action="person.consent_given",
            actor_id=actor_id,
            now=now,
            subject_kind="person_consent",
            subject_id=row.id,
            changes={kind.value: (None, manner)},
        )
        return row.id


def withdraw_consent(*, person_id: int, kind: ConsentKind, actor_id: int | None, now: datetime) -> None:
    """Note that the person takes an agreement back. Raises ConsentMissing."""
    with transaction():
        lock_living(person_id)
        row = _standing(person_id, kind)
        if row is None:
            raise ConsentMissing
        row.withdrawn_at, row.withdrawn_by_id = now, actor_id
        record(
            person_id=person_id,
            action="person.consent_withdrawn",
            actor_id=actor_id,
            now=now,
            subject_kind="person_consent",
            subject_id=row.id,
        )


def _standing(person_id: int, kind: ConsentKind) -> PersonConsent | None:
    return db.session.scalar(
        select(PersonConsent)
        .where(PersonConsent.person_id == person_id, PersonConsent.kind == kind, PersonConsent.withdrawn_at.is_(None))
        .with_for_update()
    )
