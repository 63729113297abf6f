"""A person's life, for their entries and exits: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobility.core.db import db, transaction
from mobility.documents.models import Document
from mobility.organisations.models import Agreement
from mobility.participation import words
from mobility.participation.models import Departure, EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.exits import LATER_LABELS, OUTCOME_LABELS, PROOF_LABELS
from mobility.participation.rules.items import EVIDENCE_LABELS, item_of, sensitive_codes
from mobility.participation.services.entries import worth_of
from mobility.people.lifecycle import Export, Part

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the entries and exits of one file those of the other.

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
        _merge_entries(session, kept_id, merged_id)


def _merge_entries(session: Session, kept_id: int, merged_id: int) -> None:
    """Let two entries into one operation become one: the earlier day, and of each answer the latest."""
    mine = {
        row.agreement_id: row
        for row in session.scalars(select(Participation).where(Participation.person_id == kept_id))
    }
    for gone in session.scalars(select(Participation).where(Participation.person_id == merged_id)).all():
        kept = mine.get(gone.agreement_id)
        if kept is None:
            gone.person_id = kept_id
            continue
        if gone.entered_on < kept.entered_on:
            kept.entered_on, kept.age_band = gone.entered_on, gone.age_band or kept.age_band
        _merge_answers(session, kept, gone)
        session.execute(
            update(EligibilityEvidence)
            .where(EligibilityEvidence.participation_id == gone.id)
            .values(participation_id=kept.id)
        )
        for paper in session.scalars(
            select(EligibilityEvidence).where(EligibilityEvidence.participation_id == kept.id)
        ):
            paper.standing = worth_of(paper.dated_on, kept)
        session.execute(
            update(Document)
            .where(Document.owner_kind == words.PARTICIPATION, Document.owner_id == gone.id)
            .values(owner_id=kept.id)
        )
        session.delete(gone)
    session.flush()


def _merge_answers(session: Session, kept: Participation, gone: Participation) -> None:
    both = select(ParticipationAnswer).where(ParticipationAnswer.participation_id.in_([kept.id, gone.id]))
    standing: dict[str, ParticipationAnswer] = {}
    for row in sorted(session.scalars(both), key=lambda row: (row.answered_at, row.id)):
        if (earlier := standing.get(row.item)) is not None:
            session.delete(earlier)
            session.flush()  # one answer to a question: the later one takes its place
        standing[row.item] = row
    for row in standing.values():
        row.participation_id = kept.id
    session.flush()


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's entries with every answer and paper, and their exits with what they said later."""
    yield _entries(person_id)
    yield _papers(person_id)
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


def _entries(person_id: int) -> Export:
    rows = db.session.execute(
        select(Participation, Agreement.name, ParticipationAnswer)
        .join(Agreement, Agreement.id == Participation.agreement_id)
        .outerjoin(ParticipationAnswer, ParticipationAnswer.participation_id == Participation.id)
        .where(Participation.person_id == person_id)
        .order_by(Participation.entered_on, Participation.id, ParticipationAnswer.id)
    ).all()
    return Export(
        title="Entrées dans une opération",
        columns={"name": "Opération", "on": "Entrée", "item": "Question", "answer": "Votre réponse", "at": "Le"},
        rows=[
            {
                "name": row.name,
                "on": row.Participation.entered_on,
                "item": item_of(row.Participation.items, answer.item).label if answer else "",
                "answer": item_of(row.Participation.items, answer.item).say(answer.value) if answer else "",
                "at": answer.answered_at if answer else None,
            }
            for row in rows
            for answer in [row.ParticipationAnswer]
        ],
    )


def _papers(person_id: int) -> Export:
    rows = db.session.scalars(
        select(EligibilityEvidence)
        .join(Participation, Participation.id == EligibilityEvidence.participation_id)
        .where(Participation.person_id == person_id)
        .order_by(EligibilityEvidence.dated_on, EligibilityEvidence.id)
    ).all()
    return Export(
        title="Justificatifs d’éligibilité",
        columns={"kind": "Document", "dated_on": "Daté du", "seen_at": "Vu le"},
        rows=[{"kind": EVIDENCE_LABELS[row.kind], "dated_on": row.dated_on, "seen_at": row.seen_at} for row in rows],
    )


def erase(*, person_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Erase every free text and every sensitive answer; what is counted (outcomes, dates, age band) stays."""
    with transaction() as session:
        own = select(Participation.id).where(Participation.person_id == person_id)
        session.execute(
            delete(ParticipationAnswer).where(
                ParticipationAnswer.participation_id.in_(own), ParticipationAnswer.item.in_(sensitive_codes())
            )
        )
        session.execute(
            update(Departure).where(Departure.person_id == person_id, Departure.note != "").values(note=ERASED)
        )


PART = Part(room="participation", merge=merge, export=export, erase=erase)
