"""The prescriptions of the demo: sent by the mission locale and by CCAS, in every state, late ones among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from mobility.agenda import services as agenda
from mobility.agenda.queries import offered_slots
from mobility.agenda.rules import Origin as Booked
from mobility.core.clock import at_paris, day_of, start_of
from mobility.core.db import db
from mobility.demo.accounts import DESKS, DOMAIN, slug
from mobility.demo.names import AROUND, STREETS
from mobility.demo.places import World
from mobility.geo import communes
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind, search_key
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import services
from mobility.prescriptions.kinds import DeadlineKind, Missing, Need, Source
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.inbox import get_prescription
from mobility.prescriptions.queries.meetings import first_types
from mobility.prescriptions.rules.referents import Sees
from mobility.prescriptions.rules.states import Outcome, RefusalReason, State
from mobility.prescriptions.services import Intake, Origin, ReferentDetails

# Lens: no desk of the demo serves it.
OUTSIDE = "62498"
# (days ago, state that it has reached): a few dozen over two months, more of the young ones waiting.
_LIVES = (
    (58, State.CLOSED), (55, State.STARTED), (51, State.REFUSED), (48, State.STARTED), (44, State.CLOSED),
    (41, State.STARTED), (38, State.ASSIGNED), (36, State.STARTED), (33, State.MEETING_BOOKED), (30, State.STARTED),
    (28, State.CLOSED), (26, State.ACCEPTED), (25, State.WAITING_INFO), (23, State.STARTED), (21, State.REFUSED),
    (19, State.MEETING_BOOKED), (17, State.STARTED), (16, State.ASSIGNED), (14, State.MEETING_BOOKED),
    (13, State.ACCEPTED), (12, State.WAITING_INFO), (11, State.STARTED), (10, State.RECEIVED), (9, State.ASSIGNED),
    (8, State.MEETING_BOOKED), (7, State.RECEIVED), (6, State.ACCEPTED), (5, State.ASSIGNED), (4, State.RECEIVED),
    (4, State.MEETING_BOOKED), (3, State.WAITING_INFO), (2, State.ASSIGNED), (2, State.RECEIVED), (1, State.RECEIVED),
    (1, State.RECEIVED), (0, State.RECEIVED),
)  # fmt: skip
_FIRST = (
    "Salomé",
    "Gabin",
    "Louna",
    "Eliott",
    "Maëlys",
    "Timéo",
    "Anaïs",
    "Sacha",
    "Inaya",
    "Robin",
    "Mélina",
    "Yanis",
)
_LAST = ("Bultel", "Caudron", "Dhaene", "Evrard", "Flament", "Gosselin", "Hennion", "Joly", "Kaczmarek", "Lorthiois")
_REFERENTS = ("Laurent Prescripteur", "Sylvie Masson", "Nora Haddad", "Didier Wallon")
_WORDS = (
    "Usine à Onnaing, équipe du matin : aucun bus à cette heure.",
    "Formation d’aide-soignante à Cambrai, trois jours par semaine.",
    "A le permis mais sa voiture est en panne depuis un mois.",
    "N’ose pas prendre le train seule. Voudrait apprendre.",
    "Mission d’intérim à Bouchain, prend le vélo jusqu’ici.",
)


def build(world: World, random: Random, *, now: datetime, past_days: int) -> None:
    """Let people be sent over the last weeks, through the same services as the present; commits nothing itself."""
    ccas = Organisation(
        kind=OrganisationKind.PRESCRIBER, name="CCAS de Denain", search_key=search_key("CCAS de Denain"),
        insee_code="59172", city="Denain", phone="+33327398150",
    )  # fmt: skip
    db.session.add(ccas)
    db.session.flush()
    manager_id = next(iter(world.managers.values()))
    for organisation_id, label in ((world.users["prescriber_org"], "Accueil"), (ccas.id, "")):
        services.make_link(organisation_id=organisation_id, label=label, actor_id=manager_id, now=now)
    for number, (days_ago, state) in enumerate(_LIVES):
        if days_ago >= past_days:
            continue
        organisation_id = ccas.id if number % 4 == 3 else world.users["prescriber_org"]
        sent_at = at_paris(day_of(now) - timedelta(days=days_ago), time(9 + number % 8, 7 * number % 60))
        _live(world, random, number, organisation_id, state, sent_at=min(sent_at, now), now=now)
    _from_outside(world, random, now=now)
    _followed_elsewhere(world, now=now)


def _from_outside(world: World, random: Random, *, now: datetime) -> None:
    """Let two be sent from a commune that no desk serves."""
    for number, place in enumerate(list(world.desks)[:2], start=len(_LIVES)):
        sent_at = now - timedelta(days=1 + number % 3)
        services.send(
            intake=replace(_intake(random, number, place, sent_at), insee_code=OUTSIDE),
            origin=Origin(source=Source.ACCOUNT, organisation_id=world.users["prescriber_org"]),
            desk_id=world.desks[place],
            now=sent_at,
        )


def _followed_elsewhere(world: World, *, now: datetime) -> None:
    """Note who else follows some of those who were accepted."""
    others = (
        ("Département du Nord", "Hélène Carlier", "travailleuse sociale", Sees.STEPS),
        ("France Travail Denain", "Karim Meziane", "conseiller", Sees.DETAILS),
        ("CCAS de Denain", "Odile Lesage", "agente d’accueil", Sees.NOTHING),
    )
    rows = db.session.scalars(
        select(Prescription.person_id).where(Prescription.person_id.is_not(None)).order_by(Prescription.id).limit(9)
    ).all()
    adviser_id = next(iter(world.advisers.values()))[0]
    for number, person_id in enumerate(rows):
        organisation, name, role, sees = others[number % len(others)]
        if person_id is not None:
            services.add_referent(
                person_id=person_id,
                details=ReferentDetails(
                    organisation_name=organisation, name=name, role=role, email=f"{slug(name)}@{DOMAIN}", sees=sees
                ),
                actor_id=adviser_id,
                now=now,
            )


def _live(
    world: World, random: Random, number: int, organisation_id: int, state: State, *, sent_at: datetime, now: datetime
) -> None:
    place = DESKS[number % len(DESKS)]
    desk_id = world.desks[place]
    adviser_id = random.choice(world.advisers[desk_id])
    prescription_id = services.send(
        intake=_intake(random, number, place, sent_at),
        origin=Origin(source=Source.ACCOUNT if number % 3 else Source.DESK, organisation_id=organisation_id),
        desk_id=desk_id,
        now=sent_at,
    )
    act: dict[str, Any] = {"prescription_id": prescription_id, "actor_id": adviser_id}
    for days, step in _road(state, number, adviser_id, act, sent_at, now):
        step(now=min(sent_at + timedelta(days=days, hours=1), now))


def _road(
    state: State, number: int, adviser_id: int, act: dict[str, Any], sent_at: datetime, now: datetime
) -> list[tuple[int, Callable[..., Any]]]:
    """Return the steps that lead to the state, and after how many days each was made."""
    if state is State.RECEIVED:
        return []
    steps: list[tuple[int, Callable[..., Any]]] = [(1, partial(services.assign, user_id=adviser_id, **act))]
    if state is State.WAITING_INFO:
        note = "Le numéro donné ne répond pas."
        steps.append((2, partial(services.ask, missing=[Missing.PHONE, Missing.DEADLINE], note=note, **act)))
    if state is State.REFUSED:
        note = "La commune est suivie par la plateforme voisine, qui vous contactera."
        steps.append((3, partial(services.refuse, reason=RefusalReason.OUTSIDE, note=note, **act)))
    if state in {State.ACCEPTED, State.MEETING_BOOKED, State.STARTED, State.CLOSED}:
        everywhere = Scope(desk_ids=None, user_id=adviser_id)
        steps.append((3, partial(services.accept, scope=everywhere, new_file=True, **act)))
    if state is State.MEETING_BOOKED:
        steps.append((4, partial(_meet, number, today=day_of(now), **act)))
    if state is State.ACCEPTED and number % 2:
        steps.append((5, partial(_invite, **act)))
    if state in {State.STARTED, State.CLOSED}:
        days = 6 + number * 5 % 29
        met_on = min(day_of(sent_at) + timedelta(days=days), day_of(now))
        steps.append(((met_on - day_of(sent_at)).days, partial(services.start, met_on=met_on, **act)))
    if state is State.CLOSED:
        outcome = (Outcome.WORK, Outcome.MOBILE, Outcome.TRAINING)[number % 3]
        steps.append((27, partial(services.close, outcome=outcome, note="", **act)))
    return steps


def _meet(number: int, *, prescription_id: int, actor_id: int, today: date, now: datetime) -> None:
    """Book the first meeting in the agenda, at an hour that is free."""
    row = get_prescription(prescription_id)
    if row.desk_id is None or row.person_id is None:
        raise LookupError(prescription_id)
    meeting = first_types(row.desk_id)[0]
    begin = start_of(today + timedelta(days=1 + number % 9))
    free = offered_slots(meeting, [row.desk_id], from_at=begin, until_at=begin + timedelta(days=14))
    if free:
        agenda.book(
            person_id=row.person_id,
            type_id=meeting.id,
            desk_id=row.desk_id,
            adviser_id=free[0].adviser_id,
            starts_at=free[0].starts_at,
            origin=Booked.PERSON if number % 2 else Booked.STAFF,
            actor_id=None if number % 2 else actor_id,
            now=max(now, begin - timedelta(days=10)),
        )


def _invite(*, prescription_id: int, actor_id: int, now: datetime) -> None:
    """Let the person choose."""
    row = get_prescription(prescription_id)
    services.invite(
        prescription_id=prescription_id, type_id=first_types(row.desk_id or 0)[0].id, actor_id=actor_id, now=now
    )


def _intake(random: Random, number: int, place: str, sent_at: datetime) -> Intake:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    referent = _REFERENTS[number % len(_REFERENTS)]
    starts_on: date | None = day_of(sent_at) + timedelta(days=10 + number % 25) if number % 2 else None
    needs = random.sample(list(Need)[:6], k=1 + number % 2)
    code = random.choice(AROUND[place])
    return Intake(
        first_name=first,
        last_name=last,
        born_on=date(1968 + number, 1 + number % 12, 1 + number % 27),
        insee_code=communes.get(code).insee_code,
        street=f"{random.randrange(1, 90)} {random.choice(STREETS)}",
        phone=f"+3363998{7000 + number:04d}",
        email=f"{slug(first)}.{slug(last)}{number}@{DOMAIN}" if number % 3 else None,
        consent=True,
        shares_back=number % 3 != 0,
        needs=needs,
        need_text=_WORDS[number % len(_WORDS)],
        deadline_kind=DeadlineKind.JOB if starts_on else None,
        deadline_on=starts_on,
        constraints_text="Pas la nuit. Un enfant à déposer à 7 h 30." if number % 5 == 0 else None,
        referent_name=referent,
        referent_role="Conseiller en insertion",
        referent_email=f"{slug(referent)}@{DOMAIN}",
    )
