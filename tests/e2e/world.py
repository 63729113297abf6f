"""A small demo world with a row of every kind, served on a database of its own, and who may look at it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.services import codes, passwords, tokens
from mobility.accounts.session import CODE_ID, PENDING
from mobility.agenda import queries
from mobility.agenda import services as agenda
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import LetterKind
from mobility.agenda.models import EarlierOffer
from mobility.agenda.rules import MeetingKind, Origin
from mobility.agenda.services.messages import INVITATION_PURPOSE, LINK_PURPOSE, OFFER_PURPOSE
from mobility.caseload import services as caseload
from mobility.core import clock, links
from mobility.core.clock import PARIS, at_paris, day_of, today
from mobility.core.db import db, end_read, transaction
from mobility.demo import load as load_demo
from mobility.demo.accounts import HEROINE, staff
from mobility.demo.history import _odometer
from mobility.demo.views import _user_of
from mobility.desks import services as desks
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.fleet import services as fleet
from mobility.fleet.kinds import Category, ReservationKind, StopReason
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.loans.models import Loan, LoanPolicy, LoanRight
from mobility.loans.rules.policy import DepositKind
from mobility.loans.services import booking, extension, handover, key_box, reminders
from mobility.loans.services.money import balance_of, settle
from mobility.loans.services.rights import open_right
from mobility.microcredit.models import CreditOffer
from mobility.notifications import render
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.organisations.models import Agreement
from mobility.pathway import patterns
from mobility.pathway.models import Objective, OwnMeans
from mobility.pathway.roster import Weekly
from mobility.pathway.rules import MeansKind, ObjectiveKind
from mobility.pathway.services import means, objectives, rosters, warnings
from mobility.people import services as people
from mobility.people.kinds import (
    LicenceCategory,
    NoteKind,
    PersonStatus,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
)
from mobility.people.models import (
    Person,
    PersonLicence,
    RetentionItem,
    RetentionRun,
)
from mobility.people.services import identity, licences, retention, rights
from tests.conftest import SECRET, build_schema
from tests.e2e.carpooled import ride_together
from tests.e2e.diagnosed import diagnose
from tests.e2e.left import let_leave
from tests.e2e.plans import lay_plans
from tests.e2e.sent import sent_people
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.documents import PDF
from tests.factories.fleet import a_vehicle
from tests.support.live import LiveServer, MovableClock

PRESENT = datetime(2026, 11, 24, 10, 30, tzinfo=PARIS)
PLACE = "Valenciennes"


# Loans at each step of their life, and whose they are.
STEPS = {"requested": "Ines", "approved": "Paul", "out": "Lina", "returned": "Omar", "settled": "Jade"}


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
                "NETWORK_DIR": folder / "network",
                "TESTING": True,
                "RATELIMIT_ENABLED": False,
                "COOKIE_SECURE": False,
                "DEMO": True,
            }
        )
        self.context = self.app.app_context()
        self.context.push()
        build_schema()
        load_demo(now=clock.now(), people_count=24, past_days=30)
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
        account = next(one for one in staff() if (one.role == role and one.place in {PLACE, ""}) or one.role == role)
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
        self._meetings(desk_id, now)
        self._rows(desk_id)
        self._tokens(now)
        ride_together(self.ids, self.beneficiary.person_id or 0, now)
        lay_plans(self.ids, self.beneficiary.person_id or 0, self.adviser_id, now)
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
        self.ids["representative_id"] = people.add_representative(
            person_id=first,
            signatory=people.Signatory(
                kind=next(iter(RepresentativeKind)),
                valid_from_on=today(),
                first_name="Josiane",
                last_name="Lenoir",
                phone="+33639984321",
            ),
            **common,
        )
        self.ids["handover_id"] = caseload.write_handover(
            person_id=first, to_user_id=self.adviser_id, text="Préfère les matins.", **common
        )
        people.protect(person_id=third, user_ids=[self.adviser_id], reason="Violences", **common)
        self.ids["request_id"] = rights.open_request(
            person_id=second, kind=RightsKind.ACCESS, channel=RequestChannel.DESK, wish="Une copie de tout.", **common
        )
        # As if years had passed: somebody has not been heard of for long.
        retention.plan(now=now + timedelta(days=1100))
        let_leave(self.ids, persons[5:10], adviser_id=self.adviser_id, now=now)
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

    def _book_for(
        self,
        person_id: int,
        *,
        start: datetime,
        days: int,
        by_person: bool,
        at: datetime,
        category: Category = Category.CAR,
    ) -> int:
        person = db.session.get_one(Person, person_id)
        return booking.book(
            person_id=person_id,
            desk_id=person.desk_id,
            category=category,
            start_at=start,
            due_at=start + timedelta(days=days),
            actor_id=None if by_person else self.adviser_id,
            by_person=by_person,
            now=at,
            override_reason=None if by_person else "Le contrat commence lundi.",
        )

    def _borrower(self, desk_id: int, first_name: str, *, at: datetime) -> int:
        """Let somebody come in who has a licence, a job and a right to cars."""
        common: dict[str, Any] = {"actor_id": self.adviser_id, "now": at}
        since = day_of(at)
        who = identity.Identity(
            first_name=first_name, last_name="Marchand", born_on=date(1990, 5, 4), status=PersonStatus.JOB_SEEKER
        )
        address = identity.Address(street="8 rue de Famars", insee_code="59606", postcode="59300")
        person_id = identity.create_person(
            desk_id=desk_id,
            identity=who,
            address=address,
            email=f"{first_name.lower()}.marchand@demo.example",
            not_a_duplicate=True,
            **common,
        )
        licence = licences.Licence(category=LicenceCategory.B, issued_on=date(2012, 6, 20), number="120659123456")
        licences.save_licence(person_id=person_id, licence=licence, seen=True, **common)
        period: dict[str, Any] = {"starts_on": since, "ends_on": since + timedelta(days=90)}
        objective_id = objectives.open_objective(
            person_id=person_id,
            kind=ObjectiveKind.JOB,
            title="Aide à domicile",
            city="Onnaing",
            insee_code="59447",
            postcode="59264",
            **period,
            **common,
        )
        week = Weekly((patterns.parse_hours("5h-13h"),) * 5 + ((), ()))
        rosters.set_roster(objective_id=objective_id, version=None, pattern=week, **common)
        open_right(person_id=person_id, categories=[Category.CAR], days_allowed=60, **period, **common)
        return person_id

    def _loans(self, desk_id: int, now: datetime) -> None:
        """Have a loan at each step of its life, and two of the beneficiary who looks at the portal."""
        come, begun = now - timedelta(days=12), at_paris(today() - timedelta(days=8), time(9, 30))
        later = at_paris(today() + timedelta(days=13), time(9, 30))
        for step, name in STEPS.items():
            asked = step == "requested"
            person_id = self._borrower(desk_id, name, at=come)
            self.ids[step] = self._book_for(
                person_id,
                start=later if asked else begun,
                days=4 if asked else 11,
                by_person=asked,
                at=now if asked else come,
            )
            if step not in {"requested", "approved"}:
                self._hand_over(self.ids[step], at=begun)
            if step in {"returned", "settled"}:
                self._take_back(self.ids[step], at=begun + timedelta(days=3), paid=step == "settled")
        out = self._loan(self.ids["out"])
        self.ids["extension_id"] = extension.request_extension(
            loan_id=out.id, new_due_at=out.due_at + timedelta(days=3), note="La mission continue.", now=now
        )
        mine = self.beneficiary.person_id
        assert mine is not None
        yesterday = at_paris(today() - timedelta(days=1), time(9, 30))
        self.ids["mine_out"] = self._book_for(
            mine, start=yesterday, days=5, by_person=False, at=now - timedelta(days=4)
        )
        self._hand_over(self.ids["mine_out"], at=yesterday)
        self.ids["mine_awaited"] = self._book_for(mine, start=later, days=3, by_person=False, at=now)
        boxed = self._borrower(desk_id, "Noa", at=come)
        self.ids["boxed"] = self._by_key_box(boxed, start=yesterday, at=come)
        self.ids["mine_boxed_out"] = self._by_key_box(mine, start=yesterday, at=now - timedelta(days=4))
        self.ids["mine_boxed"] = self._by_key_box(mine, start=now + timedelta(minutes=5), at=now)

        self.ids["left_behind"] = self._left_behind(at=come)

    def _left_behind(self, *, at: datetime) -> int:
        """Book at a desk that closes for good afterwards, for somebody whom the adviser follows."""
        gone = make_desk("Ancienne antenne", ranges=((time(9), time(18)),))
        a_vehicle(gone.id)
        person_id = self._borrower(gone.id, "Sami", at=at)
        with transaction() as session:
            session.get_one(Person, person_id).referent_user_id = self.adviser_id
        start = at_paris(today() + timedelta(days=7), time(9, 30))
        loan_id = self._book_for(person_id, start=start, days=3, by_person=False, at=at)
        desks.archive_desk(desk_id=gone.id, actor_id=None, now=clock.now(), accept_broken=True)
        return loan_id

    def _by_key_box(self, person_id: int, *, start: datetime, at: datetime) -> int:
        """Lend a bike of its own by key box; one whose start is past has been taken."""
        a_vehicle(db.session.get_one(Person, person_id).desk_id, category=Category.BIKE)
        loan_id = self._book_for(person_id, start=start, days=5, by_person=False, at=at, category=Category.BIKE)
        handover.contract(loan_id=loan_id, deposit_kind=None, actor_id=self.adviser_id, now=at)
        if start < clock.now():
            key_box.depart_alone(
                loan_id=loan_id, odometer_km=None, energy_percent=None, unreadable=True, actor_id=None, now=start
            )
        return loan_id

    def _take_back(self, loan_id: int, *, at: datetime, paid: bool) -> None:
        common: dict[str, Any] = {"loan_id": loan_id, "actor_id": self.adviser_id, "now": at}
        handover.return_vehicle(odometer_km=(_odometer(self._loan(loan_id)) or 0) + 120, energy_percent=50, **common)
        if paid:
            settle(paid_cents=max(0, balance_of(self._loan(loan_id)).owed_cents), **common)

    def _loan(self, loan_id: int) -> Loan:
        return db.session.get_one(Loan, loan_id)

    def _hand_over(self, loan_id: int, *, at: datetime) -> None:
        handover.contract(loan_id=loan_id, deposit_kind=DepositKind.CHEQUE, actor_id=self.adviser_id, now=at)
        handover.depart(
            loan_id=loan_id,
            odometer_km=_odometer(self._loan(loan_id)),
            energy_percent=75,
            actor_id=self.adviser_id,
            now=at,
        )

    def _meetings(self, desk_id: int, now: datetime) -> None:
        """Have a meeting ahead, one that is over and not closed, one of the beneficiary, a workshop, an absence."""
        mine = self.beneficiary.person_id
        assert mine is not None
        first = queries.find_type_of_kind(MeetingKind.FIRST, desk_id=desk_id)
        assert first is not None
        midday = at_paris(today(), time(12, 20))

        def meet(person_id: int, days: int) -> int:
            at = midday + timedelta(days=days)
            return agenda.book(
                person_id=person_id, type_id=first.id, desk_id=desk_id, adviser_id=self.adviser_id, starts_at=at,
                origin=Origin.STAFF, actor_id=self.adviser_id, now=min(now, at - timedelta(days=3)),
                note="Elle vient avec sa fille.",
            )  # fmt: skip

        self.ids["attendance_id"] = meet(self.ids["person_id"], 3)
        self.ids["begun_visit"] = meet(self.ids["person_id"], -3)
        self.ids["own_visit"] = meet(mine, 4)
        self.ids["type_id"] = first.id
        workshop = queries.find_type_of_kind(MeetingKind.WORKSHOP, desk_id=desk_id)
        assert workshop is not None
        self.ids["appointment_id"] = agenda.create_workshop(
            type_id=workshop.id, desk_id=desk_id, adviser_id=self.adviser_id, starts_at=midday + timedelta(days=5),
            actor_id=self.adviser_id, now=now,
        )  # fmt: skip
        agenda.join(
            appointment_id=self.ids["appointment_id"], person_id=mine, origin=Origin.STAFF, actor_id=None, now=now
        )
        self.ids["interpreter_id"] = agenda.save_interpreter(
            desk_id=desk_id,
            values=agenda.InterpreterValues("Nadia Belkacem", ["ar"], on_site=True, by_phone=True, adult=True),
            actor_id=None, now=now,
        )  # fmt: skip
        agenda.add_absence(
            adviser_id=self.adviser_id, starts_at=now + timedelta(days=60), ends_at=now + timedelta(days=61),
            actor_id=None, now=now,
        )  # fmt: skip
        payload = {"p": self.ids["other_id"], "t": first.id, "d": desk_id}
        month = timedelta(days=30)
        self.ids["visit_token"] = links.sign(LINK_PURPOSE, {"a": self.ids["own_visit"]}, now=now, lifetime=month)
        wish_id = agenda.ask_earlier(
            person_id=mine, type_id=first.id, desk_id=desk_id, attendance_id=self.ids["own_visit"], actor_id=None,
            now=now,
        )  # fmt: skip
        with transaction() as session:
            hour = midday + timedelta(days=2)
            offer = EarlierOffer(
                wish_id=wish_id, adviser_id=self.adviser_id, starts_at=hour, ends_at=hour + timedelta(hours=1),
                offered_at=now, expires_at=now + timedelta(hours=12),
            )  # fmt: skip
            session.add(offer)
            session.flush()
            letter = AgendaLetter(
                person_id=self.ids["person_id"], desk_id=desk_id, kind=LetterKind.INVITATION, key="letter",
                params={"kind": "Premier rendez-vous"}, post_on=today(), made_at=now,
            )  # fmt: skip
            session.add(letter)
            session.flush()
            self.ids["letter_id"] = letter.id
            self.ids["offer_token"] = links.sign(OFFER_PURPOSE, {"o": offer.id}, now=now, lifetime=month)
        self.ids["invitation_token"] = links.sign(INVITATION_PURPOSE, payload, now=now, lifetime=month)

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
        agreement = scalars(select(Agreement).order_by(Agreement.id).limit(1)).one()
        ids["agreement_id"], ids["organisation_id"] = agreement.id, agreement.organisation_id
        offer = scalars(select(CreditOffer).order_by(CreditOffer.id)).first()
        ids["offer_id"], ids["partner_id"] = (offer.id, offer.partner_id) if offer else (None, None)
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
        self.ids["hours_token"] = warnings.hours_link(self.ids["own_objective_id"], now=now).rsplit("/", 1)[1]
        self.ids |= diagnose(
            person_id=self.ids["person_id"], own_id=self.beneficiary.person_id, other_id=self.ids["other_id"],
            adviser_id=self.adviser_id, now=now,
        )  # fmt: skip
        self.ids |= sent_people(
            desk_id=self.ids["desk_id"], person_id=self.ids["person_id"], adviser_id=self.adviser_id, now=now
        )
        mine = self.ids["mine_out"]
        self.ids["return_token"] = reminders.return_link(mine, self._loan(mine).due_at, now=now).rsplit("/", 1)[1]
