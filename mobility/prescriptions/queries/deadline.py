"""The deadline as the manager reads it: held, waiting, late, and what the free hours and today's pace will miss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, false, select

from mobility.agenda.models import MeetingType
from mobility.agenda.queries import free_by_desk, list_types
from mobility.agenda.rules import MeetingKind
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.queries import desk_names
from mobility.organisations.models import Agreement, Organisation
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.measure import PACE_DAYS, Forecast, Measure, Wait, forecast, measure
from mobility.prescriptions.rules.outlook import Outlook, Waiting, outlook
from mobility.prescriptions.rules.states import WAITING

PERIOD_DAYS = 90
AHEAD_DAYS = 56
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Concerned:
    """Somebody whose day will pass. ``name`` is empty where the reader may not know it."""

    id: int
    name: str
    due_on: date
    met_on: date | None


@dataclass(frozen=True, slots=True)
class DeskDeadline:
    """One desk: the waits of the period that are over, those that go on, and what lies ahead.

    ``outlook`` None: the desk offers no first meeting in its agenda; then its pace alone is told.
    """

    desk_id: int
    desk_name: str
    measure: Measure
    waiting: int
    late: int
    forecast: Forecast
    outlook: Outlook | None
    concerned: tuple[Concerned, ...]

    @property
    def missed(self) -> int:
        """Return how many days will pass: by the free hours, or where these are unknown by today's pace."""
        return self.forecast.missed if self.outlook is None else len(self.outlook.missed)


@dataclass(frozen=True, slots=True)
class AgreementDeadline:
    """One agreement: the waits of the period that are over."""

    name: str
    days: int | None
    measure: Measure


def deadline_by_desk(
    desk_ids: Collection[int] | None, *, now: datetime, known: ColumnElement[bool] | None = None
) -> list[DeskDeadline]:
    """Return the deadline of each desk (None: all), by name; ten queries, however many desks.

    ``known``: the condition on ``Prescription`` « the reader may know who it is ».
    """
    on = day_of(now)
    held: dict[int, list[Wait]] = defaultdict(list)
    for row in _held(desk_ids, on=on):
        held[row.desk_id].append(Wait(day_of(row.received_at), row.met_on, row.target_on))
    waiting: dict[int, list[Any]] = defaultdict(list)
    for row in _waiting(desk_ids, known=known):
        waiting[row.desk_id].append(row)
    names = desk_names()
    found = {*held, *waiting}
    meetings = _first_meetings(found)
    free = free_by_desk(meetings, from_at=now, until_at=now + timedelta(days=AHEAD_DAYS)) if waiting else {}
    rows = [
        _of_desk(
            desk_id,
            names.get(desk_id, ""),
            held[desk_id],
            waiting[desk_id],
            [day_of(slot.starts_at) for slot in free[desk_id]] if desk_id in free else None,
            on,
        )
        for desk_id in found
    ]
    return sorted(rows, key=lambda desk: desk.desk_name)


def _here(desk_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if desk_ids is None else [Prescription.desk_id.in_(desk_ids)]


def _held(desk_ids: Collection[int] | None, *, on: date) -> Any:
    return db.session.execute(
        select(
            Prescription.desk_id,
            Prescription.agreement_id,
            Prescription.received_at,
            Prescription.met_on,
            Prescription.target_on,
        ).where(
            Prescription.met_on > on - timedelta(days=PERIOD_DAYS),
            Prescription.met_on <= on,
            Prescription.target_on.is_not(None),
            *_here(desk_ids),
        )
    )


def _waiting(desk_ids: Collection[int] | None, *, known: ColumnElement[bool] | None) -> Any:
    name = case((false() if known is None else known, Prescription.first_name + " " + Prescription.last_name), else_="")
    return db.session.execute(
        select(
            Prescription.id,
            Prescription.desk_id,
            Prescription.target_on,
            Prescription.due_on,
            Prescription.meeting_at,
            Prescription.missed_on,
            name.label("name"),
        ).where(Prescription.state.in_(list(WAITING)), Prescription.due_on.is_not(None), *_here(desk_ids))
    )


def _first_meetings(desk_ids: Collection[int]) -> Mapping[int, MeetingType]:
    """Return the first meeting that each desk offers, its own before that of all; one query."""
    types = [one for one in list_types() if one.kind is MeetingKind.FIRST]
    common = next((one for one in types if one.desk_id is None), None)
    own = {one.desk_id: one for one in reversed(types) if one.desk_id is not None}
    return {desk_id: found for desk_id in desk_ids if (found := own.get(desk_id, common)) is not None}


def _of_desk(
    desk_id: int, name: str, held: list[Wait], waiting: list[Any], free_on: list[date] | None, on: date
) -> DeskDeadline:
    lately = sum(wait.met_on > on - timedelta(days=PACE_DAYS) for wait in held)
    ahead = None
    if free_on is not None:
        ahead = outlook(map(_wait, waiting), free_on, on=on, until_on=on + timedelta(days=AHEAD_DAYS))
    names = {row.id: row.name for row in waiting}
    missed = ahead.missed[:SHOWN] if ahead is not None else ()
    return DeskDeadline(
        desk_id=desk_id,
        desk_name=name,
        measure=measure(held),
        waiting=len(waiting),
        late=sum(row.target_on < on for row in waiting),
        forecast=forecast([row.target_on for row in waiting], met_lately=lately, on=on),
        outlook=ahead,
        concerned=tuple(Concerned(one.id, names[one.id].strip(), one.due_on, one.met_on) for one in missed),
    )


def _wait(row: Any) -> Waiting:
    booked = row.meeting_at is not None and row.missed_on is None
    return Waiting(row.id, row.due_on, day_of(row.meeting_at) if booked else None)


def deadline_by_agreement(desk_ids: Collection[int] | None, *, on: date) -> list[AgreementDeadline]:
    """Return the waits that are over by agreement, by name; two queries."""
    held: dict[int, list[Wait]] = defaultdict(list)
    for row in _held(desk_ids, on=on):
        if row.agreement_id is not None:
            held[row.agreement_id].append(Wait(day_of(row.received_at), row.met_on, row.target_on))
    if not held:
        return []
    agreements = db.session.execute(
        select(Agreement.id, Agreement.name, Agreement.first_meeting_days, Organisation.name.label("organisation"))
        .join(Organisation, Organisation.id == Agreement.organisation_id)
        .where(Agreement.id.in_(held))
        .order_by(Organisation.name, Agreement.name, Agreement.id)
    )
    return [
        AgreementDeadline(f"{row.organisation} – {row.name}", row.first_meeting_days, measure(held[row.id]))
        for row in agreements
    ]
