"""Two desks that live: every kind of row of the house, at each of them, and files that must stay hidden.

Build it inside an application context on empty tables. ``size`` multiplies what lists show, so that the
same world serves to count queries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mobility.accounts.models import User
from mobility.accounts.policy import SCOPES, Role
from mobility.accounts.services.tokens import create_token
from mobility.agenda import services as agenda
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.letters import LetterKind
from mobility.agenda.models import MeetingType
from mobility.agenda.reach import Means, Reach
from mobility.agenda.rules import AttendanceState, Following, MeetingKind, Origin
from mobility.caseload import services as caseload
from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.fleet import services as fleet
from mobility.fleet.kinds import Category, StopReason
from mobility.journal import services as journal
from mobility.ledger import services as ledger
from mobility.ledger.rules import LedgerKind
from mobility.loans import services as loans
from mobility.loans.parameters import REMINDER_STEPS
from mobility.loans.rules.policy import DepositKind
from mobility.notifications.kinds import Channel, MessageClass
from mobility.notifications.services import queue
from mobility.organisations.rules import OrganisationKind
from mobility.parameters.services import set_value
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.rules import MeansKind
from mobility.pathway.services import means, rosters
from mobility.people import services as people
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    LicenceCategory,
    NoteKind,
    Phase,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
)
from mobility.people.models import Person
from mobility.people.services import retention
from mobility.prescriptions import services as prescriptions
from mobility.prescriptions.rules.referents import Sees
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.documents import PDF, make_document, picture
from tests.factories.fleet import a_reading, a_vehicle
from tests.factories.interop import an_operator
from tests.factories.loans import ALL_DAY, a_job, a_policy, a_right
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.people import add_contact, add_licence, make_person
from tests.integration.hostile import carpooled, diagnosed, financed, left, lent, planned, sent

# A Tuesday, 10 in the morning in Paris.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = day_of(NOW)
LONG_AGO = datetime(2023, 5, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
OFFICE = Weekly((*((parse_hours("5h-13h"),) * 5), (), ()))

# Words that stand in hidden files alone: wherever one shows, something leaks.
HIDDEN_NAME = "Zwielosz"
HIDDEN_STREET = "rue des Glycines cachées"
HIDDEN_CITY = "Quiévrechain"
HIDDEN_PHONE = "+33639987654"
HIDDEN_EMAIL = "zwielosz.cachee@exemple.fr"
HIDDEN_NOTE = "confidence de Zwielosz"
HIDDEN = (HIDDEN_NAME, "Glycines", "639987654", "39 98 76 54", "zwielosz")


@dataclass
class Side:
    """One desk with its team, its partners and its people."""

    desk: Desk
    name: str
    users: dict[Role, User] = field(default_factory=dict)
    organisations: dict[Role, int] = field(default_factory=dict)
    persons: list[int] = field(default_factory=list)
    # An adviser whom no file names: neither referent nor staff of a protected file.
    colleague: User | None = None
    beneficiary: User | None = None
    vehicles: list[int] = field(default_factory=list)
    loans: list[int] = field(default_factory=list)
    plans: list[int] = field(default_factory=list)
    protected_id: int = 0
    protected_loan_id: int = 0


@dataclass
class World:
    """Both sides: the actors' own, and the others'."""

    own: Side
    others: Side
    globals: dict[Role, User]
    tokens: dict[str, str]


def build(*, size: int = 1) -> World:
    """Build everything; commits."""
    a_policy(needs_approval=True, needs_objective=False, max_simultaneous=9)
    for kind in MeetingKind:
        a_type(kind)
    an_operator()
    own = _side("Denain", "59172", size)
    others = _side("Caudry", "59139", size)
    makers: dict[str, Any] = {
        "none": {"scopes": ["desks:read"], "desk_ids": None},
        "own": {"scopes": _SCOPES, "desk_ids": [own.desk.id]},
        "others": {"scopes": _SCOPES, "desk_ids": [others.desk.id]},
        "all": {"scopes": _SCOPES, "desk_ids": None},
    }
    made = {name: create_token(name=name, now=NOW, **values) for name, values in makers.items()}
    whole = {role: make_user(role, name=f"Personne {role.value}") for role in (Role.AUDITOR, Role.ADMINISTRATOR)}
    return World(own, others, whole, made)


_SCOPES = list(SCOPES)


def _side(name: str, insee_code: str, size: int) -> Side:
    desk = make_desk(name, insee_code=insee_code, days=range(7), ranges=ALL_DAY)
    side = Side(desk, name)
    for role in (Role.ADVISER, Role.MANAGER, Role.FLEET_OFFICER):
        side.users[role] = make_user(role, desk_id=desk.id, name=f"{role.value} de {name}")
    side.colleague = make_user(Role.ADVISER, desk_id=desk.id, name=f"collègue de {name}")
    for role, kind in _PARTNERS.items():
        organisation = make_organisation(kind, f"{kind.value} de {name}")
        side.organisations[role] = organisation.id
        side.users[role] = make_user(role, organisation_id=organisation.id, name=f"{role.value} de {name}")
        for _ in range(size):
            make_agreement(
                organisation.id, desk_ids=[desk.id], name=f"Convention {name}", reference="REF-1", fse_plus=True
            )
    _agenda(side, size)
    for _ in range(3 * size + 2):
        side.vehicles.append(_vehicle(side))
    for number in range(3 * size):
        side.persons.append(_person(side, number))
    _loans(side, size)
    side.beneficiary = make_user(Role.BENEFICIARY, person_id=side.persons[0], recipient_id=_recipient(side.persons[0]))
    for number in range(size):
        _more(side, number)
    sent.send_people(side, size, now=NOW)
    _protected(side)
    for number in range(size):
        _archived(side, number)
        left.freeze(side.desk.id, actor_id=side.users[Role.MANAGER].id, now=NOW)
    _old(side, size)
    set_value(
        key=REMINDER_STEPS,
        value="J-3 18h, J-1 18h",
        valid_from_on=TODAY + DAY,
        desk_id=desk.id,
        actor_id=None,
        now=NOW,
    )
    a_policy(desk_id=desk.id, category=Category.MOPED, valid_from_on=TODAY + 30 * DAY, needs_objective=False)
    return side


_PARTNERS = {
    Role.PRESCRIBER: OrganisationKind.PRESCRIBER,
    Role.GARAGE: OrganisationKind.GARAGE,
    Role.FUNDER: OrganisationKind.FUNDER,
}


def _agenda(side: Side, size: int) -> None:
    """Let the adviser receive, be away, and hold workshops; give the desk a type of its own."""
    adviser = side.users[Role.ADVISER]
    for number in range(size):
        agenda.add_room(desk_id=side.desk.id, name=f"Salle {number} de {side.name}", actor_id=adviser.id, now=NOW)
        agenda.save_interpreter(
            desk_id=side.desk.id,
            values=agenda.InterpreterValues(f"Interprète {number} de {side.name}", ["ar"], True, True, True),
            actor_id=adviser.id, now=NOW,
        )  # fmt: skip
        a_type(MeetingKind.FOLLOW_UP, desk_id=side.desk.id, label=f"Suivi {number} de {side.name}")
        an_opening(adviser, side.desk, opens=time(9 + number), closes=time(9 + number, 59))
        agenda.add_absence(
            adviser_id=adviser.id, starts_at=NOW + (300 + 2 * number) * DAY, ends_at=NOW + (301 + 2 * number) * DAY,
            actor_id=adviser.id, now=NOW,
        )  # fmt: skip
        agenda.create_workshop(
            type_id=_type_of(MeetingKind.WORKSHOP), desk_id=side.desk.id, adviser_id=adviser.id,
            starts_at=NOW + (100 + number) * DAY, actor_id=adviser.id, now=NOW, note=f"Salle de {side.name}",
        )  # fmt: skip


def _type_of(kind: MeetingKind) -> int:
    return db.session.query(MeetingType).filter_by(kind=kind, desk_id=None).one().id


def _meetings(side: Side, person_id: int, adviser: User, words: str) -> None:
    """Give a person a meeting ahead, one that was closed too long ago, and one that nobody has closed."""
    own = person_id * timedelta(minutes=31)

    def meet(at: datetime, now: datetime) -> int:
        return agenda.book(
            person_id=person_id, type_id=_type_of(MeetingKind.PHONE), desk_id=side.desk.id, adviser_id=adviser.id,
            starts_at=at, origin=Origin.STAFF, actor_id=adviser.id, now=now, note=words,
        )  # fmt: skip

    agenda.say_reach(
        person_id=person_id, said=Reach(means=Means.WALK, leave_from=time(9)), actor_id=adviser.id, now=NOW
    )
    with transaction() as session:
        session.add(
            AgendaLetter(
                person_id=person_id, desk_id=side.desk.id, kind=LetterKind.INVITATION, key=f"letter:{person_id}",
                params={"kind": words}, post_on=TODAY, made_at=NOW,
            )
        )  # fmt: skip
    seen = meet(NOW - 60 * DAY + own, NOW - 70 * DAY)
    agenda.close(
        attendance_id=seen,
        state=AttendanceState.PRESENT,
        following=agenda.Next(Following.DATE, on=TODAY - 30 * DAY, reason=words),
        actor_id=adviser.id,
        now=NOW - 55 * DAY,
    )
    meet(NOW - 10 * DAY + own, NOW - 20 * DAY)
    if person_id % 3:
        ahead = meet(NOW + own, NOW - DAY)
        agenda.ask_earlier(
            person_id=person_id, type_id=_type_of(MeetingKind.PHONE), desk_id=side.desk.id, attendance_id=ahead,
            actor_id=adviser.id, now=NOW,
        )  # fmt: skip


def _recipient(person_id: int) -> int:
    return db.session.get_one(Person, person_id).recipient_id


def _vehicle(side: Side) -> int:
    vehicle_id = a_vehicle(side.desk.id, note=f"Note du parc de {side.name}")
    officer = side.users[Role.FLEET_OFFICER].id
    a_reading(vehicle_id, 19_000, NOW - 40 * DAY)
    a_reading(vehicle_id, 20_000, NOW - 30 * DAY)
    with documents.prepare(_file(picture()), "photo.jpg") as prepared:
        fleet.set_photo(vehicle_id=vehicle_id, prepared=prepared, actor_id=officer, now=NOW)
    fleet.stop_vehicle(
        vehicle_id=vehicle_id,
        starts_at=NOW + 200 * DAY,
        ends_at=NOW + 201 * DAY,
        reason=next(iter(StopReason)),
        actor_id=officer,
        now=NOW,
    )
    return vehicle_id


def _file(data: bytes) -> Any:
    from io import BytesIO

    return BytesIO(data)


def _person(side: Side, number: int, **values: Any) -> int:
    adviser, manager = side.users[Role.ADVISER], side.users[Role.MANAGER]
    known: dict[str, Any] = {
        "phone": f"+3363998{side.desk.id:02}{number:02}",
        "email": f"{side.name.lower()}{number}@exemple.fr",
        "referent_user_id": adviser.id,
        "street": f"{number + 1} rue de {side.name}",
        "city": side.name,
    }
    person = make_person("Amel", f"Personne{side.name}", desk=side.desk, **{**known, **values})
    fill(side, person.id, manager=manager, adviser=adviser)
    left.join(person.id, side.desk.id, actor_id=adviser.id, now=NOW)
    if number % 3:
        left.leave(person.id, actor_id=adviser.id, now=NOW, note="note de sortie")
    return person.id


def fill(side: Side, person_id: int, *, adviser: User, manager: User, words: str = "note") -> None:
    """Give a person one of everything that a file holds."""
    acts: dict[str, Any] = {"actor_id": adviser.id, "now": NOW - 5 * DAY}
    add_licence(db.session.get_one(Person, person_id), checked_by=adviser)
    people.give_consent(person_id=person_id, kind=ConsentKind.PHOTO, manner=ConsentManner.SPOKEN, **acts)
    people.add_representative(
        person_id=person_id,
        signatory=people.Signatory(
            kind=RepresentativeKind.PARENT, last_name="Tutélaire", first_name="Paul", valid_from_on=date(2025, 1, 1)
        ),
        **acts,
    )
    prescriptions.add_referent(
        person_id=person_id,
        details=prescriptions.ReferentDetails(
            organisation_name="CCAS", name="Référente Extérieure", email="ccas@exemple.fr", sees=Sees.DETAILS
        ),
        **acts,
    )
    people.note_contact(
        desk_id=side.desk.id,
        kind=NoteKind.CALL,
        person_id=person_id,
        text=f"{words} d’appel",
        callback_user_id=adviser.id,
        callback_due_on=TODAY,
        **acts,
    )
    people.open_request(person_id=person_id, kind=RightsKind.ACCESS, channel=RequestChannel.DESK, wish=words, **acts)
    a_right(person_id, adviser)
    objective_id = a_job(person_id, starts_on=TODAY - 20 * DAY, ends_on=TODAY + 60 * DAY)
    rosters.set_roster(objective_id=objective_id, version=None, pattern=OFFICE, **acts)
    means.add_own_means(
        objective_id=objective_id,
        kind=MeansKind.BUS,
        weekdays=[4],
        there=True,
        back=True,
        starts_on=TODAY - 10 * DAY,
        note=words,
        **acts,
    )
    journal.add_note(person_id=person_id, note=f"{words} du journal", **acts)
    started = {"since_on": TODAY - 5 * DAY, "reason": f"{words} de phase"}
    caseload.set_phase(person_id=person_id, phase=Phase.DIAGNOSIS, **started, **acts)
    caseload.write_handover(person_id=person_id, to_user_id=adviser.id, text=f"{words} de passation", **acts)
    # A bank is nobody's: it does not carry the words of a file.
    lent.bank_of(side.desk.id, f"de {side.name}")
    side.plans.append(planned.plan_of(person_id, adviser_id=adviser.id, words=words, now=acts["now"]))
    financed.finance(person_id, adviser_id=adviser.id, words=words, now=acts["now"])
    diagnosed.diagnose(db.session.get_one(Person, person_id), adviser, words, now=NOW - 5 * DAY)
    _meetings(side, person_id, adviser, words)
    make_document(owner_id=person_id, person_id=person_id, data=PDF + str(person_id).encode() + b"\n%%EOF\n")
    for kind in (LedgerKind.CHARGE, LedgerKind.PAYMENT):
        ledger.post(person_id=person_id, kind=kind, amount_cents=1200, label="Divers", **acts)


def book(side: Side, person_id: int, *, start: datetime, due: datetime, now: datetime, approve: bool = True) -> int:
    """Book by the adviser; returns the loan."""
    adviser = side.users[Role.ADVISER].id
    loan_id = loans.book(
        person_id=person_id,
        desk_id=side.desk.id,
        category=Category.CAR,
        start_at=start,
        due_at=due,
        actor_id=adviser,
        by_person=not approve,
        now=now,
    )
    side.loans.append(loan_id)
    return loan_id


def _out(side: Side, person_id: int, *, now: datetime, due: datetime) -> int:
    adviser = side.users[Role.ADVISER].id
    loan_id = book(side, person_id, start=now, due=due, now=now)
    loans.contract(loan_id=loan_id, deposit_kind=DepositKind.CHEQUE, actor_id=adviser, now=now)
    loans.depart(loan_id=loan_id, odometer_km=20_000, energy_percent=90, actor_id=adviser, now=now)
    return loan_id


def _loans(side: Side, size: int) -> None:
    """Of each three persons: one is on the road and asks for more time, one waits for an answer, one comes today."""
    for number in range(size):
        first, second, third = side.persons[3 * number : 3 * number + 3]
        loan_id = _out(side, first, now=NOW - 3 * DAY, due=NOW + timedelta(hours=4))
        loans.request_extension(loan_id=loan_id, new_due_at=NOW + 5 * DAY, note="encore un peu", now=NOW - DAY)
        book(side, second, start=NOW + 9 * DAY, due=NOW + 12 * DAY, now=NOW - DAY, approve=False)
        book(side, third, start=NOW + timedelta(hours=2), due=NOW + 4 * DAY, now=NOW - DAY)


def _more(side: Side, number: int) -> None:
    """Let the first person and the first vehicle have one more of everything, and the area one more desk."""
    person_id, vehicle_id = side.persons[0], side.vehicles[0]
    adviser = side.users[Role.ADVISER]
    acts: dict[str, Any] = {"actor_id": adviser.id, "now": NOW - 4 * DAY}
    person = db.session.get_one(Person, person_id)
    add_contact(person, Channel.SMS, f"+3363999{side.desk.id:02}{number:02}", verified_at=LONG_AGO)
    add_licence(person, list(LicenceCategory)[number], checked_by=adviser)
    people.add_representative(
        person_id=person_id,
        signatory=people.Signatory(kind=RepresentativeKind.PARENT, last_name="Autre", valid_from_on=date(2025, 1, 1)),
        **acts,
    )
    objective_id = a_job(person_id, title=f"Poste {number}", starts_on=TODAY - 9 * DAY, ends_on=TODAY + 50 * DAY)
    rosters.set_roster(objective_id=objective_id, version=None, pattern=OFFICE, **acts)
    for weekday in (0, 1):
        means.add_own_means(
            objective_id=objective_id, kind=MeansKind.BUS, weekdays=[weekday], there=True, back=True,
            starts_on=TODAY - 5 * DAY, **acts,
        )  # fmt: skip
    a_right(person_id, adviser)
    journal.add_note(person_id=person_id, note=f"encore {number}", **acts)
    financed.more_of(person_id, adviser_id=adviser.id, number=number, now=acts["now"])
    planned.more_of(side.plans[0], adviser_id=adviser.id, number=number, now=acts["now"])
    planned.a_template(side.desk.id, f"Modèle {number}", today=TODAY, now=NOW)
    lent.bank_of(side.desk.id, f"encore {number}")
    people.note_contact(
        desk_id=side.desk.id,
        kind=NoteKind.WALK_IN,
        person_id=person_id,
        text="passage",
        callback_user_id=adviser.id,
        **acts,
    )
    make_document(
        owner_id=person_id, person_id=person_id, kind="address", data=PDF + b"%" + str(number).encode() + b"\n%%EOF\n"
    )
    ledger.post(person_id=person_id, kind=LedgerKind.PAYMENT, amount_cents=1, label="Acompte", **acts)
    book(side, person_id, start=NOW + (20 + 3 * number) * DAY, due=NOW + (22 + 3 * number) * DAY, now=NOW - DAY)
    a_reading(vehicle_id, 18_000 - 10 * number, NOW - (50 + number) * DAY)
    fleet.stop_vehicle(
        vehicle_id=vehicle_id, starts_at=NOW + (210 + 2 * number) * DAY, ends_at=NOW + (211 + 2 * number) * DAY,
        reason=next(iter(StopReason)), actor_id=None, now=NOW,
    )  # fmt: skip
    carpooled.take_part(person_id, side.desk.id, number=number, words=f"trajet {number}", now=NOW)
    near = make_desk(f"Permanence {number} de {side.name}", insee_code=side.desk.insee_code, ranges=ALL_DAY)
    a_vehicle(near.id)


def _protected(side: Side) -> None:
    """A file that only the adviser of the desk may know; the manager may not."""
    adviser = side.users[Role.ADVISER]
    person = make_person(
        f"{HIDDEN_NAME}ine",
        HIDDEN_NAME,
        desk=side.desk,
        phone=HIDDEN_PHONE if side.name == "Denain" else None,
        email=HIDDEN_EMAIL if side.name == "Denain" else None,
        street=f"7 {HIDDEN_STREET}",
        city=HIDDEN_CITY,
        referent_user_id=adviser.id,
        protected_for=[adviser],
        born_on=date(1988, 8, 8),
        france_travail_id="7654321Z" if side.name == "Denain" else None,
        last_contact_at=LONG_AGO,
    )
    fill(side, person.id, adviser=adviser, manager=side.users[Role.MANAGER], words=HIDDEN_NOTE)
    people.edit_address(
        person_id=person.id,
        address=people.Address(street=f"9 {HIDDEN_STREET}", insee_code="59484", postcode="59920"),
        version=None,
        actor_id=adviser.id,
        now=NOW,
    )
    with transaction():
        db.session.get_one(Person, person.id).last_contact_at = LONG_AGO
    carpooled.hide(person.id, words=HIDDEN_NOTE, now=NOW)
    side.protected_id = person.id
    left.join(person.id, side.desk.id, actor_id=adviser.id, now=NOW)
    left.leave(person.id, actor_id=adviser.id, now=NOW, note=HIDDEN_NOTE)
    side.protected_loan_id = _out(side, person.id, now=NOW - 2 * DAY, due=NOW + timedelta(hours=5))
    side.loans.remove(side.protected_loan_id)
    hidden = {"first_name": f"{HIDDEN_NAME}ine", "last_name": HIDDEN_NAME, "email": HIDDEN_EMAIL}
    sent.send_hidden(side, now=NOW, born_on=date(1988, 8, 8), need_text=HIDDEN_NOTE, **hidden)


def _archived(side: Side, number: int) -> None:
    make_person("Archive", f"Vieille{side.name}{number}", desk=side.desk, archived=True, created_at=LONG_AGO)


def _old(side: Side, size: int) -> None:
    """Files whose time is over, and the list that the manager reads about them."""
    for number in range(size):
        make_person("Ancienne", f"Fiche{side.name}{number}", desk=side.desk, created_at=LONG_AGO)
    retention.plan(now=NOW)


def tell(recipient_id: int, *, person_id: int | None, key: str) -> int | None:
    """Queue a message about a person."""
    return queue(
        recipient_id=recipient_id,
        template="staff_alert",
        params={},
        message_class=MessageClass.NORMAL,
        dedup_key=key,
        now=NOW,
        person_id=person_id,
    )
