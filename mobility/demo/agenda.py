"""The agenda of the demo: what is offered, when advisers receive, whom they have met and whom they await."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from mobility.agenda import services
from mobility.agenda.errors import PersonBusy, SlotTaken
from mobility.agenda.queries import find_type_of_kind
from mobility.agenda.reach import Means, Reach
from mobility.agenda.rules import AttendanceState, Following, MeetingKind, Origin
from mobility.core.clock import at_paris, day_of
from mobility.demo.people import Someone
from mobility.demo.places import World
from mobility.desks.queries import get_calendar

MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17))
# Of those who came since: so many were met, and so many are awaited in the weeks to come.
MET, AWAITED = 60, 45


def build(world: World, crowd: list[Someone], random: Random, *, begun: datetime, now: datetime) -> None:
    """Make the usual types and hours, past first meetings with what follows, meetings ahead, a workshop a desk."""
    services.add_standard_types(actor_id=None, now=begun)
    for desk_id, advisers in world.advisers.items():
        for adviser_id in advisers:
            _receive(desk_id, adviser_id, first_on=day_of(begun), now=begun)
    for desk_id, advisers in world.advisers.items():
        _resources(desk_id, advisers[0], now=begun)
    _met(crowd, random, now=now)
    _awaited(crowd, random, now=now)
    _ways(crowd, random, now=begun)
    for desk_id, advisers in world.advisers.items():
        _workshop(desk_id, advisers[0], crowd, now=now)


def _receive(desk_id: int, adviser_id: int, *, first_on: date, now: datetime) -> None:
    calendar = get_calendar(desk_id)
    for weekday in sorted({opening.weekday for opening in calendar.weekly}):
        for opens, closes in (MORNING, AFTERNOON):
            services.add_opening(
                adviser_id=adviser_id,
                desk_id=desk_id,
                weekday=weekday,
                opens=opens,
                closes=closes,
                starts_on=first_on,
                ends_on=None,
                every_weeks=1,
                type_ids=(),
                actor_id=adviser_id,
                now=now,
            )


def _resources(desk_id: int, adviser_id: int, *, now: datetime) -> None:
    """Name the rooms of a desk, and the interpreters whom it calls."""
    for name in ("Salle du rez-de-chaussée", "Bureau 2"):
        services.add_room(desk_id=desk_id, name=name, actor_id=adviser_id, now=now)
    for name, languages, on_site, hours in (
        ("Nadia Belkacem", ["ar"], True, "mardi et jeudi"),
        ("ISM Interprétariat", ["ar", "fa", "ps", "ti", "tr", "uk"], False, "tous les jours, 8 h – 18 h"),
    ):
        services.save_interpreter(
            desk_id=desk_id,
            values=services.InterpreterValues(
                name, languages, on_site=on_site, by_phone=not on_site, adult=True, phone="+33327000001", hours=hours
            ),
            actor_id=adviser_id,
            now=now,
        )


def _type(kind: MeetingKind, desk_id: int) -> int:
    found = find_type_of_kind(kind, desk_id=desk_id)
    if found is None:
        raise LookupError(kind)
    return found.id


def _free_day(desk_id: int, on: date, *, step: int) -> date:
    calendar = get_calendar(desk_id)
    while not calendar.is_open_day(on):
        on += timedelta(days=step)
    return on


def _book(one: Someone, kind: MeetingKind, day: date, random: Random, *, now: datetime) -> int | None:
    at = at_paris(day, time(random.choice((9, 10, 11, 14, 15, 16))))
    try:
        return services.book(
            person_id=one.person_id,
            type_id=_type(kind, one.desk_id),
            desk_id=one.desk_id,
            adviser_id=one.adviser_id,
            starts_at=at,
            origin=Origin.STAFF,
            actor_id=one.adviser_id,
            now=now,
        )
    except (SlotTaken, PersonBusy):
        return None


def _met(crowd: list[Someone], random: Random, *, now: datetime) -> None:
    today = day_of(now)
    for number, one in enumerate(random.sample(crowd, min(MET, len(crowd)))):
        day = _free_day(one.desk_id, today - timedelta(days=2 + number % 40), step=-1)
        attendance_id = _book(one, MeetingKind.FIRST, day, random, now=at_paris(day - timedelta(days=5), time(10)))
        if attendance_id is None or number % 15 == 0:
            continue
        after = at_paris(day, time(18))
        absent = number % 9 == 0
        services.close(
            attendance_id=attendance_id,
            state=AttendanceState.ABSENT if absent else AttendanceState.PRESENT,
            following=services.Next()
            if absent
            else services.Next(Following.DATE, on=day + timedelta(days=7 + number % 40), reason="Refaire le point."),
            actor_id=one.adviser_id,
            now=after,
        )


def _awaited(crowd: list[Someone], random: Random, *, now: datetime) -> None:
    kinds = (MeetingKind.FOLLOW_UP, MeetingKind.DIAGNOSIS, MeetingKind.FIRST, MeetingKind.COACHING)
    for number, one in enumerate(random.sample(crowd, min(AWAITED, len(crowd)))):
        day = _free_day(one.desk_id, day_of(now) + timedelta(days=1 + number % 12), step=1)
        kind = kinds[number % len(kinds)]
        attendance_id = _book(one, kind, day, random, now=now)
        if attendance_id is not None and number % 5 == 4:
            services.ask_earlier(
                person_id=one.person_id,
                type_id=_type(kind, one.desk_id),
                desk_id=one.desk_id,
                attendance_id=attendance_id,
                actor_id=None,
                now=now,
            )


_SAID = (
    Reach(means=Means.BUS, first_bus=time(9, 20), last_bus=time(16, 40)),
    Reach(means=Means.WALK, no_days=frozenset({2})),
    Reach(means=Means.BROUGHT, leave_from=time(9), home_by=time(16, 30)),
    Reach(means=Means.BIKE, leave_from=time(8, 45)),
)


def _ways(crowd: list[Someone], random: Random, *, now: datetime) -> None:
    """Let a fifth of them say when and how they can come."""
    for number, one in enumerate(random.sample(crowd, len(crowd) // 5)):
        services.say_reach(person_id=one.person_id, said=_SAID[number % len(_SAID)], actor_id=one.adviser_id, now=now)


def _workshop(desk_id: int, adviser_id: int, crowd: list[Someone], *, now: datetime) -> None:
    day = _free_day(desk_id, day_of(now) + timedelta(days=14), step=1)
    appointment_id = services.create_workshop(
        type_id=_type(MeetingKind.WORKSHOP, desk_id),
        desk_id=desk_id,
        adviser_id=adviser_id,
        starts_at=at_paris(day, time(17, 30)),
        actor_id=adviser_id,
        now=now,
        note="Entretenir sa voiture : ce que l’on peut faire soi-même.",
    )
    for one in [one for one in crowd if one.desk_id == desk_id][:4]:
        services.join(
            appointment_id=appointment_id,
            person_id=one.person_id,
            origin=Origin.STAFF,
            actor_id=adviser_id,
            now=now,
        )
