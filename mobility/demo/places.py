"""Desks, organisations, teams and loan policies of the demo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.services import users
from mobility.accounts.services.passwords import hasher
from mobility.core.clock import day_of
from mobility.core.crypto import encrypt
from mobility.core.db import db, load
from mobility.demo.accounts import PASSWORD, staff, totp_secret
from mobility.demo.names import EMPLOYERS
from mobility.desks import services as desks
from mobility.desks.models import DeskOpening
from mobility.desks.rules import DeskKind
from mobility.fleet.kinds import Category
from mobility.geo import communes
from mobility.loans.rules.policy import DepositKind, FunderShare, HandoverMode, Terms
from mobility.loans.services import policies
from mobility.organisations.models import Agreement, AgreementDesk, Organisation
from mobility.organisations.rules import OrganisationKind, search_key
from mobility.people.kinds import PersonStatus

MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(18))
EVERY_WEEK = DeskOpening.__table__.c.month_weeks.default.arg


@dataclass
class World:
    """What the other parts of the demo need to know of the places."""

    desks: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    advisers: dict[int, list[int]] = field(default_factory=dict)
    managers: dict[int, int] = field(default_factory=dict)
    officers: dict[int, int] = field(default_factory=dict)
    employers: dict[str, int] = field(default_factory=dict)
    vehicles: dict[int, list[int]] = field(default_factory=dict)
    funder_id: int = 0


_DESKS = (
    ("Valenciennes", DeskKind.MAIN, "12 rue du Quesnoy", "59606", "+33327398101", (0, 1, 2, 3, 4), True),
    ("Denain", DeskKind.MAIN, "3 place Wilson", "59172", "+33327398102", (0, 1, 2, 3, 4), True),
    ("Caudry", DeskKind.PART_TIME, "Mairie, place du Général-de-Gaulle", "59139", "+33327398103", (0, 1, 3, 4), False),
)
_KEY_BOX_CODE = "2580"


def build(*, now: datetime) -> World:
    """Build the places; return what the rest of the demo needs."""
    world = World()
    for name, kind, street, insee_code, phone, weekdays, key_box in _DESKS:
        details = desks.DeskDetails(
            name=name,
            kind=kind,
            street=street,
            insee_code=insee_code,
            phone=phone,
            email=f"{name.lower()}@demo.example",
            place_note="Entrée par la cour, bureau 4." if kind is DeskKind.PART_TIME else "",
            key_box=key_box,
        )
        desk_id = desks.create_desk(details=details, place=None, actor_id=None, now=now)
        openings = [(day, opens, closes, EVERY_WEEK) for day in weekdays for opens, closes in (MORNING, AFTERNOON)]
        if kind is DeskKind.MAIN:
            openings.append((5, time(9), time(12), EVERY_WEEK))
        desks.set_openings(desk_id=desk_id, openings=openings, actor_id=None, now=now)
        desks.serve_communes(
            desk_id=desk_id, insee_codes=desks.communes_within(desk_id=desk_id, km=14), actor_id=None, now=now
        )
        if key_box:
            desks.set_key_box(desk_id=desk_id, code=_KEY_BOX_CODE, note="À droite de l’entrée.", actor_id=None, now=now)
        world.desks[name] = desk_id
        world.vehicles[desk_id] = []
    _organisations(world, now)
    _teams(world, now)
    _policies(world, now)
    return world


def _organisation(kind: OrganisationKind, name: str, insee_code: str, city: str) -> Organisation:
    return Organisation(kind=kind, name=name, search_key=search_key(name), insee_code=insee_code, city=city)


def _organisations(world: World, now: datetime) -> None:
    rows = [
        _organisation(OrganisationKind.EMPLOYER, name, code, communes.get(code).name)
        for name, code, _job, _roster in EMPLOYERS
    ]
    prescriber = _organisation(OrganisationKind.PRESCRIBER, "Mission locale du Valenciennois", "59606", "Valenciennes")
    garage = _organisation(OrganisationKind.GARAGE, "Garage solidaire de Denain", "59172", "Denain")
    funder = _organisation(OrganisationKind.FUNDER, "Département du Nord", "59350", "Lille")
    db.session.add_all([*rows, prescriber, garage, funder])
    db.session.flush()
    world.employers = {row.name: row.id for row in rows}
    world.funder_id = funder.id
    agreement = Agreement(
        organisation_id=funder.id,
        name="Mobilité vers l’emploi",
        reference="DPT59-2026-014",
        valid_from_on=day_of(now).replace(month=1, day=1),
        valid_until_on=day_of(now + timedelta(days=400)),
    )
    db.session.add(agreement)
    db.session.flush()
    db.session.add_all(AgreementDesk(agreement_id=agreement.id, desk_id=desk_id) for desk_id in world.desks.values())
    db.session.flush()
    world.users.update({"prescriber_org": prescriber.id, "garage_org": garage.id})


def _teams(world: World, now: datetime) -> None:
    hashed = hasher().hash(PASSWORD)
    organisations = {
        Role.PRESCRIBER: world.users["prescriber_org"],
        Role.GARAGE: world.users["garage_org"],
        Role.FUNDER: world.funder_id,
    }
    for account in staff():
        user_id = users.create_user(display_name=account.name, email=account.email, actor_id=None, now=now)
        desk_id = world.desks.get(account.place)
        users.add_grant(
            user_id=user_id,
            role=account.role,
            desk_id=desk_id,
            organisation_id=organisations.get(account.role),
            actor_id=None,
            now=now,
        )
        user = load(User, user_id)
        user.password_hash = hashed
        user.totp_secret_encrypted, user.totp_confirmed_at = encrypt(totp_secret(account.email)), now
        world.users[account.email] = user_id
        if desk_id is None:
            continue
        if account.role is Role.ADVISER:
            world.advisers.setdefault(desk_id, []).append(user_id)
        elif account.role is Role.MANAGER:
            world.managers[desk_id] = user_id
        elif account.role is Role.FLEET_OFFICER:
            world.officers[desk_id] = user_id


def _policies(world: World, now: datetime) -> None:
    funder = FunderShare(world.funder_id, 9000, day_cap_cents=600, month_cap_cents=18000, max_days=60)
    deposits = (DepositKind.CHEQUE, DepositKind.CASH, DepositKind.WAIVER)
    car = Terms(
        price_per_day_cents=500,
        deposit_cents=30000,
        deposit_kinds=deposits,
        min_days=1,
        max_days=31,
        max_renewals=2,
        lead_time_hours=2,
        buffer_minutes=60,
        km_per_day=80,
        extra_km_cents=15,
        needs_approval=True,
        max_loans_per_year=6,
        max_days_per_year=120,
    )
    small = Terms(
        price_per_day_cents=200,
        deposit_cents=10000,
        deposit_kinds=deposits,
        max_days=62,
        max_renewals=3,
        buffer_minutes=30,
        needs_approval=False,
    )
    bike = Terms(
        price_per_day_cents=100,
        deposit_cents=5000,
        deposit_kinds=deposits,
        max_days=92,
        max_renewals=3,
        buffer_minutes=15,
        needs_approval=False,
        handover=HandoverMode.KEY_BOX,
    )
    table: list[tuple[Category, PersonStatus | None, Terms]] = [
        (Category.CAR, None, car),
        (
            Category.CAR,
            PersonStatus.RSA,
            replace(car, price_per_day_cents=600, funder=funder, needs_approval=False),
        ),
        (Category.ADAPTED, None, car),
        (Category.LIGHT_CAR, None, replace(small, price_per_day_cents=300)),
        (Category.MOPED, None, small),
        (Category.EBIKE, None, bike),
        (Category.BIKE, None, replace(bike, price_per_day_cents=0, deposit_cents=0)),
    ]
    manager_id = next(iter(world.managers.values()))
    for category, status, terms in table:
        policies.add_policy(
            desk_id=None,
            category=category,
            status=status,
            valid_from_on=day_of(now),
            terms=terms,
            actor_id=manager_id,
            now=now,
        )
