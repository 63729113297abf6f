"""Who has sent a person, why, until when, and how far it is: for their file, and for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, true

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.organisations.models import Organisation
from mobility.prescriptions.kinds import AGE_TONES, DEADLINE_LABELS, NEED_LABELS, Age, Need
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.inbox import MISSED_LABEL
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import (
    FINAL,
    OUTCOME_LABELS,
    REFUSAL_LABELS,
    STATE_LABELS,
    STATE_TONES,
    State,
)

# A person reads of what has ended for so long.
ENDED_DAYS = 60
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Orientation:
    """One prescription of a file."""

    id: int
    desk_id: int
    desk_name: str
    desk_phone: str | None
    organisation_name: str
    referent: str
    needs: str
    deadline: str
    received_on: date
    due_on: date
    state: State
    age: Age
    days_left: int
    meeting_at: datetime | None
    missed_on: date | None
    met_on: date | None
    ending: str
    ended_on: date | None

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be done."""
        return self.state not in FINAL

    @property
    def waits(self) -> bool:
        """Tell whether the first meeting is still to be found."""
        return self.state is State.ACCEPTED or self.missed_on is not None

    @property
    def state_label(self) -> str:
        """Return the state in French."""
        return MISSED_LABEL if self.missed_on else STATE_LABELS[self.state]

    @property
    def state_tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the state."""
        return ("warning", "calendar-x") if self.missed_on else STATE_TONES[self.state]

    @property
    def age_tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the age."""
        return AGE_TONES[self.age]


def orientations_of(
    person_id: int, *, on: date, visible: ColumnElement[bool] | None = None, for_person: bool = False
) -> list[Orientation]:
    """Return the prescriptions of a file, the latest first; one query.

    ``visible``: what the reader may see in lists. ``for_person``: what has ended long ago is left out.
    """
    rows = db.session.execute(
        select(Prescription, Desk.name, Desk.phone, Organisation.name.label("organisation"))
        .join(Desk, Desk.id == Prescription.desk_id)
        .outerjoin(Organisation, Organisation.id == Prescription.organisation_id)
        .where(
            Prescription.person_id == person_id,
            Prescription.erased_at.is_(None),
            true() if visible is None else visible,
        )
        .order_by(Prescription.received_at.desc(), Prescription.id.desc())
        .limit(SHOWN)
    )
    found = [_orientation(row.Prescription, row.name, row.phone, row.organisation or "", on=on) for row in rows]
    return [one for one in found if not for_person or one.ended_on is None or (on - one.ended_on).days <= ENDED_DAYS]


def _orientation(row: Prescription, desk_name: str, phone: str | None, organisation: str, *, on: date) -> Orientation:
    assert row.received_at is not None  # noqa: S101 - the database holds it for every state but the draft
    assert row.due_on is not None  # noqa: S101 - the same
    missed = row.missed_on if row.state is State.MEETING_BOOKED else None
    meeting_on = day_of(row.meeting_at) if row.meeting_at and missed is None else None
    label = OUTCOME_LABELS[row.outcome] if row.outcome else ""
    return Orientation(
        id=row.id,
        desk_id=row.desk_id or 0,
        desk_name=desk_name,
        desk_phone=phone,
        organisation_name=organisation,
        referent=", ".join(text for text in (row.referent_name, row.referent_role) if text),
        needs=", ".join(NEED_LABELS[Need(code)] for code in row.needs),
        deadline=f"{DEADLINE_LABELS[row.deadline_kind]} : {row.deadline_on:%d/%m/%Y}" if row.deadline_kind else "",
        received_on=day_of(row.received_at),
        due_on=row.due_on,
        state=row.state,
        age=timing.age(row.state, row.due_on, on=on, meeting_on=meeting_on),
        days_left=timing.days_left(row.due_on, on=on),
        meeting_at=row.meeting_at,
        missed_on=missed,
        met_on=row.met_on,
        ending=REFUSAL_LABELS[row.refusal_reason] if row.refusal_reason else label,
        ended_on=day_of(row.ended_at) if row.ended_at else None,
    )
