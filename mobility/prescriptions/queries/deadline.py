"""The deadline as the manager reads it: held, waiting, late, and what today's pace will miss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.queries import desk_names
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.measure import PACE_DAYS, Forecast, Measure, Wait, forecast, measure
from mobility.prescriptions.rules.states import WAITING

PERIOD_DAYS = 90


@dataclass(frozen=True, slots=True)
class DeskDeadline:
    """One desk: the waits of the period that are over, and those that go on."""

    desk_name: str
    measure: Measure
    waiting: int
    late: int
    forecast: Forecast


def deadline_by_desk(desk_ids: Collection[int] | None, *, on: date) -> list[DeskDeadline]:
    """Return the deadline of each desk (None: all), by name; three queries."""
    here: list[ColumnElement[bool]] = [] if desk_ids is None else [Prescription.desk_id.in_(desk_ids)]
    held: dict[int, list[Wait]] = defaultdict(list)
    for desk_id, received_at, met_on, target_on in db.session.execute(
        select(Prescription.desk_id, Prescription.received_at, Prescription.met_on, Prescription.target_on).where(
            Prescription.met_on > on - timedelta(days=PERIOD_DAYS), Prescription.met_on <= on, *here
        )
    ):
        if desk_id is not None and received_at is not None and met_on is not None and target_on is not None:
            held[desk_id].append(Wait(day_of(received_at), met_on, target_on))
    waiting: dict[int, list[date]] = defaultdict(list)
    for desk_id, target_on in db.session.execute(
        select(Prescription.desk_id, Prescription.target_on).where(Prescription.state.in_(list(WAITING)), *here)
    ):
        if desk_id is not None and target_on is not None:
            waiting[desk_id].append(target_on)
    names = desk_names()
    found = [_of_desk(names.get(desk_id, ""), held[desk_id], waiting[desk_id], on) for desk_id in {*held, *waiting}]
    return sorted(found, key=lambda desk: desk.desk_name)


def _of_desk(name: str, held: list[Wait], targets: list[date], on: date) -> DeskDeadline:
    lately = sum(wait.met_on > on - timedelta(days=PACE_DAYS) for wait in held)
    return DeskDeadline(
        desk_name=name,
        measure=measure(held),
        waiting=len(targets),
        late=sum(target < on for target in targets),
        forecast=forecast(targets, met_lately=lately, on=on),
    )
