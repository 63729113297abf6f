"""The facts that are counted: one query for each sort of event, and three for the people behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, true
from sqlalchemy.orm import aliased

from mobility.agenda.models import Attendance
from mobility.agenda.rules import AttendanceState
from mobility.core.clock import day_of, end_of, start_of
from mobility.core.db import db, load
from mobility.desks.queries import desk_names
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import State as DiagnosisState
from mobility.geo import communes
from mobility.organisations.models import Agreement
from mobility.organisations.queries import organisation_names
from mobility.participation.models import CountSnapshot, Departure, Participation, ParticipationAnswer
from mobility.participation.rules.counts import (
    By,
    Counts,
    Ended,
    Event,
    Measure,
    Somebody,
    count,
    exit_events,
    fixed_label,
    later_events,
    months_of,
)
from mobility.participation.rules.exits import Outcome
from mobility.people.models import Person
from mobility.prescriptions.models import Prescription


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be counted; ``desk_ids`` None means every desk, both days are included."""

    first_on: date
    last_on: date
    by: By
    desk_ids: frozenset[int] | None
    operation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A count as it is shown: lines with their words, and the total."""

    lines: list[tuple[str, Mapping[Measure, int]]]
    total: Mapping[Measure, int]


# A file that was merged is counted as the one that it became.
_WHO = func.coalesce(Person.merged_into_id, Person.id)


def count_people(wanted: Wanted, *, positive: frozenset[Outcome]) -> Table:
    """Count; seven queries whatever the period, eight by prescriber, and one for the names of the lines.

    What is read are the people and events of the desks that are counted: twice as large a desk takes twice as long,
    and what others hold costs nothing (``python -m benchmarks.growth``).
    """
    events = [
        *_met(wanted),
        *_entered(wanted),
        *_diagnosed(wanted),
        *exit_events(_exits(wanted), last_on=wanted.last_on, positive=positive),
        *later_events(_later(wanted)),
    ]
    counts = count(events, _people(wanted), by=wanted.by, last_on=wanted.last_on)
    return Table(_named(wanted.by, counts), counts.total)


def _here(wanted: Wanted) -> ColumnElement[bool]:
    here = true() if wanted.desk_ids is None else Person.desk_id.in_(wanted.desk_ids)
    if wanted.operation_id is None:
        return here
    entry = aliased(Participation)
    inside = select(entry.id).where(entry.person_id == Person.id, entry.agreement_id == wanted.operation_id)
    return here & inside.exists()


def _between(wanted: Wanted, column: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (column >= start_of(wanted.first_on)) & (column < end_of(wanted.last_on))
    return found


def _rows(query: Any) -> Iterable[Any]:
    return db.session.execute(query).all()


def _met(wanted: Wanted) -> list[Event]:
    """Return everybody who came, once; by month each visit, on the first day of its month: no instant is read."""
    came = (Attendance.state == AttendanceState.PRESENT, _between(wanted, Attendance.starts_at))
    if wanted.by is not By.MONTH:
        met = select(Attendance.id).where(Attendance.person_id == Person.id, *came).exists()
        return [Event(who, Measure.MET, wanted.first_on) for (who,) in _rows(select(_WHO).where(met, _here(wanted)))]
    months = months_of(wanted.first_on, wanted.last_on)
    # Counted from the last month back: one that is the only one needs no condition.
    begun = [(Attendance.starts_at >= start_of(on), number) for number, on in list(enumerate(months))[:0:-1]]
    month: ColumnElement[int] = case(*begun, else_=0) if begun else literal(0)
    query = (
        select(_WHO, month)
        .select_from(Attendance)
        .join(Person, Person.id == Attendance.person_id)
        .where(*came, _here(wanted))
    )
    return [Event(who, Measure.MET, months[number]) for who, number in _rows(query)]


def _entered(wanted: Wanted) -> list[Event]:
    query = (
        select(_WHO, Participation.entered_on)
        .join(Person, Person.id == Participation.person_id)
        .where(Participation.entered_on.between(wanted.first_on, wanted.last_on), _here(wanted))
    )
    if wanted.operation_id is not None:
        query = query.where(Participation.agreement_id == wanted.operation_id)
    return [Event(who, Measure.ENTERED, on) for who, on in _rows(query)]


def _diagnosed(wanted: Wanted) -> list[Event]:
    query = (
        select(_WHO, Diagnosis.closed_at)
        .join(Person, Person.id == Diagnosis.person_id)
        .where(Diagnosis.state == DiagnosisState.FINISHED, _between(wanted, Diagnosis.closed_at), _here(wanted))
    )
    return [Event(who, Measure.DIAGNOSED, day_of(at)) for who, at in _rows(query)]


def _exits(wanted: Wanted) -> list[Ended]:
    query = (
        select(_WHO, Departure.left_on, Departure.outcome, Departure.returned_on)
        .join(Person, Person.id == Departure.person_id)
        .where(Departure.left_on.between(wanted.first_on, wanted.last_on), _here(wanted))
    )
    return [Ended(*row) for row in _rows(query)]


def _later(wanted: Wanted) -> list[Any]:
    query = (
        select(_WHO, Departure.later, Departure.later_at)
        .join(Person, Person.id == Departure.person_id)
        .where(Departure.later.is_not(None), _between(wanted, Departure.later_at), _here(wanted))
    )
    return [(who, later, day_of(at)) for who, later, at in _rows(query)]


def _people(wanted: Wanted) -> dict[int, Somebody]:
    """Return who may be counted; of an entry the age band, of the answers the district, of prescriptions the first."""
    here = true() if wanted.desk_ids is None else Person.desk_id.in_(wanted.desk_ids)
    bands: dict[int, Any] = {}
    districts: dict[int, str] = {}
    entries = (
        select(Participation.person_id, Participation.age_band, ParticipationAnswer.value)
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(
            ParticipationAnswer,
            (ParticipationAnswer.participation_id == Participation.id)
            & (ParticipationAnswer.item == "priority_district"),
        )
        .where(here)
        .order_by(Participation.entered_on, Participation.id)
    )
    for person_id, band, district in _rows(entries) if wanted.by in {By.AGE, By.DISTRICT} else ():
        bands[person_id] = band
        if district is not None:
            districts[person_id] = district
    senders: dict[int, int] = {}
    if wanted.by is By.PRESCRIBER:
        sent = (
            select(Prescription.person_id, Prescription.organisation_id)
            .join(Person, Person.id == Prescription.person_id)
            .where(Prescription.organisation_id.is_not(None), here)
            .order_by(Prescription.received_at, Prescription.id)
        )
        for person_id, organisation_id in _rows(sent):
            senders.setdefault(person_id, organisation_id)
    rows = _rows(select(Person.id, Person.desk_id, Person.insee_code, Person.born_on).where(here))
    return {
        row.id: Somebody(
            person_id=row.id,
            desk_id=row.desk_id,
            insee_code=row.insee_code or "",
            born_on=row.born_on,
            band=bands.get(row.id),
            district=districts.get(row.id, ""),
            prescriber_id=senders.get(row.id),
        )
        for row in rows
    }


def _named(by: By, counts: Counts) -> list[tuple[str, Mapping[Measure, int]]]:
    names: Mapping[int, str] = {}
    keys = [int(key) for key in counts.lines if by in {By.DESK, By.PRESCRIBER} and key]
    if by is By.DESK:
        names = desk_names()
    elif by is By.PRESCRIBER:
        names = organisation_names(keys)

    def say(key: str) -> str:
        fixed = fixed_label(by, key)
        if fixed is not None:
            return fixed
        if by is By.COMMUNE:
            commune = communes.find(key)
            return commune.label if commune else key
        return names.get(int(key), key)

    return [(say(key), line) for key, line in counts.lines.items()]


def get_snapshot(snapshot_id: int) -> CountSnapshot:
    """Return a frozen count. Raises NotFound."""
    return load(CountSnapshot, snapshot_id)


def select_snapshots(visible: ColumnElement[bool]) -> Select[Any]:
    """Return the query of frozen counts, the latest first."""
    return select(CountSnapshot).where(visible).order_by(CountSnapshot.taken_at.desc(), CountSnapshot.id.desc())


def operation_choices() -> list[tuple[int, str]]:
    """Return the operations by name; those of other desks are named all the same: they say nothing of anybody."""
    query = select(Agreement.id, Agreement.name).where(Agreement.fse_plus.is_(True)).order_by(Agreement.name)
    return [(row.id, row.name) for row in _rows(query)]
