"""The people of the demo: who they are, what they are looking for, what they may borrow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from mobility.core.clock import at_paris, day_of
from mobility.demo.accounts import DOMAIN, HEROINE, slug
from mobility.demo.names import AROUND, EMPLOYERS, FIRST_NAMES, LAST_NAMES, STREETS
from mobility.demo.places import World
from mobility.fleet.kinds import Category
from mobility.geo import communes
from mobility.loans.services import rights
from mobility.pathway import patterns
from mobility.pathway.roster import Pattern, Weekly
from mobility.pathway.rules import MeansKind, ObjectiveKind
from mobility.pathway.services import means, objectives, rosters
from mobility.people.kinds import ConsentKind, ConsentManner, LicenceCategory, NoteKind, PersonStatus, ReadingEase
from mobility.people.services import identity, licences, notes

STATUSES = (
    PersonStatus.RSA,
    PersonStatus.RSA,
    PersonStatus.JOB_SEEKER,
    PersonStatus.JOB_SEEKER,
    PersonStatus.EMPLOYEE,
    PersonStatus.TRAINEE,
)


@dataclass
class Someone:
    """A person of the demo, as the history needs to know them."""

    person_id: int
    desk_id: int
    adviser_id: int
    since: date
    categories: tuple[Category, ...]
    objective_id: int | None = None
    busy_until: date | None = None


def _birthday(random: Random, today: date) -> date:
    return today - timedelta(days=random.randrange(19 * 366, 58 * 365))


def build(world: World, random: Random, *, now: datetime, count: int, days: int) -> list[Someone]:
    """Invent ``count`` people who come to the desks over so many days, the first of them today."""
    crowd = []
    names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    random.shuffle(names)
    places = list(world.desks.items())
    for number in range(count):
        place, desk_id = places[number % len(places)]
        come = day_of(now) + timedelta(days=random.randrange(days))
        crowd.append(_invent(world, random, name=names[number], place=place, desk_id=desk_id, number=number, come=come))
    return sorted(crowd, key=lambda someone: (someone.since, someone.person_id))


def _invent(
    world: World, random: Random, *, name: tuple[str, str], place: str, desk_id: int, number: int, come: date
) -> Someone:
    first, last = name
    now = at_paris(come, datetime.min.time().replace(hour=9, minute=number % 60))
    adviser_id = random.choice(world.advisers[desk_id])
    code = random.choice(AROUND[place])
    who = identity.Identity(
        first_name=first,
        last_name=last,
        born_on=_birthday(random, come),
        status=random.choice(STATUSES),
        reading_ease=random.choice((ReadingEase.EASY, ReadingEase.EASY, ReadingEase.EASY, ReadingEase.SLOW)),
        france_travail_id=f"{5_900_000 + number}{'ABCDEFGH'[number % 8]}" if number % 3 else None,
    )
    commune = communes.get(code)
    address = identity.Address(
        street=f"{random.randrange(1, 180)} {random.choice(STREETS)}", insee_code=code, postcode=commune.postcodes[0]
    )
    phone = f"+3363998{1000 + number:04d}" if number % 10 else None
    email = f"{slug(first)}.{slug(last)}{number}@{DOMAIN}" if number % 4 != 3 else None
    person_id = identity.create_person(
        desk_id=desk_id,
        identity=who,
        address=address,
        phone=phone,
        email=email,
        actor_id=adviser_id,
        now=now,
        not_a_duplicate=True,
    )
    licences.give_consent(
        person_id=person_id,
        kind=ConsentKind.SHARE_WITH_PRESCRIBER,
        manner=ConsentManner.WRITTEN,
        actor_id=adviser_id,
        now=now,
    )
    categories = _licence(random, person_id, adviser_id, who.born_on, come, now)
    someone = Someone(person_id, desk_id, adviser_id, come, categories)
    if number % 8 != 7:
        someone.objective_id = _objective(world, random, someone, now)
        rights.open_right(
            person_id=person_id,
            categories=categories,
            starts_on=come,
            ends_on=come + timedelta(days=240),
            days_allowed=120,
            actor_id=adviser_id,
            now=now,
        )
    if number % 9 == 0:
        notes.note_contact(
            desk_id=desk_id,
            kind=NoteKind.CALL,
            text=random.choice(NOTES),
            person_id=person_id,
            callback_user_id=adviser_id if random.random() < 0.5 else None,
            actor_id=adviser_id,
            now=now,
        )
    return someone


NOTES = (
    "Demande si la voiture peut être gardée le week-end.",
    "A reçu son planning de la semaine prochaine.",
    "Cherche une solution pour samedi.",
)


def _licence(
    random: Random, person_id: int, adviser_id: int, born_on: date, come: date, now: datetime
) -> tuple[Category, ...]:
    """Give most a licence; return what they may borrow."""
    if random.random() < 0.68:
        automatic = random.random() < 0.12
        issued = max(born_on + timedelta(days=18 * 366), come - timedelta(days=random.randrange(100, 6000)))
        licence = licences.Licence(
            category=LicenceCategory.B,
            issued_on=min(issued, come),
            codes="78" if automatic else "",
            number=f"{random.randrange(10**11, 10**12)}",
        )
        licences.save_licence(person_id=person_id, licence=licence, actor_id=adviser_id, now=now, seen=True)
        return (Category.CAR, Category.MOPED, Category.EBIKE, Category.BIKE)
    if random.random() < 0.5:
        licence = licences.Licence(
            category=LicenceCategory.AM, issued_on=max(born_on + timedelta(days=14 * 366), come - timedelta(days=900))
        )
        licences.save_licence(person_id=person_id, licence=licence, actor_id=adviser_id, now=now, seen=True)
        return (Category.LIGHT_CAR, Category.MOPED, Category.EBIKE, Category.BIKE)
    return (Category.EBIKE, Category.BIKE)


def _pattern(roster: str, starts_on: date) -> Pattern:
    if roster in patterns.PRESETS:
        return patterns.preset(roster, starts_on=starts_on)
    hours = patterns.parse_hours(roster)
    return Weekly((hours, hours, hours, hours, hours, (), ()))


def _objective(world: World, random: Random, someone: Someone, now: datetime) -> int:
    employer, code, job, roster = random.choice(EMPLOYERS)
    starts_on = someone.since + timedelta(days=random.randrange(2, 12))
    commune = communes.get(code)
    objective_id = objectives.open_objective(
        person_id=someone.person_id,
        kind=ObjectiveKind.TRAINING if "ormation" in job else ObjectiveKind.JOB,
        title=job,
        employer_id=world.employers[employer],
        city=commune.name,
        insee_code=code,
        postcode=commune.postcodes[0],
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=random.choice((30, 60, 90, 120, 180))),
        actor_id=someone.adviser_id,
        now=now,
    )
    rosters.set_roster(
        objective_id=objective_id,
        version=None,
        pattern=_pattern(roster, starts_on),
        actor_id=someone.adviser_id,
        now=now,
    )
    if random.random() < 0.2:
        means.add_own_means(
            objective_id=objective_id,
            kind=MeansKind.BUS,
            weekdays=[1, 3],
            there=True,
            back=True,
            starts_on=starts_on,
            note="Ligne 12, s’il n’y a pas de grève",
            actor_id=someone.adviser_id,
            now=now,
        )
    return objective_id


def arrive(world: World, *, now: datetime) -> None:
    """Let the heroine of the README come in: a job on Monday at five in Onnaing, a licence, a right, no loan yet."""
    desk_id = world.desks[HEROINE.place]
    adviser_id = world.advisers[desk_id][0]
    today = day_of(now)
    who = identity.Identity(
        first_name="Nadia",
        last_name="Lefèvre",
        born_on=date(1994, 3, 2),
        status=PersonStatus.RSA,
        reading_ease=ReadingEase.SLOW,
    )
    address = identity.Address(street="14 rue de Lourches", insee_code="59172", postcode="59220")
    person_id = identity.create_person(
        desk_id=desk_id,
        identity=who,
        address=address,
        phone="+33639980001",
        email=HEROINE.email,
        actor_id=adviser_id,
        now=now,
        not_a_duplicate=True,
    )
    licence = licences.Licence(category=LicenceCategory.B, issued_on=date(2015, 6, 20), number="150659123456")
    licences.save_licence(person_id=person_id, licence=licence, actor_id=adviser_id, now=now, seen=True)
    starts_on = today + timedelta(days=(7 - today.weekday()) % 7 or 7)
    someone = Someone(person_id, desk_id, adviser_id, today, (Category.CAR, Category.EBIKE))
    objective_id = objectives.open_objective(
        person_id=person_id,
        kind=ObjectiveKind.JOB,
        title="Agente de production",
        employer_id=world.employers[EMPLOYERS[0][0]],
        city="Onnaing",
        insee_code="59447",
        postcode="59264",
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=60),
        actor_id=adviser_id,
        now=now,
    )
    hours = patterns.parse_hours("5h-13h")
    rosters.set_roster(
        objective_id=objective_id, version=None, pattern=Weekly((hours,) * 5 + ((), ())), actor_id=adviser_id, now=now
    )
    rights.open_right(
        person_id=person_id,
        categories=someone.categories,
        starts_on=today,
        ends_on=today + timedelta(days=120),
        days_allowed=60,
        actor_id=adviser_id,
        now=now,
    )
