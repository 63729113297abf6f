"""Answers and scores of one diagnosis, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.queries import names_of as user_names
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.diagnosis.loader import get_questionnaire
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer, DiagnosisOverride
from mobility.diagnosis.questionnaire import Item, Questionnaire, asked
from mobility.diagnosis.rules import AUTHOR_LABELS, Author
from mobility.diagnosis.scoring import Override, Result, evaluate


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, who gave it and when."""

    id: int
    item: str
    value: Any
    author: Author
    user_id: int | None
    author_name: str
    answered_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A diagnosis with its questionnaire and its current answers."""

    row: Diagnosis
    questionnaire: Questionnaire
    given: Mapping[str, Given]
    overrides: Mapping[str, Override]
    today: date

    @property
    def answers(self) -> dict[str, Any]:
        """Return the answers by item."""
        return {code: one.value for code, one in self.given.items() if one.value is not None}

    @property
    def asked(self) -> tuple[Item, ...]:
        """Return the items that the answers leave to be asked."""
        return asked(self.questionnaire, self.answers, today=self.today)

    @property
    def missing(self) -> tuple[Item, ...]:
        """Return the items that are asked and have no answer."""
        answers = self.answers
        return tuple(item for item in self.asked if item.code not in answers)

    def result(self) -> Result:
        """Return what these answers say today."""
        return evaluate(self.questionnaire, self.answers, today=self.today, overrides=self.overrides)


def get_diagnosis(diagnosis_id: int) -> Diagnosis:
    """Return the row. Raises NotFound."""
    return load(Diagnosis, diagnosis_id)


def person_of(diagnosis_id: int) -> int | None:
    """Return whose diagnosis it is, or None."""
    return db.session.scalar(select(Diagnosis.person_id).where(Diagnosis.id == diagnosis_id))


def fill(row: Diagnosis, *, today: date) -> Filled:
    """Return the diagnosis with all that was answered; three queries."""
    return Filled(
        row=row,
        questionnaire=get_questionnaire(row.questionnaire),
        given={one.item: one for one in _given(row.id, current=True)},
        overrides=overrides_of(row.id),
        today=today,
    )


def overrides_of(diagnosis_id: int) -> dict[str, Override]:
    """Return the scores that the adviser has set, by dimension."""
    rows = db.session.scalars(
        select(DiagnosisOverride).where(
            DiagnosisOverride.diagnosis_id == diagnosis_id, DiagnosisOverride.withdrawn_at.is_(None)
        )
    )
    return {row.dimension: Override(row.value, row.reason) for row in rows}


def _given(diagnosis_id: int, *, current: bool) -> list[Given]:
    statement = (
        select(DiagnosisAnswer, User.display_name)
        .outerjoin(User, User.id == DiagnosisAnswer.user_id)
        .where(DiagnosisAnswer.diagnosis_id == diagnosis_id)
        .order_by(DiagnosisAnswer.id)
    )
    if current:
        statement = statement.where(DiagnosisAnswer.superseded_at.is_(None))
    return [
        Given(
            id=row.id,
            item=row.item,
            value=row.value,
            author=row.author,
            user_id=row.user_id,
            author_name=(name or AUTHOR_LABELS[row.author])
            if row.author is Author.ADVISER
            else AUTHOR_LABELS[row.author],
            answered_at=row.answered_at,
            superseded_at=row.superseded_at,
        )
        for row, name in db.session.execute(statement)
    ]


def history_of(diagnosis_id: int) -> list[Given]:
    """Return every answer that was ever given, the earliest first; one query."""
    return _given(diagnosis_id, current=False)


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """An overridden score, as the history shows it."""

    dimension: str
    value: int
    computed: int | None
    reason: str
    at: datetime
    by_name: str
    withdrawn_at: datetime | None


def override_history(diagnosis_id: int) -> list[OverrideLine]:
    """Return every score that an adviser has set, the earliest first; two queries."""
    rows = db.session.scalars(
        select(DiagnosisOverride).where(DiagnosisOverride.diagnosis_id == diagnosis_id).order_by(DiagnosisOverride.id)
    ).all()
    names = user_names([row.by_id for row in rows])
    return [
        OverrideLine(
            row.dimension, row.value, row.computed, row.reason, row.at, names.get(row.by_id, ""), row.withdrawn_at
        )
        for row in rows
    ]


def list_of(family: Sequence[int]) -> Sequence[Diagnosis]:
    """Return a person's diagnoses, the latest first; one query."""
    return db.session.scalars(
        select(Diagnosis)
        .where(Diagnosis.person_id.in_(family))
        .order_by(Diagnosis.started_at.desc(), Diagnosis.id.desc())
    ).all()


def get_finished(diagnosis_id: int, *, family: Sequence[int]) -> Diagnosis:
    """Return a finished diagnosis of the family. Raises NotFound for another's."""
    row = get_diagnosis(diagnosis_id)
    if row.person_id not in family or row.findings is None:
        raise NotFound("diagnosis")
    return row
