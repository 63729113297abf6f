"""A desk that lends: its team, its rules, its vehicles, and somebody who may borrow. Use inside ``app``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core.clock import at_paris
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.fleet.kinds import Category
from mobility.loans import services
from mobility.loans.models import Loan, LoanPolicy, LoanRight
from mobility.loans.rules.policy import DepositKind, HandoverMode
from mobility.pathway.models import Objective
from mobility.pathway.rules import ObjectiveKind, ObjectiveState
from mobility.people.kinds import LicenceCategory
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.factories.people import add_licence, make_person

# A Tuesday, 10 in the morning in Paris.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ALL_DAY = ((time(9), time(18)),)


def paris(day: str, wall: str = "10:00") -> datetime:
    """Return the instant of « 2026-11-25 », « 10:00 » in Paris."""
    return at_paris(date.fromisoformat(day), time.fromisoformat(wall))


START, DUE = paris("2026-11-27"), paris("2026-12-11", "17:00")


def a_policy(**values: Any) -> int:
    """Write rules straight into the table; returns their id."""
    known: dict[str, Any] = {
        "desk_id": None,
        "category": Category.CAR,
        "status": None,
        "valid_from_on": date(2026, 1, 1),
        "price_per_day_cents": 300,
        "deposit_cents": 15000,
        "deposit_kinds": [DepositKind.CHEQUE.value, DepositKind.WAIVER.value],
        "min_days": 1,
        "max_days": 60,
        "max_renewals": 2,
        "lead_time_hours": 0,
        "buffer_minutes": 60,
        "km_per_day": 50,
        "extra_km_cents": 20,
        "handover": HandoverMode.OPENING_HOURS,
        "needs_approval": True,
        "needs_objective": True,
        "probation_allowed": True,
        "max_simultaneous": 1,
        "required_papers": [],
        "blackouts": [],
        "funder_rate_bp": 0,
        "created_at": NOW - timedelta(days=300),
    }
    with transaction() as session:
        row = LoanPolicy(**{**known, **values})
        session.add(row)
        session.flush()
        return row.id


def a_right(person_id: int, opened_by: User, **values: Any) -> int:
    """Write a right straight into the table; returns its id."""
    known: dict[str, Any] = {
        "person_id": person_id,
        "categories": [category.value for category in Category],
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2027, 3, 31),
        "days_allowed": 90,
        "opened_by_id": opened_by.id,
        "opened_at": NOW - timedelta(days=10),
    }
    with transaction() as session:
        row = LoanRight(**{**known, **values})
        session.add(row)
        session.flush()
        return row.id


def a_job(person_id: int, **values: Any) -> int:
    """Write an objective straight into the table; returns its id."""
    known: dict[str, Any] = {
        "person_id": person_id,
        "kind": ObjectiveKind.JOB,
        "title": "Préparatrice de commandes",
        "city": "Onnaing",
        "starts_on": date(2026, 11, 30),
        "ends_on": date(2027, 2, 28),
        "state": ObjectiveState.OPEN,
        "created_at": NOW - timedelta(days=5),
    }
    with transaction() as session:
        objective = Objective(**{**known, **values})
        if hasattr(objective, "updated_at"):
            objective.updated_at = NOW - timedelta(days=5)
        session.add(objective)
        session.flush()
        return objective.id


def a_borrower(desk: Desk, adviser: User, *, job: bool = True, **values: Any) -> Person:
    """Somebody with a checked licence, an e-mail, a right and a job."""
    number = db.session.query(Person).count() + 1
    person = make_person(desk=desk, email=f"personne{number}@example.org", referent_user_id=adviser.id, **values)
    add_licence(person, LicenceCategory.B, checked_by=adviser)
    a_right(person.id, adviser)
    if job:
        a_job(person.id)
    return person


@dataclass(frozen=True)
class Scene:
    """A desk that lends."""

    desk: Desk
    adviser: User
    manager: User
    person: Person
    vehicle_ids: tuple[int, ...]
    policy_id: int

    def book(self, **values: Any) -> int:
        """Book by the adviser, from Friday 27 November to Friday 11 December."""
        wanted: dict[str, Any] = {
            "person_id": self.person.id,
            "desk_id": self.desk.id,
            "category": Category.CAR,
            "start_at": START,
            "due_at": DUE,
            "actor_id": self.adviser.id,
            "by_person": False,
            "now": NOW,
        }
        return services.book(**{**wanted, **values})

    def another(self) -> Person:
        """Somebody else who may borrow."""
        return a_borrower(self.desk, self.adviser)

    def sign(self, loan_id: int, **values: Any) -> None:
        """Sign the contract."""
        known: dict[str, Any] = {"deposit_kind": DepositKind.CHEQUE, "actor_id": self.adviser.id, "now": NOW}
        services.contract(loan_id=loan_id, **{**known, **values})

    def out(self, *, now: datetime = START, odometer_km: int = 20000, **values: Any) -> int:
        """Book, sign and hand over; returns the loan."""
        loan_id = self.book(**values)
        self.sign(loan_id)
        self.depart(loan_id, now=now, odometer_km=odometer_km)
        return loan_id

    def depart(self, loan_id: int, *, now: datetime = START, odometer_km: int = 20000) -> None:
        """Hand the vehicle over."""
        services.depart(loan_id=loan_id, odometer_km=odometer_km, energy_percent=90, actor_id=self.adviser.id, now=now)

    def give_back(self, loan_id: int, *, now: datetime = DUE, odometer_km: int = 20100, **values: Any) -> None:
        """Take the vehicle back."""
        services.return_vehicle(
            loan_id=loan_id, odometer_km=odometer_km, energy_percent=50, actor_id=self.adviser.id, now=now, **values
        )


def get_loan(loan_id: int) -> Loan:
    """Return the loan as it stands now."""
    db.session.expire_all()
    return db.session.get_one(Loan, loan_id, populate_existing=True)


def make_scene(*, cars: int = 1, policy: dict[str, Any] | None = None, **desk: Any) -> Scene:
    """Make a desk open from 9 to 18 on weekdays with its team, its rules, its cars and a borrower."""
    place = make_desk("Denain", **{"ranges": ALL_DAY, **desk})
    adviser = make_user(Role.ADVISER, desk_id=place.id)
    manager = make_user(Role.MANAGER, desk_id=place.id)
    first = db.session.query(LoanPolicy).count() == 0
    policy_id = a_policy(**({} if first else {"desk_id": place.id}), **(policy or {}))
    vehicles = tuple(a_vehicle(place.id) for _ in range(cars))
    return Scene(place, adviser, manager, a_borrower(place, adviser), vehicles, policy_id)


def with_person(scene: Scene, person: Person) -> Scene:
    """Return the scene with another borrower."""
    return replace(scene, person=person)
