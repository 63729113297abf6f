"""A person's life, for their entries and exits: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.core.db import db, transaction
from mobility.participation.models import Departure
from mobility.participation.rules.exits import LATER_LABELS, OUTCOME_LABELS, PROOF_LABELS
from mobility.people.lifecycle import Export, Part

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the exits of one file those of the other.

    Where both had ended, the earlier end was none: the person was still accompanied under the other file until the
    later one. It is closed by a return on that day, so that the person is counted once.
    """
    with transaction() as session:
        standing = select(Departure).where(
            Departure.person_id.in_([kept_id, merged_id]), Departure.returned_at.is_(None)
        )
        rows = sorted(session.scalars(standing), key=lambda row: (row.left_on, row.person_id == kept_id, row.id))
        if len(rows) == 2:
            rows[0].returned_on, rows[0].returned_at = rows[1].left_on, now
            session.flush()
        session.execute(update(Departure).where(Departure.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's exits and what they said later."""
    rows = db.session.scalars(
        select(Departure).where(Departure.person_id == person_id).order_by(Departure.left_on, Departure.id)
    ).all()
    yield Export(
        title="Fin de l’accompagnement",
        columns={
            "left_on": "Sortie",
            "outcome": "Pour",
            "proof": "Justificatif",
            "note": "Note",
            "returned_on": "Retour",
            "asked_at": "Question posée",
            "later": "Votre réponse",
            "later_at": "Le",
        },
        rows=[
            {
                "left_on": row.left_on,
                "outcome": OUTCOME_LABELS[row.outcome],
                "proof": PROOF_LABELS[row.proof] if row.proof else "",
                "note": row.note,
                "returned_on": row.returned_on,
                "asked_at": row.asked_at,
                "later": LATER_LABELS[row.later] if row.later else "",
                "later_at": row.later_at,
            }
            for row in rows
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Erase every free text; outcomes and dates are counted and stay."""
    with transaction() as session:
        session.execute(
            update(Departure).where(Departure.person_id == person_id, Departure.note != "").values(note=ERASED)
        )


PART = Part(room="participation", merge=merge, export=export, erase=erase)
