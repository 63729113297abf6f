"""Who may touch which file.

- Staff: those of the person's desk, and the referent. Administrators see no file (policy).
- A protected file: its named staff only, whatever their desk; nobody else, no manager, no integration.
- The person: their own file, for what the portal asks.
- A restricted (archived) file: the managers of its desk, for what a manager does.
- An erased file: nobody. A merged one: whoever may touch the file that it became.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, not_, or_, select, true

from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.access import ALL_DESKS, Actor, Permission, actor
from mobility.people.models import ContactNote, Person, PersonStaff, RetentionItem, RetentionRun, RightsRequest
from mobility.people.queries.duplicates import Scope, may_know
from mobility.people.queries.family import current_id

OWN = frozenset(
    {
        Permission.PORTAL_VIEW,
        Permission.PORTAL_BOOK,
        Permission.PORTAL_OWN_DATA,
        Permission.DOCUMENT_VIEW,
    }
)
OF_ARCHIVES = frozenset(
    {Permission.PERSON_VIEW, Permission.RIGHTS_MANAGE, Permission.RETENTION_MANAGE, Permission.AUDIT_VIEW}
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What decides about access to one file."""

    desk_id: int
    referent_user_id: int | None
    protected: bool
    named: bool
    restricted: bool
    erased: bool


def may_touch(actor: Actor, permission: Permission, person_id: int) -> bool:
    """Answer for rows of kind « person ». Raises NotFound."""
    standing = current_id(person_id)
    if permission in OWN and actor.person_id is not None and actor.person_id == standing:
        return not _facts(actor, standing).erased
    facts = _facts(actor, standing)
    if permission is Permission.DOCUMENT_VIEW and not decide(actor, Permission.PERSON_VIEW, facts):
        # Who sees the papers of vehicles does not see payslips for it.
        return False
    return decide(actor, permission, facts)


def decide(actor: Actor, permission: Permission, facts: FileFacts) -> bool:
    """Apply the rules above to the facts."""
    if facts.erased or not actor.permits(permission):
        return False
    if facts.protected and not facts.named:
        return False
    if facts.restricted:
        archives = actor.desk_ids(Permission.RETENTION_MANAGE)
        return permission in OF_ARCHIVES and (facts.desk_id in archives)
    if facts.protected:
        return True
    is_referent = actor.user_id is not None and actor.user_id == facts.referent_user_id
    return is_referent or facts.desk_id in actor.desk_ids(permission)


def _facts(actor: Actor, person_id: int) -> FileFacts:
    named = select(PersonStaff.person_id).where(
        PersonStaff.person_id == Person.id, PersonStaff.user_id == (actor.user_id if actor.user_id is not None else -1)
    )
    row = db.session.execute(
        select(
            Person.desk_id,
            Person.referent_user_id,
            Person.protected,
            named.exists().label("named"),
            Person.restricted_at,
            Person.erased_at,
        ).where(Person.id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFound("person")
    return FileFacts(
        desk_id=row.desk_id,
        referent_user_id=row.referent_user_id,
        protected=row.protected,
        named=bool(row.named) and _is_user(actor),
        restricted=row.restricted_at is not None,
        erased=row.erased_at is not None,
    )


def _is_user(actor: Actor) -> bool:
    """Tell a person at a keyboard from an integration, which sees no protected file."""
    return getattr(actor, "scopes", None) is None


def scope_of(actor: Actor, permission: Permission = Permission.PERSON_VIEW) -> Scope:
    """Return whose files the actor may open, for the search of duplicates."""
    desks = actor.desk_ids(permission)
    return Scope(
        desk_ids=None if desks is ALL_DESKS else frozenset(desks), user_id=actor.user_id if _is_user(actor) else None
    )


def visible_persons(actor: Actor, permission: Permission = Permission.PERSON_VIEW) -> ColumnElement[bool]:
    """Return the condition on ``Person`` « the actor may see this file in lists ».

    Erased, merged and archived files are absent; so are protected ones that do not name the actor.
    """
    standing = and_(Person.erased_at.is_(None), Person.merged_into_id.is_(None), Person.restricted_at.is_(None))
    if not actor.permits(permission):
        return false()
    scope = scope_of(actor, permission)
    named = may_know(scope.user_id)
    if scope.desk_ids is None:
        return and_(standing, named)
    mine: list[ColumnElement[bool]] = [Person.desk_id.in_(scope.desk_ids), _names(scope.user_id)]
    if actor.user_id is not None:
        mine.append(Person.referent_user_id == actor.user_id)
    return and_(standing, named, or_(*mine))


def visible_archives(actor: Actor) -> ColumnElement[bool]:
    """Return the condition « this file concerns the actor's retention or rights work », archived ones too."""
    desks = actor.desk_ids(Permission.RIGHTS_MANAGE)
    here = true() if desks is ALL_DESKS else Person.desk_id.in_(desks)
    return and_(
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        may_know(scope_of(actor).user_id),
        or_(here, _names(scope_of(actor).user_id)),
    )


def _names(user_id: int | None) -> ColumnElement[bool]:
    """Return the condition « a protected file that names the user », told by the few files that name anybody.

    « Protected » alone would say the same beside ``may_know``; but no index finds the few, and every list would
    read everybody.
    """
    if user_id is None:
        return false()
    named = select(PersonStaff.person_id).where(PersonStaff.user_id == user_id)
    return and_(Person.protected.is_(True), Person.id.in_(named))


def concealed_from(actor: Actor, person_ids: Collection[int]) -> frozenset[int]:
    """Return those of the persons whose file is protected and does not name the actor, for logs that name ids."""
    hidden = not_(may_know(scope_of(actor).user_id))
    return frozenset(db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), hidden)))


