"""A desk to measure on: made up, filled by the factories of the tests, as large as it is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from sqlalchemy import insert

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.demo.names import FIRST_NAMES, LAST_NAMES
from mobility.desks.models import Desk
from mobility.fleet.kinds import Category
from mobility.journal import services as journal
from mobility.loans import services as loans
from mobility.loans.models import Loan
from mobility.loans.rules.policy import DepositKind
from mobility.notifications.models import Recipient
from mobility.people.models import Person
from mobility.people.names import name_key, name_plain
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.factories.loans import ALL_DAY, NOW, a_borrower, a_job, a_policy, a_right
from tests.factories.people import BORN, CREATED

_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """A desk with its team."""

    desk: Desk
    manager: User
    adviser: User


def make_place(name: str) -> Place:
    """Make a desk that is open every day."""
    desk = make_desk(name, days=range(7), ranges=ALL_DAY)
    return Place(desk, make_user(Role.MANAGER, desk_id=desk.id), make_user(Role.ADVISER, desk_id=desk.id))


def add_policy() -> None:
    """Let every desk lend cars."""
    a_policy(needs_approval=False, needs_objective=False, max_simultaneous=99, max_days=60)


def add_vehicles(place: Place, number: int) -> None:
    """Add cars that can be lent."""
    for _ in range(number):
        a_vehicle(place.desk.id)


def add_people(place: Place, number: int) -> None:
    """Add people with the names of the area, in a few statements."""
    with transaction() as session:
        recipients = session.scalars(insert(Recipient).returning(Recipient.id), [{} for _ in range(number)]).all()
        rows = []
        for recipient_id in recipients:
            serial = next(_numbers)
            first = FIRST_NAMES[serial % len(FIRST_NAMES)]
            last = LAST_NAMES[serial * 7 % len(LAST_NAMES)]
            rows.append(
                {
                    "desk_id": place.desk.id,
                    "recipient_id": recipient_id,
                    "first_name": first,
                    "last_name": last,
                    "born_on": BORN - timedelta(days=serial % 12_000),
                    "name_key": name_key(last, "", first),
                    "name_plain": name_plain(last, "", first),
                    "created_at": CREATED,
                    "last_contact_at": CREATED + timedelta(minutes=serial),
                }
            )
        session.execute(insert(Person), rows)


def make_file(place: Place, amount: int) -> int:
    """Open a file with so many objectives, notes and loans that are over; return its id."""
    person = a_borrower(place.desk, place.adviser, job=False)
    a_right(person.id, place.adviser)
    for number in range(amount):
        a_job(person.id, title=f"Poste {number}")
        journal.add_note(person_id=person.id, note=f"Note {number}", actor_id=place.adviser.id, now=NOW)
        lend_and_take_back(place, person.id, number)
    return person.id


def lend_and_take_back(place: Place, person_id: int, number: int) -> None:
    """Live through one loan of two days."""
    start = NOW + timedelta(days=3 * number)
    due = start + timedelta(days=2)
    loan_id = book(place, person_id, number)
    who = {"actor_id": place.adviser.id}
    loans.contract(loan_id=loan_id, deposit_kind=DepositKind.CHEQUE, now=start, **who)
    km = 20_000 + 100 * next(_numbers)
    loans.depart(loan_id=loan_id, odometer_km=km, energy_percent=90, now=start, **who)
    loans.return_vehicle(loan_id=loan_id, odometer_km=km + 40, energy_percent=80, now=due, **who)
    owed = db.session.get_one(Loan, loan_id).person_cents
    loans.settle(loan_id=loan_id, paid_cents=owed, now=due, **who)


def book(place: Place, person_id: int, number: int) -> int:
    """Book a car for two days, three days after those of the number before; all of them before Christmas."""
    start = NOW + timedelta(days=3 * (number % 10))
    return loans.book(
        person_id=person_id,
        desk_id=place.desk.id,
        category=Category.CAR,
        start_at=start,
        due_at=start + timedelta(days=2),
        actor_id=place.adviser.id,
        by_person=False,
        now=NOW,
    )
