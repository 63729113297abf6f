"""A person's life, for phases, desks and handover notes: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from mobility.caseload import queries
from mobility.caseload.models import DeskMove, HandoverNote, PersonPhase
from mobility.core.db import transaction
from mobility.people.kinds import PHASE_LABELS
from mobility.people.lifecycle import Export, Part


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Make the histories of one file those of the other; the kept file's phase and desk stay."""
    with transaction() as session:
        for model in (PersonPhase, DeskMove, HandoverNote):
            session.execute(update(model).where(model.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return the phases, the desks and the notes; of colleagues, nothing but that they are the team."""
    yield Export(
        title="Étapes de l’accompagnement",
        columns={"phase": "Phase", "since": "Depuis le", "reason": "Précision"},
        rows=[
            {"phase": PHASE_LABELS[row.phase], "since": row.since_on, "reason": row.reason}
            for row, _name in queries.list_phases([person_id])
        ],
    )
    yield Export(
        title="Changements d’antenne",
        columns={"at": "Date", "from": "De", "to": "Vers", "reason": "Raison"},
        rows=[
            {"at": row.moved_at, "from": origin, "to": target, "reason": row.reason}
            for row, origin, target in queries.list_moves([person_id])
        ],
    )
    yield Export(
        title="Notes entre conseillers",
        columns={"at": "Date", "text": "Note"},
        rows=[{"at": row.note.written_at, "text": row.note.text} for row in queries.list_notes([person_id])],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Erase every free text; phases, desks and dates stay for the counts."""
    with transaction() as session:
        for model in (PersonPhase, DeskMove):
            session.execute(update(model).where(model.person_id == person_id).values(reason=""))
        session.execute(
            update(HandoverNote)
            .where(HandoverNote.person_id == person_id, HandoverNote.erased_at.is_(None))
            .values(text="", erased_at=now)
        )


PART = Part(room="caseload", merge=merge, export=export, erase=erase)
