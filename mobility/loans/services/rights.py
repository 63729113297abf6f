"""Rights to loans: opened and closed by advisers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from mobility.accounts import audit
from mobility.core.db import lock, transaction
from mobility.fleet.kinds import Category
from mobility.journal import services as journal
from mobility.loans import words
from mobility.loans.errors import RightInvalid
from mobility.loans.models import LoanRight
from mobility.loans.queries.facts import get_person
from mobility.loans.services.common import clean_reason
from mobility.people.models import Person

SUBJECT = "loan_right"
LONGEST = timedelta(days=3 * 366)
MAX_DAYS = 1000


def _check(categories: Collection[Category], starts_on: date, ends_on: date, days_allowed: int) -> None:
    if not categories:
        raise RightInvalid(field="categories", why="cochez au moins un type de véhicule.")
    if ends_on < starts_on:
        raise RightInvalid(field="ends_on", why="la fin vient avant le début.")
    if ends_on - starts_on > LONGEST:
        raise RightInvalid(field="ends_on", why="il dure trois ans au plus.")
    if not 1 <= days_allowed <= MAX_DAYS:
        raise RightInvalid(field="days_allowed", why=f"le nombre de jours va de 1 à {MAX_DAYS}.")


def open_right(
    *,
    person_id: int,
    categories: Collection[Category],
    starts_on: date,
    ends_on: date,
    days_allowed: int,
    actor_id: int,
    now: datetime,
    note: str | None = None,
) -> int:
    """Open a right to loans; return its id. Raises RightInvalid, NotFound."""
    _check(categories, starts_on, ends_on, days_allowed)
    written = clean_reason(note, field="note")
    with transaction() as session:
        get_person(person_id)
        row = LoanRight(
            person_id=person_id,
            categories=sorted({category.value for category in categories}),
            starts_on=starts_on,
            ends_on=ends_on,
            days_allowed=days_allowed,
            opened_by_id=actor_id,
            opened_at=now,
            note=written,
        )
        session.add(row)
        session.flush()
        told = {"categories": row.categories, "starts_on": starts_on, "ends_on": ends_on, "days": days_allowed}
        _write(row, words.RIGHT_OPENED, told, actor_id=actor_id, now=now, note=written)
        return row.id


def close_right(*, right_id: int, actor_id: int, now: datetime, reason: str | None = None) -> None:
    """Close a right; loans already made stay. Closing twice changes nothing. Raises NotFound."""
    written = clean_reason(reason)
    with transaction():
        row = lock(LoanRight, right_id)
        if row.closed_at is not None:
            return
        lock(Person, row.person_id)
        row.closed_at = now
        _write(row, words.RIGHT_CLOSED, {}, actor_id=actor_id, now=now, note=written)


def _write(row: LoanRight, kind: str, told: dict[str, object], *, actor_id: int, now: datetime, note: str) -> None:
    journal.write(
        person_id=row.person_id,
        kind=kind,
        now=now,
        actor_id=actor_id,
        subject_kind=SUBJECT,
        subject_id=row.id,
        facts=told,
        note=note or None,
    )
    audit.record(
        actor_id=actor_id,
        action=kind,
        subject_kind=SUBJECT,
        subject_id=row.id,
        person_id=row.person_id,
        now=now,
        changes={name: (None, value) for name, value in told.items()},
    )
