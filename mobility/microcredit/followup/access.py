"""Who may touch what the follow-up keeps."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from mobility.core.db import load
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.microcredit.followup.models import CreditCount, CreditStatement


def may_touch_statement(actor: Actor, permission: Permission, statement_id: int) -> bool:
    """Answer for rows of kind « credit_statement »: whoever brought the file. Raises NotFound."""
    row = load(CreditStatement, statement_id)
    return actor.permits(permission) and actor.user_id is not None and actor.user_id == row.created_by_id


def may_touch_count(actor: Actor, permission: Permission, count_id: int) -> bool:
    """Answer for rows of kind « credit_count »: its desk, and whoever froze it. Raises NotFound."""
    row = load(CreditCount, count_id)
    if not actor.permits(permission):
        return False
    desks = actor.desk_ids(permission)
    is_mine = actor.user_id is not None and actor.user_id == row.taken_by_id
    return desks is ALL_DESKS or is_mine or (row.desk_id is not None and row.desk_id in desks)


def visible_counts(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``CreditCount`` « the actor sees it in lists »."""
    desks = actor.desk_ids(Permission.COUNTS_MAKE)
    if desks is ALL_DESKS:
        return true()
    return or_(CreditCount.desk_id.in_(desks), CreditCount.taken_by_id == (actor.user_id or 0))
