"""Documents that show a social security number may not be kept: unmasked in time, or erased."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import db, end_read
from mobility.documents.models import Document
from mobility.documents.services import erase
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

KEPT_DAYS = "documents.unmasked_days"
MOST = 500


def kept_days(*, on: date) -> int:
    """Return for how many days a document that shows a number waits for its mask."""
    return int(queries.value(KEPT_DAYS, on=on))


def declare() -> None:
    """Declare the setting. The law forbids to keep the number at all: only the time that the masking takes."""
    registry.declare(
        Parameter(
            KEPT_DAYS, "Document où se lit un numéro de sécurité sociale : effacé après", Kind.INTEGER, 30, "jours",
            "Le temps de cacher le numéro ; le conseiller a une tâche. Passé ce délai, le fichier est détruit.",
            low=1, high=90, scopes=(Scope.EVERYWHERE,),
        )
    )  # fmt: skip


def erase_unmasked(*, now: datetime, limit: int = MOST) -> dict[str, int]:
    """Erase the documents whose number nobody has masked in time. Safe to run again."""
    before = now - timedelta(days=kept_days(on=day_of(now)))
    ids = list(
        db.session.scalars(
            select(Document.id)
            .where(Document.nir_found.is_(True), Document.erased_at.is_(None), Document.uploaded_at <= before)
            .order_by(Document.id)
            .limit(limit)
        )
    )
    end_read()
    counts = {"deleted": 0}
    for document_id in ids:
        if jobs.stopping():
            break
        erase(document_id=document_id, actor_id=None, now=now)
        counts["deleted"] += 1
    return counts
