"""What is read of entries into operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from mobility.core.db import db, load
from mobility.organisations.models import Agreement
from mobility.organisations.queries import AgreementCard, agreements_in_force
from mobility.participation.models import EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.items import Item, Standing, missing_items


@dataclass(frozen=True, slots=True)
class Entry:
    """A person in an operation, with what was answered and seen."""

    row: Participation
    agreement_name: str
    answers: Mapping[str, str]
    evidence: Sequence[EligibilityEvidence]

    @property
    def missing(self) -> tuple[Item, ...]:
        """Return the questions that were not asked yet."""
        return missing_items(self.row.items, self.answers)

    @property
    def proven(self) -> bool:
        """Tell whether a paper proves that the person could take part."""
        return any(paper.standing is Standing.PROVES for paper in self.evidence)


def get_participation(participation_id: int) -> Participation:
    """Return an entry. Raises NotFound."""
    return load(Participation, participation_id)


def person_of_participation(participation_id: int) -> int | None:
    """Return whose entry it is, or None."""
    return db.session.scalar(select(Participation.person_id).where(Participation.id == participation_id))


def answers_of(participation_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the standing answers by entry; one query."""
    found: dict[int, dict[str, str]] = {participation_id: {} for participation_id in participation_ids}
    for row in db.session.scalars(
        select(ParticipationAnswer).where(ParticipationAnswer.participation_id.in_(participation_ids))
    ):
        found[row.participation_id][row.item] = row.value
    return found


def entries_of(family: Sequence[int]) -> list[Entry]:
    """Return the entries of a person with the files merged into theirs, the latest first; three queries."""
    rows = db.session.execute(
        select(Participation, Agreement.name)
        .join(Agreement, Agreement.id == Participation.agreement_id)
        .where(Participation.person_id.in_(family))
        .order_by(Participation.entered_on.desc(), Participation.id.desc())
    ).all()
    ids = [row.Participation.id for row in rows]
    answers = answers_of(ids)
    seen: dict[int, list[EligibilityEvidence]] = {number: [] for number in ids}
    for paper in db.session.scalars(
        select(EligibilityEvidence)
        .where(EligibilityEvidence.participation_id.in_(ids))
        .order_by(EligibilityEvidence.dated_on.desc(), EligibilityEvidence.id)
    ):
        seen[paper.participation_id].append(paper)
    return [
        Entry(
            row=row.Participation,
            agreement_name=row.name,
            answers=answers[row.Participation.id],
            evidence=seen[row.Participation.id],
        )
        for row in rows
    ]


def operations_at(desk_id: int, *, on: date) -> list[AgreementCard]:
    """Return the operations that a person of the desk may enter on a day."""
    return [card for card in agreements_in_force(on=on, desk_id=desk_id) if card.fse_plus]
