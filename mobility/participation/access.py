"""Who may touch what tells of entry and exit: whoever may touch the person's file. A frozen count: its desk."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from mobility.core.db import load
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.participation.models import CountSnapshot, Departure, Participation
from mobility.people import access as people


def may_touch_departure(actor: Actor, permission: Permission, departure_id: int) -> bool:
    """Answer for rows of kind « departure ». Raises NotFound."""
    return people.may_touch(actor, permission, load(Departure, departure_id).person_id)


def may_touch_participation(actor: Actor, permission: Permission, participation_id: int) -> bool:
    """Answer for rows of kind « participation ». Raises NotFound."""
    return people.may_touch(actor, permission, load(Participation, participation_id).person_id)


def may_touch_snapshot(actor: Actor, permission: Permission, snapshot_id: int) -> bool:
    """Answer for rows of kind « count_snapshot »: its desk, and whoever froze it. Raises NotFound."""
    row = load(CountSnapshot, snapshot_id)
    if not actor.permits(permission):
        return False
    desks = actor.desk_ids(permission)
    is_mine = actor.user_id is not None and actor.user_id == row.taken_by_id
    return desks is ALL_DESKS or is_mine or (row.desk_id is not None and row.desk_id in desks)


def visible_snapshots(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``CountSnapshot`` « the actor sees it in lists »."""
    desks = actor.desk_ids(Permission.COUNTS_MAKE)
    if desks is ALL_DESKS:
        return true()
    return or_(CountSnapshot.desk_id.in_(desks), CountSnapshot.taken_by_id == (actor.user_id or 0))
