"""Many people at once, written by the driver's own bulk way: a platform after years, in minutes.

Everybody is sent once, met fourteen times and expected a fifteenth, every two months or so, unless they have left or
were lost sight of; each adviser follows a hundred people. Hours never overlap, so that the database's guards accept
what was loaded when they come back. What else years leave in a file: ``benchmarks/years.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain, islice
from typing import Any, cast

from sqlalchemy import Column, Connection, Table, create_engine, func, select

from benchmarks import years
from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda import ddl
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import MeetingKind
from mobility.core.db import Base, db, end_read
from mobility.demo.names import FIRST_NAMES, LAST_NAMES
from mobility.desks.models import Desk
from mobility.diagnosis.models import Diagnosis
from mobility.journal.models import JournalEntry
from mobility.notifications.models import Recipient
from mobility.organisations.rules import OrganisationKind
from mobility.participation.models import Participation
from mobility.pathway.models import Objective, Plan
from mobility.people.models import Person
from mobility.people.names import name_key, name_plain
from mobility.prescriptions.models import Prescription
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.loans import ALL_DAY
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.people import BORN

PER_ADVISER = 100
PER_DAY = 5
ROUND_DAYS = 70
BATCH = 20_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Team:
    """A desk, who answers for it, and its advisers."""

    desk: Desk
    manager: User
    advisers: Sequence[User]


def make_teams(desks: int, *, people: int) -> list[Team]:
    """Make the desks, with an adviser for a hundred people."""
    a_type(MeetingKind.FIRST)
    a_type(MeetingKind.FOLLOW_UP)
    teams = []
    for number in range(desks):
        desk = make_desk(f"Antenne {number}", days=range(7), ranges=ALL_DAY)
        advisers = [make_user(Role.ADVISER, desk_id=desk.id) for _ in range(max(people // desks // PER_ADVISER, 1))]
        for adviser in advisers:
            an_opening(adviser, desk)
        teams.append(Team(desk, make_user(Role.MANAGER, desk_id=desk.id), advisers))
    return teams


@dataclass(frozen=True)
class Crowd:
    """Who is loaded: everybody with a serial number, a desk, an adviser and a place in that adviser's list."""

    desk_ids: Sequence[int]
    adviser_ids: Sequence[Sequence[int]]
    people: int
    visits: int
    now: datetime
    first_person: int
    first_recipient: int
    first_appointment: int
    first_objective: int
    first_plan: int
    first_diagnosis: int
    first_participation: int
    type_ids: tuple[int, int]
    prescriber_id: int
    agreement_id: int

    @property
    def begun(self) -> datetime:
        """When everybody came: as long ago as their visits go back."""
        return self.now - timedelta(days=self.visits * ROUND_DAYS)

    def number_of(self, serial: int) -> int:
        """Return somebody's place at their desk."""
        return serial // len(self.desk_ids)

    def desk_of(self, serial: int) -> int:
        """Return somebody's desk: desks are filled in turn."""
        return self.desk_ids[serial % len(self.desk_ids)]

    def adviser_of(self, serial: int) -> int:
        """Return somebody's adviser."""
        team = self.adviser_ids[serial % len(self.desk_ids)]
        return team[self.number_of(serial) // PER_ADVISER % len(team)]

    def hour_of(self, serial: int, visit: int) -> datetime:
        """Return when somebody's visit begins: the last one lies ahead, the others behind, none in another's hour."""
        number = self.number_of(serial)
        place = number % PER_ADVISER
        turn = number // PER_ADVISER // len(self.adviser_ids[serial % len(self.desk_ids)])
        day = self.now.date() + timedelta(days=1 + place // PER_DAY - (self.visits - 1 - visit) * ROUND_DAYS)
        return datetime.combine(day, time(8 + place % PER_DAY), UTC) + timedelta(minutes=30 * turn)


def load(teams: Sequence[Team], *, people: int, visits: int, now: datetime) -> Crowd:
    """Fill the database; the guards of the agenda are put back at the end, and hold."""
    prescriber = make_organisation(OrganisationKind.PRESCRIBER)
    crowd = Crowd(
        desk_ids=[team.desk.id for team in teams],
        adviser_ids=[[adviser.id for adviser in team.advisers] for team in teams],
        people=people,
        visits=visits,
        now=now,
        first_person=_next_id(Person),
        first_recipient=_next_id(Recipient),
        first_appointment=_next_id(Appointment),
        first_objective=_next_id(Objective),
        first_plan=_next_id(Plan),
        first_diagnosis=_next_id(Diagnosis),
        first_participation=_next_id(Participation),
        type_ids=_types(),
        prescriber_id=prescriber.id,
        agreement_id=make_agreement(prescriber.id, name="FSE+", fse_plus=True).id,
    )
    end_read()
    loaded: list[tuple[type[Base], Iterator[Row]]] = [
        (Recipient, _recipients(crowd)),
        (Person, _people(crowd)),
        (Prescription, _prescriptions(crowd)),
        (Appointment, _appointments(crowd)),
        (Attendance, _attendances(crowd)),
        (JournalEntry, _entries(crowd)),
        *years.tables(crowd),
    ]
    with _loading([model for model, _rows in loaded]) as connection:
        for model, rows in loaded:
            _bulk(connection, cast("Table", model.__table__), rows)
    return crowd


@contextmanager
def _loading(models: Sequence[type[Base]]) -> Iterator[Connection]:
    """Give a connection that writes fast: no guard, no index, no log of what was there; all are put back at the end.

    PostgreSQL checks its constraints again as they come back.
    """
    url = db.engine.url
    sqlite = url.get_backend_name() == "sqlite"
    db.session.close()
    db.engine.dispose()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    indexes = [index for model in models for index in cast("Table", model.__table__).indexes]
    with engine.connect() as connection:
        for faster in (
            ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-200000")
            if sqlite
            else ("SET session_replication_role = replica", "SET maintenance_work_mem = '256MB'")
        ):
            connection.exec_driver_sql(faster)
        ddl.GUARDS.drop(connection)
        for index in indexes:
            index.drop(connection, checkfirst=True)
        if sqlite:
            connection.exec_driver_sql("BEGIN")
        yield connection
        if sqlite:
            connection.exec_driver_sql("COMMIT")
        for index in indexes:
            index.create(connection)
        ddl.GUARDS.create(connection)
        connection.exec_driver_sql("ANALYZE")
        if sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def _next_id(model: type[Base]) -> int:
    return int(db.session.scalar(select(func.max(model.__table__.c.id))) or 0) + 1


def _types() -> tuple[int, int]:
    kinds = {row.kind: row.id for row in db.session.scalars(select(MeetingType))}
    return kinds[MeetingKind.FIRST], kinds[MeetingKind.FOLLOW_UP]


def _bulk(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    """Write rows of one shape by COPY, or by SQLite's own ``executemany``; what they leave out takes its default."""
    first = next(rows, None)
    if first is None:
        return
    usual = {
        column.name: _default_of(column)
        for column in table.columns
        if not column.nullable and column.default is not None and column.name not in first
    }
    columns, more = [*first, *usual], list(usual.values())
    lines = ([*row.values(), *more] for row in chain([first], rows))
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row([json.dumps(value) if isinstance(value, dict | list) else value for value in line])
        if "id" in columns:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
            )
        return
    marks = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
    while batch := [[_plain(value) for value in line] for line in islice(lines, BATCH)]:
        cursor.executemany(statement, batch)


def _default_of(column: Column[Any]) -> Any:
    made: Any = column.default
    value = made.arg(None) if made.is_callable else made.arg
    return value.value if isinstance(value, StrEnum) else value


def _plain(value: Any) -> Any:
    """Return a value as SQLAlchemy keeps it in SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict | list) else value


def _recipients(crowd: Crowd) -> Iterator[Row]:
    for serial in range(crowd.people):
        yield {"id": crowd.first_recipient + serial}


def _people(crowd: Crowd) -> Iterator[Row]:
    for serial in range(crowd.people):
        first, last = _name(serial)
        yield {
            "id": crowd.first_person + serial,
            "desk_id": crowd.desk_of(serial),
            "recipient_id": crowd.first_recipient + serial,
            "referent_user_id": crowd.adviser_of(serial),
            "first_name": first,
            "last_name": last,
            "born_on": BORN - timedelta(days=serial % 12_000),
            "name_key": name_key(last, "", first),
            "name_plain": name_plain(last, "", first),
            "phase": years.phase_of(crowd.number_of(serial)),
            "phase_since_on": (crowd.begun + timedelta(days=30)).date(),
            "created_at": crowd.begun,
            "last_contact_at": crowd.now - timedelta(days=ROUND_DAYS),
        }


def _name(serial: int) -> tuple[str, str]:
    return FIRST_NAMES[serial % len(FIRST_NAMES)], LAST_NAMES[serial * 7 % len(LAST_NAMES)]


def _prescriptions(crowd: Crowd) -> Iterator[Row]:
    """Everybody was sent once and is done with; two in a hundred were sent again these days and wait."""
    for serial in range(crowd.people):
        again = crowd.number_of(serial) % 50 == 0
        first, last = _name(serial)
        received = crowd.now - timedelta(days=serial % 20 + (0 if again else crowd.visits * ROUND_DAYS))
        due = (received + timedelta(days=30)).date()
        yield {
            "state": "received" if again else "closed",
            "source": "link",
            "created_at": received,
            "desk_id": crowd.desk_of(serial),
            "organisation_id": crowd.prescriber_id,
            "assignee_id": None if again else crowd.adviser_of(serial),
            "person_id": None if again else crowd.first_person + serial,
            "first_name": first,
            "last_name": last,
            "name_key": name_key(last, "", first),
            "born_on": BORN - timedelta(days=serial % 12_000),
            "consent_at": received,
            "consent_manner": "spoken",
            "received_at": received,
            "target_on": due,
            "due_on": due,
            "touched_at": received,
            "outcome": None if again else "work",
            "ended_at": None if again else received + timedelta(days=200),
        }


def _appointments(crowd: Crowd) -> Iterator[Row]:
    for serial in range(crowd.people):
        for visit in range(years.visits_of(crowd.number_of(serial), crowd.visits)):
            starts_at = crowd.hour_of(serial, visit)
            ends_at = starts_at + timedelta(minutes=25)
            over = visit < crowd.visits - 1
            yield {
                "id": crowd.first_appointment + serial * crowd.visits + visit,
                "type_id": crowd.type_ids[visit > 0],
                "desk_id": crowd.desk_of(serial),
                "adviser_id": crowd.adviser_of(serial),
                "starts_at": starts_at,
                "ends_at": ends_at,
                "blocked_until_at": ends_at,
                "state": "held" if over else "planned",
                "held_at": ends_at if over else None,
                "created_at": starts_at - timedelta(days=30),
            }


def _attendances(crowd: Crowd) -> Iterator[Row]:
    """All were present but one in twenty; each was to be seen again two months later."""
    for serial in range(crowd.people):
        for visit in range(years.visits_of(crowd.number_of(serial), crowd.visits)):
            starts_at = crowd.hour_of(serial, visit)
            ends_at = starts_at + timedelta(minutes=25)
            over = visit < crowd.visits - 1
            there = over and (crowd.number_of(serial) + visit) % 20 > 0
            yield {
                "appointment_id": crowd.first_appointment + serial * crowd.visits + visit,
                "person_id": crowd.first_person + serial,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "state": ("present" if there else "excused") if over else "expected",
                "origin": "staff",
                "booked_at": starts_at - timedelta(days=30),
                "recorded_at": ends_at if over else None,
                "following": "date" if there else None,
                "next_on": (starts_at + timedelta(days=ROUND_DAYS)).date() if there else None,
            }


def _entries(crowd: Crowd) -> Iterator[Row]:
    """Five lines of journal a person."""
    for serial in range(crowd.people):
        for number in range(5):
            yield {
                "person_id": crowd.first_person + serial,
                "at": crowd.now - timedelta(days=ROUND_DAYS * (number + 1)),
                "kind": "pathway.objective_changed",
                "facts": {},
            }