def may_touch_note(actor: Actor, permission: Permission, note_id: int) -> bool:
    """Answer for rows of kind « contact_note »: its desk, its file, or whoever must call back."""
    row = db.session.execute(
        select(ContactNote.desk_id, ContactNote.person_id, ContactNote.callback_user_id).where(
            ContactNote.id == note_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("contact_note")
    if row.person_id is not None:
        return may_touch(actor, permission, row.person_id)
    is_mine = actor.user_id is not None and row.callback_user_id == actor.user_id
    return actor.permits(permission) and (is_mine or row.desk_id in actor.desk_ids(permission))


def may_touch_request(actor: Actor, permission: Permission, request_id: int) -> bool:
    """Answer for rows of kind « rights_request »: as for its file."""
    person_id = db.session.scalar(select(RightsRequest.person_id).where(RightsRequest.id == request_id))
    if person_id is None:
        raise NotFound("rights_request")
    return may_touch(actor, permission, person_id)


def may_touch_run(actor: Actor, permission: Permission, run_id: int) -> bool:
    """Answer for rows of kind « retention_run »: its desk."""
    desk_id = db.session.scalar(select(RetentionRun.desk_id).where(RetentionRun.id == run_id))
    if desk_id is None:
        raise NotFound("retention_run")
    return desk_id in actor.desk_ids(permission)


def may_touch_item(actor: Actor, permission: Permission, item_id: int) -> bool:
    """Answer for rows of kind « retention_item »: as for its run, which tells no protected name."""
    run_id = db.session.scalar(select(RetentionItem.run_id).where(RetentionItem.id == item_id))
    if run_id is None:
        raise NotFound("retention_item")
    return may_touch_run(actor, permission, run_id)


def person_of_note(note_id: int) -> int | None:
    """Return whose file a note is in, or None."""
    return db.session.scalar(select(ContactNote.person_id).where(ContactNote.id == note_id))


def person_of_request(request_id: int) -> int | None:
    """Return whose request it is, or None."""
    return db.session.scalar(select(RightsRequest.person_id).where(RightsRequest.id == request_id))


def person_of_item(item_id: int) -> int | None:
    """Return whose file a line of a retention list is about, or None."""
    return db.session.scalar(select(RetentionItem.person_id).where(RetentionItem.id == item_id))


def own_file() -> int:
    """Return the file of whoever is signed in to their own space, as it stands today. Raises NotFound."""
    person_id = actor().person_id
    if person_id is None:
        raise NotFound("person")
    return current_id(person_id)
