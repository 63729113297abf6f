"""Who may touch a project: whoever may touch its person's file."""

from __future__ import annotations

from mobility.core.db import load
from mobility.core.web.access import Actor, Permission
from mobility.funding.models import Project
from mobility.people import access as people


def may_touch_project(actor: Actor, permission: Permission, project_id: int) -> bool:
    """Answer for rows of kind « project ». Raises NotFound."""
    return people.may_touch(actor, permission, load(Project, project_id).person_id)
