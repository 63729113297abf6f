"""Protected files: named staff only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.people import hooks
from mobility.people.errors import NamedStaffNeeded, StaffUnfit
from mobility.people.models import Person, PersonStaff
from mobility.people.services.common import Changes, lock_living, record

TEAM = (Role.ADVISER, Role.MANAGER)


def check_staff(user_ids: Iterable[int], *, field: str) -> None:
    """Raise StaffUnfit unless each is an adviser or a manager whose account is open."""
    wanted = set(user_ids)
    fit = set(
        db.session.scalars(
            select(User.id)
            .join(UserGrant, UserGrant.user_id == User.id)
            .where(User.id.in_(wanted), UserGrant.role.in_(TEAM), User.disabled_at.is_(None))
        )
    )
    if wanted - fit:
        raise StaffUnfit(field=field)


def protect(*, person_id: int, user_ids: Iterable[int], reason: str | None, actor_id: int, now: datetime) -> None:
    """Close the file to all but the named staff, or change who they are.

    Raises NamedStaffNeeded without anybody, StaffUnfit for users who may not open files at all.
    """
    named = set(user_ids)
    if not named:
        raise NamedStaffNeeded
    with transaction():
        person = lock_living(person_id)
        check_staff(named, field="user_ids")
        changes: Changes = {
            "protected": (person.protected, True),
            "protection_reason": (person.protection_reason, reason),
        }
        changes["named_staff"] = (sorted(_named(person_id)), sorted(named))
        was_open = not person.protected
        person.protected, person.protection_reason = True, reason
        if person.referent_user_id not in named:
            changes["referent_user_id"] = (person.referent_user_id, min(named))
            person.referent_user_id = min(named)
        _rename(person, named, actor_id=actor_id, now=now)
        record(person_id=person_id, action="person.protected", actor_id=actor_id, now=now, changes=changes)
        if was_open:
            hooks.protected(hooks.Protected(person_id, actor_id, now))


def _named(person_id: int) -> set[int]:
    return set(db.session.scalars(select(PersonStaff.user_id).where(PersonStaff.person_id == person_id)))


def _rename(person: Person, named: set[int], *, actor_id: int | None, now: datetime) -> None:
    present = _named(person.id)
    if gone := present - named:
        db.session.execute(delete(PersonStaff).where(PersonStaff.person_id == person.id, PersonStaff.user_id.in_(gone)))
    db.session.add_all(
        PersonStaff(person_id=person.id, user_id=user_id, added_by_id=actor_id, added_at=now)
        for user_id in sorted(named - present)
    )
    db.session.flush()


def unprotect(*, person_id: int, actor_id: int, now: datetime) -> None:
    """Open the file to the whole desk again."""
    with transaction():
        person = lock_living(person_id)
        before = sorted(_named(person_id))
        _rename(person, set(), actor_id=actor_id, now=now)
        changes: Changes = {"protected": (person.protected, False), "named_staff": (before, [])}
        person.protected, person.protection_reason = False, None
        record(person_id=person_id, action="person.unprotected", actor_id=actor_id, now=now, changes=changes)
