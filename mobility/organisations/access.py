"""Which organisations somebody may touch."""

from __future__ import annotations

from mobility.core.web.access import Actor, Permission

TEAM = frozenset({Permission.ORGANISATION_VIEW, Permission.ORGANISATION_MANAGE, Permission.PRESCRIPTION_LINKS})


def may_touch_organisation(who: Actor, permission: Permission, organisation_id: int) -> bool:
    """Answer for one organisation: the team shares them all, a partner sees its own alone."""
    if permission in TEAM:
        return who.permits(permission)
    return organisation_id in who.organisation_ids(permission)
