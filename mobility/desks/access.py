"""Which desks somebody may touch."""

from __future__ import annotations

from mobility.core.web.access import ALL_DESKS, Actor, Permission


def may_touch_desk(who: Actor, permission: Permission, desk_id: int) -> bool:
    """Answer for one desk: the team sees all of them (addresses are public), and manages its own."""
    if permission is Permission.DESK_VIEW:
        return True
    return desk_id in who.desk_ids(permission)


def may_create_desks(who: Actor) -> bool:
    """Tell whether the actor manages desks everywhere, and so may add one."""
    return who.desk_ids(Permission.DESK_MANAGE) is ALL_DESKS
