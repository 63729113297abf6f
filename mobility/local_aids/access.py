"""Who may touch an entry of the catalogue, or a request."""

from __future__ import annotations

from mobility.core.web.access import ALL_DESKS, Actor, Permission, may_touch
from mobility.local_aids import queries


def may_touch_entry(actor: Actor, permission: Permission, entry_id: int) -> bool:
    """Answer for rows of kind « local_aid »: those of all desks need a grant that covers all. Raises NotFound."""
    if not actor.permits(permission):
        return False
    desk_id, desks = queries.desk_of_entry(entry_id), actor.desk_ids(permission)
    return desks is ALL_DESKS if desk_id is None else desk_id in desks


def may_touch_use(actor: Actor, permission: Permission, use_id: int) -> bool:
    """Answer for rows of kind « local_aid_use »: whoever may touch its person."""
    person_id = queries.person_of_use(use_id)
    return person_id is not None and may_touch(actor, permission, "person", person_id)
