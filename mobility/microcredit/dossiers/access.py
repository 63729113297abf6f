"""Who may touch a dossier: whoever may touch its person's file. The bank comes by its own link."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from mobility.core.db import load
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.people import access as people


def may_touch_dossier(actor: Actor, permission: Permission, dossier_id: int) -> bool:
    """Answer for rows of kind « microcredit », and for the documents that they own. Raises NotFound."""
    return people.may_touch(actor, permission, load(MicrocreditDossier, dossier_id).person_id)


def visible_dossiers(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``Person`` « the actor sees their dossiers in lists »."""
    return people.visible_persons(actor, Permission.MICROCREDIT_EDIT)
