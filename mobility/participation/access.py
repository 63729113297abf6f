"""Who may touch what tells of entry and exit: whoever may touch the person's file."""

from __future__ import annotations

from mobility.core.db import load
from mobility.core.web.access import Actor, Permission
from mobility.participation.models import Departure, Participation
from mobility.people import access as people


def may_touch_departure(actor: Actor, permission: Permission, departure_id: int) -> bool:
    """Answer for rows of kind « departure ». Raises NotFound."""
    return people.may_touch(actor, permission, load(Departure, departure_id).person_id)


def may_touch_participation(actor: Actor, permission: Permission, participation_id: int) -> bool:
    """Answer for rows of kind « participation ». Raises NotFound."""
    return people.may_touch(actor, permission, load(Participation, participation_id).person_id)
