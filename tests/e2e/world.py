"""A small demo world with a row of every kind, served on a database of its own, and who may look at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.services import codes, passwords, tokens
from mobility.accounts.session import CODE_ID, PENDING
from mobility.core import clock, links
from mobility.core.clock import PARIS, at_paris, today
from mobility.core.db import db, end_read
from mobility.core.errors import RuleViolation
from mobility.demo import load as load_demo
from mobility.demo.accounts import HEROINE, staff
from mobility.demo.history import _odometer
from mobility.demo.views import _user_of
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.fleet import services as fleet
from mobility.fleet.kinds import Category, ReservationKind, StopReason
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.loans.models import ExtensionRequest, Loan, LoanPolicy, LoanRight
from mobility.loans.rules.policy import DepositKind
from mobility.loans.rules.states import LoanState
from mobility.loans.services import booking, extension, handover, reminders
from mobility.notifications import render
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.organisations.models import Agreement
from mobility.pathway.models import Objective, OwnMeans
from mobility.pathway.rules import MeansKind
from mobility.pathway.services import means
from mobility.people import services as people
from mobility.people.kinds import NoteKind, RepresentativeKind, RequestChannel, RightsKind
from mobility.people.models import (
    ContactNote,
    Person,
    PersonLicence,
    Representative,
    RetentionItem,
    RetentionRun,
    RightsRequest,
)
from mobility.people.services import licences, retention, rights
from tests.conftest import SECRET, build_schema
from tests.factories.accounts import make_user
from tests.factories.documents import PDF
from tests.support.live import LiveServer, MovableClock

PRESENT = datetime(2026, 11, 24, 10, 30, tzinfo=PARIS)
PLACE = "Valenciennes"


# The loan that each act is tried on.
STATES = {
    "approved": LoanState.APPROVED,
    "out": LoanState.OUT,
    "returned": LoanState.RETURNED,
    "settled": LoanState.SETTLED,
}


class World:
    """The application on its own database, served, with ids of rows of every kind."""

    def __init__(self, folder: Path) -> None:
        from mobility.app import create_app

        self.moving_clock = MovableClock()
        self.moving_clock.move_to(PRESENT)
        self.moving_clock.install()
        self.app: Flask = create_app(
            {
                "DATABASE_URL": f"sqlite:///{folder / 'world.sqlite'}",
                "SECRET_KEY": SECRET,
                "VAR_DIR": folder,
                "TESTING": True,
                "RATELIMIT_ENABLED": False,
                "COOKIE_SECURE": False,
                "DEMO": True,
            }
        )
        self.context = self.app.app_context()
        self.context.push()
        build_schema()
        load_demo(now=clock.now(), people_count=24, past_days=96)
        self.ids: dict[str, Any] = {}
        self._live_on()
        self.live = LiveServer(self.app)

    def close(self) -> None:
        """Stop serving."""
        self.live.stop()
        db.session.close()
        for engine in db.engines.values():
            engine.dispose()
        self.context.pop()
        self.moving_clock.remove()

    def user(self, role: str) -> User:
        """Return the demo's account of that role, at the desk where most happens."""
        if role in {"beneficiary", "newcomer"}:
            return self.beneficiary if role == "beneficiary" else self.newcomer
        account = next(one for one in staff() if one.role == role and one.place in {PLACE, ""} or one.role == role)
        return _user_of(account)

    def cookie(self, content: dict[str, Any]) -> str:
        """Return the session cookie with this content."""
        serializer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert serializer is not None
        return str(serializer.dumps(content))

    def session_of(self, kind: str) -> dict[str, Any]:
        """Return the session of a role, or of somebody half-way through the sign-in."""
        if kind == "code":
            return {CODE_ID: "0123456789", "code_channel": "sms"}
        if kind in {"second factor", "enrolling"}:
            user = self.user("adviser" if kind == "second factor" else "newcomer")
            return {PENDING: {"id": user.id, "at": clock.now().timestamp(), "epoch": user.session_epoch}}
        user = self.user(kind)
        return {
            "_user_id": str(user.id),
            "_fresh": True,
            "epoch": user.session_epoch,
            "seen_at": clock.now().timestamp(),
        }

    def _live_on(self) -> None:
        """Let happen what the demo does not show: requests, papers, protected files, late loans."""
        self.beneficiary = _user_of(HEROINE)
        now = clock.now()
        desk_id = db.session.scalars(select(Desk.id).where(Desk.name == PLACE)).one()
        self.adviser_id, self.manager_id = self.user("adviser").id, self.user("manager").id
        self.ids["desk_id"] = desk_id
        self._people(desk_id, now)
        self._loans(desk_id, now)
        self._places(now)
        self._rows(desk_id)
        self._tokens(now)
        end_read()

    def _people(self, desk_id: int, now: datetime) -> None:
        persons = db.session.scalars(select(Person.id).where(Person.desk_id == desk_id).order_by(Person.id)).all()
        first, second, third, fourth = persons[0], persons[3], persons[4], persons[5]
        self.ids.update(person_id=first, other_id=second)
        common: dict[str, Any] = {"actor_id": self.adviser_id, "now": now}
        note = people.note_contact
        note(desk_id=desk_id, kind=NoteKind.CALL, person_id=first, text="Rappeler pour le contrat.", **common)
        self.ids["note_id"] = note(
            desk_id=desk_id,
            kind=NoteKind.CALL,
            caller_name="Mme Wattiez",
            caller_phone="+33639981234",
            text="Voudrait une voiture dès lundi.",
            callback_user_id=self.adviser_id,
            **common,
        )
        self.ids["representative_id"] = licences.add_representative(
            person_id=first,
            kind=next(iter(RepresentativeKind)),
            valid_from_on=today(),
            first_name="Josiane",
            last_name="Lenoir",
            phone="+33639984321",
            **common,
        )
        people.protect(person_id=third, user_ids=[self.adviser_id], reason="Violences", **common)
        self.ids["request_id"] = rights.open_request(
            person_id=second, kind=RightsKind.ACCESS, channel=RequestChannel.DESK, wish="Une copie de tout.", **common
        )
        retention.plan(now=now, months=1)
        prepared = documents.prepare_bytes(PDF, "carte.pdf")
        self.ids["document_id"] = documents.store(
            prepared=prepared, kind="identity", owner_kind="person", owner_id=fourth, person_id=fourth, **common
        )
        objective = db.session.scalars(select(Objective).where(Objective.person_id == self.beneficiary.person_id)).one()
        self.ids["own_objective_id"] = objective.id
        self.ids["own_means_of_heroine"] = means.add_own_means(
            objective_id=objective.id,
            kind=MeansKind.BUS,
            weekdays=[1, 3],
            there=True,
            back=True,
            starts_on=objective.starts_on,
            note="Ligne 12",
            **common,
        )

    def _of_state(self, *states: LoanState, desk_id: int, categories: Iterable[Category] = tuple(Category)) -> list[int]:
        return list(
            db.session.scalars(
                select(Loan.id)
                .where(Loan.desk_id == desk_id, Loan.state.in_(states), Loan.category.in_(tuple(categories)))
                .order_by(Loan.id)
            )
        )

    def _book_for(self, person_id: int, *, start: datetime, days: int, by_person: bool, at: datetime) -> int:
        person = db.session.get_one(Person, person_id)
        return booking.book(
            person_id=person_id,
            desk_id=person.desk_id,
            category=Category.CAR,
            start_at=start,
            due_at=start + timedelta(days=days),
            actor_id=None if by_person else self.adviser_id,
            by_person=by_person,
            now=at,
            override_reason=None if by_person else "Le contrat commence lundi.",
        )

    def _request(self, desk_id: int, at: datetime) -> int:
        """Let somebody ask for a car online whose policy wants an adviser's yes."""
        start = at_paris(today() + timedelta(days=13), time(9, 30))
        for person_id in db.session.scalars(select(Person.id).where(Person.desk_id == desk_id).order_by(Person.id)):
            try:
                loan_id = self._book_for(person_id, start=start, days=4, by_person=True, at=at)
            except RuleViolation:
                continue
            if db.session.get_one(Loan, loan_id).state is LoanState.REQUESTED:
                return loan_id
        raise AssertionError("nobody of the demo asks for a car that needs an approval")

    def _loans(self, desk_id: int, now: datetime) -> None:
        self.ids["requested"] = self._request(desk_id, now)
        out = self._of_state(LoanState.OUT, desk_id=desk_id)
        asked = db.session.get_one(Loan, out[0])
        self.ids["extension_id"] = extension.request_extension(
            loan_id=asked.id, new_due_at=asked.due_at + timedelta(days=3), note="La mission continue.", now=now
        )
        mine = self.beneficiary.person_id
        assert mine is not None
        two_days_ago = now - timedelta(days=4)
        start = at_paris(today() - timedelta(days=1), time(9, 30))
        self.ids["mine_out"] = self._book_for(mine, start=start, days=5, by_person=False, at=two_days_ago)
        self._hand_over(self.ids["mine_out"], at=start)
        later = at_paris(today() + timedelta(days=13), time(9, 30))
        self.ids["mine_awaited"] = self._book_for(mine, start=later, days=3, by_person=False, at=now)
        for name, state in STATES.items():
            found = self._of_state(state, desk_id=desk_id)
            self.ids[name] = found[-1]

    def _loan(self, loan_id: int) -> Loan:
        return db.session.get_one(Loan, loan_id)

    def _hand_over(self, loan_id: int, *, at: datetime) -> None:
        handover.contract(loan_id=loan_id, deposit_kind=DepositKind.CHEQUE, actor_id=self.adviser_id, now=at)
        handover.depart(loan_id=loan_id, odometer_km=_odometer(self._loan(loan_id)), energy_percent=75, actor_id=self.adviser_id, now=at)

    def _places(self, now: datetime) -> None:
        used = select(VehicleReservation.vehicle_id)
        free = db.session.scalars(select(Vehicle.id).where(Vehicle.id.not_in(used)).order_by(Vehicle.id)).first()
        assert free is not None
        fleet.stop_vehicle(
            vehicle_id=free,
            starts_at=now,
            ends_at=now + timedelta(days=3),
            reason=next(iter(StopReason)),
            kind=ReservationKind.MAINTENANCE,
            actor_id=self.manager_id,
            now=now,
        )
        self.newcomer = make_user(Role.ADVISER, desk_id=self.ids["desk_id"], name="Nouvelle Venue", confirmed=False)
        tokens.create_token(name="Espace numérique", scopes=["desks:read", "loans:read"], now=now, actor_id=None)

    def _rows(self, desk_id: int) -> None:
        """Note one id of each kind, all of the one desk."""
        ids, scalars = self.ids, db.session.scalars
        person_id = ids["person_id"]
        ids["vehicle_id"] = scalars(select(Vehicle.id).where(Vehicle.desk_id == desk_id).order_by(Vehicle.id)).first()
        ids["objective_id"] = scalars(select(Objective.id).where(Objective.person_id == person_id)).first()
        ids["own_means_id"] = scalars(
            select(OwnMeans.id)
            .join(Objective, Objective.id == OwnMeans.objective_id)
            .join(Person, Person.id == Objective.person_id)
            .where(Person.desk_id == desk_id)
        ).first()
        recipient = db.session.get_one(Person, person_id).recipient_id
        ids["contact_id"] = scalars(select(ContactPoint.id).where(ContactPoint.recipient_id == recipient)).first()
        ids["licence_id"] = scalars(select(PersonLicence.id).where(PersonLicence.person_id == person_id)).first()
        ids["right_id"] = scalars(select(LoanRight.id).where(LoanRight.person_id == person_id)).first()
        ids["policy_id"] = scalars(select(LoanPolicy.id)).first()
        ids["message_id"] = scalars(
            select(OutboxMessage.id)
            .join(Person, Person.id == OutboxMessage.person_id)
            .where(Person.desk_id == desk_id)
            .order_by(OutboxMessage.id.desc())
        ).first()
        agreement = scalars(select(Agreement)).one()
        ids["agreement_id"], ids["organisation_id"] = agreement.id, agreement.organisation_id
        ids["user_id"] = self.manager_id
        run = scalars(select(RetentionRun).where(RetentionRun.desk_id == desk_id)).first()
        ids["run_id"] = run.id if run else None
        ids["item_id"] = scalars(select(RetentionItem.id).where(RetentionItem.run_id == ids["run_id"])).first()

    def _tokens(self, now: datetime) -> None:
        """Make one signed link of each kind."""
        day_long: dict[str, Any] = {"now": now, "lifetime": timedelta(days=1)}
        recipient_id = db.session.get_one(Person, self.beneficiary.person_id).recipient_id
        point_id = db.session.scalars(select(ContactPoint.id).where(ContactPoint.recipient_id == recipient_id)).first()
        self.ids["preferences_token"] = links.sign(render.PREFERENCES, {"recipient": recipient_id}, **day_long)
        self.ids["unsubscribe_token"] = links.sign(render.UNSUBSCRIBE, {"point": point_id}, **day_long)
        self.ids["sign_in_token"] = links.sign(codes.PURPOSE, {"i": "0123456789", "c": "123456"}, **day_long)
        self.ids["password_token"] = passwords.password_link(self.user("manager"), **day_long).rsplit("/", 1)[1]
        mine = self.ids["mine_out"]
        self.ids["return_token"] = reminders.return_link(mine, self._loan(mine).due_at, now=now).rsplit("/", 1)[1]
