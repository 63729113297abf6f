"""Who may touch an agreement: whoever may touch its person's file."""

from __future__ import annotations

from mobility.core.errors import NotFound
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.accords.queries import person_of_accord
from mobility.people import access as people


def may_touch_accord(actor: Actor, permission: Permission, accord_id: int) -> bool:
    """Answer for rows of kind « credit_accord ». Raises NotFound."""
    person_id = person_of_accord(accord_id)
    if person_id is None:
        raise NotFound("credit_accord")
    return people.may_touch(actor, permission, person_id)
