"""Carpooling in the demo: employers' sites, their staff, volunteers, and people who ask or drive."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from mobility.carpool import services
from mobility.carpool.kinds import MemberAction, MemberKind, Side, Timing
from mobility.carpool.models import CarpoolMember
from mobility.carpool.places import HOME, known_places
from mobility.carpool.rules.journeys import End, JourneyFacts
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.demo.names import AROUND, EMPLOYERS, FIRST_NAMES, LAST_NAMES
from mobility.demo.places import World
from mobility.geo import communes
from mobility.geo.distance import Position
from mobility.geo.geocoding import Place, Precision
from mobility.pathway import patterns
from mobility.pathway.models import Objective
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Pattern, Weekly
from mobility.pathway.rules import ObjectiveKind, ObjectiveState
from mobility.people.kinds import ConsentManner
from mobility.people.models import Person

# Sites of employers: which of them, near which desk.
SITES = ((0, "Valenciennes"), (3, "Valenciennes"), (1, "Denain"), (4, "Caudry"))
STAFF_OF_A_SITE = 4
VOLUNTEERS = 4
PEOPLE = 18
CARS = ("Clio bleue", "208 grise", "Dacia blanche", "Twingo rouge")


def build(world: World, random: Random, *, now: datetime) -> None:
    """Open the sites, let people join, offer and ask; some weeks ago, so that all is settled by now."""
    begun = now - timedelta(days=20)
    hubs = [_site(world, number, place, begun) for number, place in SITES]
    for count, (hub_id, end, place, roster) in enumerate(hubs):
        for number in range(STAFF_OF_A_SITE):
            _colleague(random, (count, number), hub_id, end, place, roster, begun)
    for number in range(VOLUNTEERS):
        _volunteer(world, random, number, begun)
    _people(random, now=begun)


def _desk(world: World, place: str) -> int:
    return next(identity for name, identity in world.desks.items() if place in name)


def _end(code: str, label: str, random: Random | None = None) -> End:
    """Return the centre of a commune, or some place around it."""
    estimate = communes.estimate_position(code)
    position = estimate.position if estimate else Position(50.35, 3.5)
    aside = [random.uniform(-0.012, 0.012) if random else 0.0 for _way in range(2)]
    return End(label, code, round(position.latitude + aside[0], 5), round(position.longitude + aside[1], 5))


def _pattern(roster: str, now: datetime) -> Pattern:
    if roster in patterns.PRESETS:
        return patterns.preset(roster, starts_on=day_of(now) - timedelta(days=now.weekday()))
    return Weekly((*((patterns.parse_hours(roster),) * 5), (), ()))


def _site(world: World, number: int, place: str, now: datetime) -> tuple[int, End, str, str]:
    employer, code, _job, roster = EMPLOYERS[number]
    end = _end(code, f"{employer}, {communes.get(code).name}")
    hub_id = services.save_hub(
        name=employer, street=None, place=Place(Position(end.latitude, end.longitude), Precision.COMMUNE, code),
        desk_id=_desk(world, place), organisation_id=world.employers[employer], actor_id=None, now=now,
    )  # fmt: skip
    return hub_id, end, place, roster


def _facts(random: Random, origin: End, destination: End, roster: str, now: datetime) -> JourneyFacts:
    return JourneyFacts(
        origin=origin,
        destination=destination,
        timing=Timing.PATTERN,
        pattern=to_json(_pattern(roster, now)),
        starts_on=day_of(now),
        seats=random.choice((1, 2, 3)),
        max_detour_minutes=random.choice((5, 10, 15)),
        price_per_km_cents=random.choice((0, 0, 4, 6)),
    )


def _name(random: Random) -> str:
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"


def _colleague(
    random: Random, count: tuple[int, int], hub_id: int, end: End, place: str, roster: str, now: datetime
) -> None:
    """Let somebody of the staff come by the poster; one in four has not confirmed yet."""
    code = random.choice(AROUND[place])
    home = _end(code, communes.get(code).name, random)
    about = services.Self(
        is_woman=random.random() < 0.5, fiscal_power_cv=random.choice((4, 5, 6)), car=random.choice(CARS), declared=True
    )
    email = f"covoiturage{count[0]}{count[1]}@salaries.example"
    member_id, _fresh = services.ask_by_hub(
        hub_id=hub_id, name=_name(random), phone=None, email=email, about=about, now=now
    )
    facts = _facts(random, home, end, roster, now)
    services.open_journey(side=Side.OFFER, member_id=member_id, facts=facts, actor_id=None, now=now)
    if count[1] < STAFF_OF_A_SITE - 1:
        services.move(member_id=member_id, action=MemberAction.CONFIRM, actor_id=None, now=now)


def _volunteer(world: World, random: Random, number: int, now: datetime) -> None:
    """Let a volunteer of a desk drive to town on some mornings; the last one rests."""
    place = tuple(AROUND)[number % len(AROUND)]
    desk_id = _desk(world, place)
    adviser_id = world.advisers[desk_id][0]
    about = services.Self(is_woman=number % 2 == 0, fiscal_power_cv=5, car=random.choice(CARS), declared=True)
    member_id = services.register(
        kind=MemberKind.VOLUNTEER, desk_id=desk_id, name=_name(random), phone=None,
        email=f"benevole{number}@covoiturage.example", about=about, actor_id=adviser_id, now=now,
    )  # fmt: skip
    services.check_papers(member_id=member_id, actor_id=adviser_id, now=now)
    home, town = AROUND[place][-1], AROUND[place][0]
    facts = _facts(
        random, _end(home, communes.get(home).name, random), _end(town, communes.get(town).name), "8h-17h", now
    )
    services.open_journey(side=Side.OFFER, member_id=member_id, facts=facts, actor_id=adviser_id, now=now)
    if number == VOLUNTEERS - 1:
        services.move(member_id=member_id, action=MemberAction.PAUSE, actor_id=adviser_id, now=now)


def _people(random: Random, *, now: datetime) -> None:
    """Let people with a job ask for a ride on its days, the newest first; one in four drives others there."""
    rows = db.session.execute(
        select(Person.id, Person.referent_user_id, Objective.id)
        .join(Objective, Objective.person_id == Person.id)
        .where(
            Objective.state == ObjectiveState.OPEN,
            Objective.kind == ObjectiveKind.JOB,
            Person.latitude.is_not(None),
            Person.erased_at.is_(None),
            Person.restricted_at.is_(None),
            Person.protected.is_(False),
            Person.merged_into_id.is_(None),
        )
        .order_by(Person.id.desc())
    ).all()
    joined: set[int] = set()
    for person_id, adviser_id, objective_id in rows:
        if len(joined) == PEOPLE:
            return
        if person_id not in joined and _person(random, person_id, adviser_id, objective_id, len(joined), now):
            joined.add(person_id)


def _person(
    random: Random, person_id: int, adviser_id: int | None, objective_id: int, number: int, now: datetime
) -> bool:
    """Let a person join and ask, or offer; tell whether their home and work lie apart."""
    drives = number % 4 == 3
    about = services.Self(
        is_woman=random.choice((True, False, None)), declared=drives, car=random.choice(CARS) if drives else ""
    )
    stub = CarpoolMember(kind=MemberKind.PERSON, person_id=person_id, desk_id=0)
    ends = {one.key: one.end for one in known_places(stub, all_hubs=False)}
    home, work = ends.get(HOME), ends.get(f"objective:{objective_id}")
    if home is None or work is None or (home.latitude, home.longitude) == (work.latitude, work.longitude):
        return False
    member_id = services.join(
        person_id=person_id, about=about, manner=ConsentManner.SPOKEN, actor_id=adviser_id, now=now
    )
    facts = JourneyFacts(
        origin=home,
        destination=work,
        timing=Timing.ROSTER,
        objective_id=objective_id,
        starts_on=day_of(now),
        women_only=bool(about.is_woman) and random.random() < 0.2,
        seats=2 if drives else 1,
    )
    services.open_journey(
        side=Side.OFFER if drives else Side.REQUEST, member_id=member_id, facts=facts, actor_id=adviser_id, now=now
    )
    return True
