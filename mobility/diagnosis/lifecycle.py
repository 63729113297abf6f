"""A person's life, for their diagnoses: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update

from mobility.core.db import db, transaction
from mobility.diagnosis.answers import say
from mobility.diagnosis.barriers import LABELS, SEVERITY_LABELS, from_json
from mobility.diagnosis.loader import get_questionnaire
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer, DiagnosisOverride
from mobility.diagnosis.rules import ABANDON_LABELS, AUTHOR_LABELS, MOMENT_LABELS, STATE_LABELS, AbandonReason, State
from mobility.people.lifecycle import Export, Part

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the diagnoses of one file those of the other; where both have an open one, that of the kept file goes on."""
    with transaction() as session:
        open_ids = select(Diagnosis.id).where(Diagnosis.person_id == kept_id, Diagnosis.state == State.OPEN)
        if session.scalar(open_ids) is not None:
            session.execute(
                update(Diagnosis)
                .where(Diagnosis.person_id == merged_id, Diagnosis.state == State.OPEN)
                .values(state=State.ABANDONED, abandoned_at=now, abandon_reason=AbandonReason.MERGED)
            )
        session.execute(update(Diagnosis).where(Diagnosis.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's diagnoses and what each found."""
    rows = db.session.scalars(
        select(Diagnosis).where(Diagnosis.person_id == person_id).order_by(Diagnosis.started_at, Diagnosis.id)
    ).all()
    yield Export(
        title="Diagnostics de mobilité",
        columns={
            "moment": "Moment",
            "started": "Commencé",
            "state": "État",
            "closed": "Terminé",
            "barriers": "Freins",
            "strengths": "Points forts",
            "ending": "Pourquoi arrêté",
        },
        rows=[
            {
                "moment": MOMENT_LABELS[row.moment],
                "started": row.started_at,
                "state": STATE_LABELS[row.state],
                "closed": row.closed_at,
                "barriers": _barriers(row),
                "strengths": " ".join((row.findings or {}).get("strengths", ())),
                "ending": f"{ABANDON_LABELS[row.abandon_reason]} {row.abandon_note}".strip()
                if row.abandon_reason
                else "",
            }
            for row in rows
        ],
    )

    answers = db.session.execute(
        select(DiagnosisAnswer, Diagnosis.questionnaire)
        .join(Diagnosis, Diagnosis.id == DiagnosisAnswer.diagnosis_id)
        .where(Diagnosis.person_id == person_id)
        .order_by(DiagnosisAnswer.id)
    ).all()
    yield Export(
        title="Réponses aux diagnostics",
        columns={
            "question": "Question",
            "answer": "Réponse",
            "author": "Par",
            "at": "Le",
            "replaced": "Remplacée le",
        },
        rows=[
            {
                "question": (item := get_questionnaire(version).items[answer.item]).about,
                "answer": say(item, answer.value),
                "author": AUTHOR_LABELS[answer.author],
                "at": answer.answered_at,
                "replaced": answer.superseded_at,
            }
            for answer, version in answers
        ],
    )
    notes = db.session.scalars(
        select(DiagnosisOverride)
        .join(Diagnosis, Diagnosis.id == DiagnosisOverride.diagnosis_id)
        .where(Diagnosis.person_id == person_id)
        .order_by(DiagnosisOverride.id)
    ).all()
    yield Export(
        title="Notes changées par le conseiller ou la conseillère",
        columns={"theme": "Thème", "computed": "Calculée", "value": "Mise à", "reason": "Raison", "at": "Le"},
        rows=[
            {"theme": one.dimension, "computed": one.computed, "value": one.value, "reason": one.reason, "at": one.at}
            for one in notes
        ],
    )


def _barriers(row: Diagnosis) -> str:
    if row.findings is None or row.closed_at is None:
        return ""
    found = from_json(row.findings, diagnosis_id=row.id, closed_at=row.closed_at, questionnaire=row.questionnaire)
    return " ; ".join(
        f"{LABELS[one.barrier]} ({SEVERITY_LABELS[one.severity]}) : {one.because}" for one in found.barriers
    )


def erase(*, person_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Erase every answer and every sentence; that there was a diagnosis, and which barriers it counted, stays."""
    with transaction() as session:
        rows = session.scalars(select(Diagnosis).where(Diagnosis.person_id == person_id)).all()
        ids = [row.id for row in rows]
        session.execute(delete(DiagnosisAnswer).where(DiagnosisAnswer.diagnosis_id.in_(ids)))
        session.execute(update(DiagnosisOverride).where(DiagnosisOverride.diagnosis_id.in_(ids)).values(reason=ERASED))
        for row in rows:
            if row.findings is not None:
                row.findings = _without_words(row.findings)
            row.abandon_note = ERASED if row.abandon_note else ""


def _without_words(findings: dict[str, object]) -> dict[str, object]:
    barriers = findings.get("barriers")
    kept = [{**one, "because": ""} for one in barriers if isinstance(one, dict)] if isinstance(barriers, list) else []
    return {"barriers": kept, "strengths": [], "limits": {}}


PART = Part(room="diagnosis", merge=merge, export=export, erase=erase)
