"""A person's life, for requests of local aids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.core.db import db, transaction
from mobility.local_aids.models import LocalAid, LocalAidUse
from mobility.local_aids.rules import USE_STATE_LABELS
from mobility.people.lifecycle import Export, Part

ERASED = "Effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the requests of one file those of the other."""
    with transaction() as session:
        session.execute(
            update(LocalAidUse)
            .where(LocalAidUse.person_id == merged_id)
            .values(person_id=kept_id, updated_at=now, version=LocalAidUse.version + 1)
        )


def export(*, person_id: int) -> Iterable[Export]:
    """Give the requests."""
    rows = db.session.execute(
        select(LocalAidUse, LocalAid.label)
        .join(LocalAid, LocalAid.id == LocalAidUse.local_aid_id)
        .where(LocalAidUse.person_id == person_id)
        .order_by(LocalAidUse.id)
    )
    yield Export(
        title="Aides locales",
        columns={"label": "Aide", "state": "Situation", "reason": "Raison", "from": "Du", "until": "Au"},
        rows=[
            {
                "label": label,
                "state": USE_STATE_LABELS[use.state],
                "reason": use.reason,
                "from": use.starts_on,
                "until": use.ends_on,
            }
            for use, label in rows
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Take the reasons away; states and dates stay for the counts."""
    with transaction() as session:
        session.execute(
            update(LocalAidUse)
            .where(LocalAidUse.person_id == person_id, LocalAidUse.reason != "")
            .values(reason=ERASED, updated_at=now, version=LocalAidUse.version + 1)
        )


PART = Part(room="local_aids", merge=merge, export=export, erase=erase)
