"""Who may touch a diagnosis: whoever may touch its person."""

from __future__ import annotations

from mobility.core.web.access import Actor, Permission
from mobility.diagnosis.queries import get_diagnosis
from mobility.people.access import may_touch as may_touch_person


def may_touch(actor: Actor, permission: Permission, diagnosis_id: int) -> bool:
    """Answer for rows of kind « diagnosis ». Raises NotFound."""
    return may_touch_person(actor, permission, get_diagnosis(diagnosis_id).person_id)
