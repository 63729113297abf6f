"""Who may touch what the follow-up keeps."""

from __future__ import annotations

from mobility.core.db import load
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.followup.models import CreditStatement


def may_touch_statement(actor: Actor, permission: Permission, statement_id: int) -> bool:
    """Answer for rows of kind « credit_statement »: whoever brought the file. Raises NotFound."""
    row = load(CreditStatement, statement_id)
    return actor.permits(permission) and actor.user_id is not None and actor.user_id == row.created_by_id
