"""Who may touch which prescription.

- Staff: those of its desk, and whoever it is given to. Once there is a protected file: its named staff only.
- Nobody but its author sees a draft: it is reached by its link, never by its number.
- A prescriber's account sees how far its organisation's prescriptions are, on one page, and opens none.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, select

from mobility.core.db import db, load
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.people import access as people
from mobility.people.models import Person
from mobility.people.queries.duplicates import may_know
from mobility.prescriptions.models import Prescription, PrescriptionImport
from mobility.prescriptions.rules.states import State


def may_touch(actor: Actor, permission: Permission, prescription_id: int) -> bool:
    """Answer for rows of kind « prescription ». Raises NotFound."""
    row = load(Prescription, prescription_id)
    if row.state is State.DRAFT or row.erased_at is not None or not actor.permits(permission):
        return False
    if row.person_id is not None:
        person = load(Person, row.person_id)
        if person.protected or person.restricted_at is not None:
            return people.may_touch(actor, _of_file(permission), row.person_id)
    is_mine = actor.user_id is not None and actor.user_id == row.assignee_id
    return is_mine or row.desk_id in actor.desk_ids(permission)


def _of_file(permission: Permission) -> Permission:
    """Return the permission by which the file itself would be opened."""
    return Permission.PERSON_VIEW if permission is Permission.PRESCRIPTION_VIEW else Permission.PERSON_EDIT


def may_see_papers(actor: Actor, permission: Permission, prescription_id: int) -> bool:
    """Answer for the documents of a prescription: seen by its team, changed by nobody."""
    seen = permission is Permission.DOCUMENT_VIEW
    return seen and may_touch(actor, Permission.PRESCRIPTION_VIEW, prescription_id)


def may_touch_import(actor: Actor, permission: Permission, import_id: int) -> bool:
    """Answer for rows of kind « prescription_import »: whoever brought the file. Raises NotFound."""
    row = load(PrescriptionImport, import_id)
    return actor.permits(permission) and actor.user_id is not None and actor.user_id == row.created_by_id


def visible(actor: Actor, permission: Permission = Permission.PRESCRIPTION_VIEW) -> ColumnElement[bool]:
    """Return the condition on ``Prescription`` « the actor may see it in lists »; drafts and erased ones are absent."""
    if not actor.permits(permission):
        return false()
    known = may_be_known(actor)
    desks = actor.desk_ids(permission)
    if desks is ALL_DESKS:
        return known
    mine: list[ColumnElement[bool]] = [Prescription.desk_id.in_(desks)]
    if actor.user_id is not None:
        mine.append(Prescription.assignee_id == actor.user_id)
    return and_(known, or_(*mine))


def may_be_known(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``Prescription`` « the actor may learn that it is there », at whatever desk."""
    user_id = actor.user_id if getattr(actor, "scopes", None) is None else None
    open_file = (
        select(Person.id)
        .where(Person.id == Prescription.person_id, may_know(user_id), Person.restricted_at.is_(None))
        .exists()
    )
    return and_(
        Prescription.state != State.DRAFT,
        Prescription.erased_at.is_(None),
        or_(Prescription.person_id.is_(None), open_file),
    )


def person_of(prescription_id: int) -> int | None:
    """Return whose file a prescription is part of, or None."""
    return db.session.scalar(select(Prescription.person_id).where(Prescription.id == prescription_id))
