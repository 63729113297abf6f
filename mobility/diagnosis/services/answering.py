"""Answers, one by one: each has its author and its instant; a correction keeps what was said before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.diagnosis import words
from mobility.diagnosis.answers import check, field_of
from mobility.diagnosis.errors import NotForPerson, ReasonNeeded
from mobility.diagnosis.loader import get_questionnaire
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer, DiagnosisOverride
from mobility.diagnosis.queries import fill
from mobility.diagnosis.questionnaire import BEST
from mobility.diagnosis.rules import Author
from mobility.diagnosis.services.common import hold_open, note_act

REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written: the items that changed, and those where somebody else's newer answer was left as it is."""

    items: tuple[str, ...]
    left: tuple[str, ...] = ()


@retried
def save(
    *,
    diagnosis_id: int,
    values: Mapping[str, Any],
    author: Author,
    user_id: int | None,
    now: datetime,
    seen: int | None = None,
) -> Saved:
    """Keep answers by item (None takes one back); an unchanged answer stays its first author's.

    The last answer wins, and the one before it is kept. ``seen`` is the latest answer that a whole page was made from:
    what the page only repeats never undoes what somebody else has answered since. Raises NotFound (diagnosis or item),
    NotOpen, AnswerInvalid, NoneOrSome, NotForPerson, NirRefused.
    """
    with transaction() as session:
        row = hold_open(diagnosis_id)
        items = get_questionnaire(row.questionnaire).items
        checked: dict[str, Any] = {}
        for code, value in values.items():
            item = items.get(code)
            if item is None:
                raise NotFound(f"item {code}")
            if author is Author.PERSON and item.tell is None:
                raise NotForPerson(field=field_of(code))
            checked[code] = check(item, value)
        left = _repeated(session, row, checked, seen=seen) if seen is not None else ()
        told = {code: value for code, value in checked.items() if code not in left}
        changed = write(session, row, told, author=author, user_id=user_id, now=now)
        if changed:
            note_act(row, words.ANSWERED, actor_id=user_id, now=now, journaled=False)
        return Saved(tuple(changed), tuple(left))


def _repeated(session: Session, row: Diagnosis, values: Mapping[str, Any], *, seen: int) -> tuple[str, ...]:
    """Return the items that were answered since, and of which the page says only what it was made from."""
    then: dict[str, Any] = {}
    newer: set[str] = set()
    for one in session.scalars(
        select(DiagnosisAnswer)
        .where(DiagnosisAnswer.diagnosis_id == row.id, DiagnosisAnswer.item.in_(values))
        .order_by(DiagnosisAnswer.id)
    ):
        if one.id > seen:
            newer.add(one.item)
        else:
            then[one.item] = one.value
    return tuple(code for code, value in values.items() if code in newer and value == then.get(code))


def write(
    session: Session, row: Diagnosis, values: Mapping[str, Any], *, author: Author, user_id: int | None, now: datetime
) -> list[str]:
    """Write checked answers that differ from the current ones; return the items that changed."""
    current = {
        one.item: one
        for one in session.scalars(
            select(DiagnosisAnswer).where(
                DiagnosisAnswer.diagnosis_id == row.id,
                DiagnosisAnswer.item.in_(values),
                DiagnosisAnswer.superseded_at.is_(None),
            )
        )
    }
    changed = [code for code, value in values.items() if value != (current[code].value if code in current else None)]
    for code in changed:
        if code in current:
            # A clock that was set back never makes an answer end before it began.
            current[code].superseded_at = max(now, current[code].answered_at)
    session.flush()
    session.add_all(
        DiagnosisAnswer(
            diagnosis_id=row.id, item=code, value=values[code], author=author, user_id=user_id, answered_at=now
        )
        for code in changed
    )
    session.flush()
    return changed


@retried
def override(
    *, diagnosis_id: int, dimension: str, value: int | None, reason: str | None, actor_id: int, now: datetime
) -> None:
    """Set the adviser's own score beside the computed one, with its reason; None goes back to the computed one.

    Raises NotFound (diagnosis or dimension), NotOpen, ReasonNeeded.
    """
    with transaction() as session:
        row = hold_open(diagnosis_id)
        written = (reason or "").strip()[:REASON_MAX]
        filled = fill(row, today=day_of(now))
        score = next((one for one in filled.result().scores if one.dimension == dimension), None)
        if score is None or (value is not None and not 0 <= value <= BEST):
            raise NotFound(f"dimension {dimension}")
        if value is not None and not written:
            raise ReasonNeeded
        for earlier in session.scalars(
            select(DiagnosisOverride).where(
                DiagnosisOverride.diagnosis_id == row.id,
                DiagnosisOverride.dimension == dimension,
                DiagnosisOverride.withdrawn_at.is_(None),
            )
        ):
            earlier.withdrawn_at = max(now, earlier.at)
        session.flush()
        if value is not None:
            session.add(
                DiagnosisOverride(
                    diagnosis_id=row.id,
                    dimension=dimension,
                    value=value,
                    computed=score.computed,
                    reason=written,
                    at=now,
                    by_id=actor_id,
                )
            )
        note_act(
            row,
            words.OVERRIDDEN,
            actor_id=actor_id,
            now=now,
            changes={dimension: (score.value, score.computed if value is None else value)},
        )
