"""Messages that nobody asked for: journeys that nobody will carry, hours that must be said again.

Both look at what stands now, are queued once, and are called back where their reason goes before they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from mobility.accounts.policy import Role
from mobility.accounts.queries import staff_of_desks
from mobility.core import links
from mobility.core.clock import day_of, format_date
from mobility.core.db import db, end_read, lock, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.notifications import queries as notices
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.pathway import messages, parameters, queries
from mobility.pathway.coverage import LegKey, gap_keys
from mobility.pathway.gaps import GapRun, announce, next_run
from mobility.pathway.models import Objective, Roster
from mobility.pathway.roster import UNKNOWN_VALID_DAYS
from mobility.pathway.rules import ObjectiveKind, ObjectiveState, RosterKind
from mobility.people import services as people
from mobility.people.models import Person

# How far a run of days without a solution is counted, and how far back its beginning is looked for.
AHEAD = timedelta(days=parameters.LONGEST_NOTICE_DAYS + 7)
BEFORE = timedelta(days=14)
URGENT_WITHIN = timedelta(hours=24)
# A gap is told at most so long before it begins, and counts as told as long.
REMEMBERED = timedelta(days=60)
CHUNK = 200
GAP_KEY, HOURS_KEY = "pathway.gap:", "pathway.hours:"
HOURS_LINK_LIFETIME = timedelta(days=30)


def _living(query: Select[Any], today: date) -> Select[Any]:
    """Limit a query of objectives to open ones, not over, of people whose file stands."""
    return query.join(Person, Person.id == Objective.person_id).where(
        Objective.state == ObjectiveState.OPEN,
        or_(Objective.ends_on.is_(None), Objective.ends_on >= today),
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        Person.restricted_at.is_(None),
    )


# ---- journeys that nobody carries


# What could carry these legs of an objective instead, in words; nothing for nothing.
Instead = Callable[[int, Sequence[LegKey], datetime], str]


@dataclass(frozen=True)
class _Due:
    """A run to tell of: to the adviser, and to the person as soon as their own time has come."""

    run: GapRun
    person_id: int
    to_person: bool


def _nothing(_objective_id: int, _keys: Sequence[LegKey], _now: datetime) -> str:
    return ""


def warn_of_gaps(*, now: datetime, instead: Instead = _nothing) -> Mapping[str, int]:
    """Tell advisers, then people too, of journeys ahead that nobody carries, once a gap. Returns counts.

    Each message names what could carry the days ``instead``, asked before its transaction. One that waits for its hour while the gap was closed is
    called back. Safe to run again and twice at once.
    """
    today = day_of(now)
    ids = db.session.scalars(
        _living(select(Objective.id), today).where(Objective.starts_on <= today + AHEAD).order_by(Objective.id)
    ).all()
    standing: dict[str, tuple[int, _Due]] = {}
    for start in range(0, len(ids), CHUNK):
        for objective_id, due in _runs(ids[start : start + CHUNK], now).items():
            standing[_gap_key(objective_id, due.run)] = (objective_id, due)
    waiting = set(notices.waiting_keys(GAP_KEY))
    known = {key: key.rsplit(":", 1) for key in notices.keys_since(GAP_KEY, since=now - REMEMBERED)}
    told = {key if key.endswith(":person") else head for key, (head, _reader) in known.items()}
    end_read()
    stale = {gap for key in waiting if (gap := ":".join([*key.split(":")[:3], ""])) not in standing}
    counts = {"due": len(standing), "queued": 0, "staff": 0, "cancelled": 0}
    for key in sorted(stale):
        counts["cancelled"] += notifications.cancel(dedup_prefix=key, now=now)
    for key, (objective_id, due) in standing.items():
        if f"{key}staff" in told and (not due.to_person or f"{key}person" in told):
            continue
        if stopping():
            break
        queued, staff = _warn_of_gap(objective_id, instead=_asked(instead, objective_id, due, now), now=now)
        counts["queued"] += queued
        counts["staff"] += staff
    return counts


def _asked(instead: Instead, objective_id: int, due: _Due, now: datetime) -> str:
    words = instead(objective_id, gap_keys(objective_id, due.run.days, now=now), now)
    end_read()
    return words


def _gap_key(objective_id: int, run: GapRun) -> str:
    return f"{GAP_KEY}{objective_id}:{run.starts_on}:"


def _runs(objective_ids: Sequence[int], now: datetime) -> dict[int, _Due]:
    """Return the run to tell of, of each objective that has one soon enough; a constant number of queries."""
    today = day_of(now)
    objectives = db.session.scalars(
        select(Objective)
        .where(Objective.id.in_(objective_ids), Objective.state == ObjectiveState.OPEN)
        .options(selectinload(Objective.rosters), selectinload(Objective.own_means))
        .execution_options(populate_existing=True)
    ).all()
    people_ids = {row.person_id for row in objectives}
    rows = db.session.execute(select(Person.id, Person.desk_id).where(Person.id.in_(people_ids)))
    desks = {row.id: row.desk_id for row in rows}
    notices_of = {
        desk_id: (
            timedelta(days=parameters.gap_notice_days(on=today, desk_id=desk_id)),
            timedelta(days=parameters.gap_staff_notice_days(on=today, desk_id=desk_id)),
        )
        for desk_id in set(desks.values())
    }
    calendars = queries.calendars(objectives, from_on=today - BEFORE, until_on=today + AHEAD, today=today)
    found = {}
    for row in objectives:
        run = next_run(calendars[row.id], now=now)
        if run is None:
            continue
        person, staff = notices_of[desks[row.person_id]]
        ahead = run.first_at - now
        if ahead <= max(person, staff):
            found[row.id] = _Due(run, row.person_id, ahead <= person)
    return found


@retried
def _warn_of_gap(objective_id: int, *, instead: str, now: datetime) -> tuple[int, int]:
    """Queue the messages about the gap as it stands now: it may have been closed a moment ago."""
    with transaction() as session:
        objective = lock(Objective, objective_id)
        due = _runs([objective_id], now).get(objective_id)
        if due is None:
            return 0, 0
        run, key = due.run, _gap_key(objective_id, due.run)
        person = session.get_one(Person, objective.person_id)
        desk = session.get_one(Desk, person.desk_id)
        words = announce(run)
        message_class = MessageClass.URGENT if run.first_at - now <= URGENT_WITHIN else MessageClass.NORMAL
        queued = None
        if due.to_person:
            queued = notifications.queue(
                recipient_id=person.recipient_id,
                template=messages.GAP,
                params={
                    "place": desk.name,
                    "phone": desk.phone,
                    "day": format_date(run.starts_on),
                    "what": words,
                    "others": len(run.days) - 1,
                    "instead": instead,
                    "url": render.public_url("/mon-espace"),
                },
                message_class=message_class,
                dedup_key=f"{key}person",
                now=now,
                person_id=person.id,
                expires_at=run.first_at,
            )
        advice = f"Solution possible : {instead}." if instead else "Cherchez une solution avec la personne."
        staff = people.tell_staff(
            person_id=person.id,
            user_ids=_advisers(person),
            key=f"{key}staff",
            title="Un trajet sans solution",
            text=f"{words}. {advice}",
            url=render.public_url(f"/objectifs/{objective_id}/solutions"),
            now=now,
            message_class=message_class,
            expires_at=run.first_at,
        )
        return int(queued is not None), staff


def _advisers(person: Person) -> list[int]:
    """Return who looks after the person: the referent, else the managers of the desk."""
    if person.referent_user_id is not None:
        return [person.referent_user_id]
    return [user.id for user in staff_of_desks([person.desk_id], roles=[Role.MANAGER])]


# ---- hours that are not known


def ask_for_hours(*, now: datetime) -> Mapping[str, int]:
    """Ask people whose hours are not known to say where they stand, once each time it lapses. Returns counts."""
    today = day_of(now)
    unknown = _living(select(Objective.id), today).where(
        Objective.rosters.any(
            (Roster.kind == RosterKind.UNKNOWN)
            & or_(Roster.valid_until_on.is_(None), Roster.valid_until_on >= today)
            & (Roster.confirmed_on < today)
        )
    )
    never_said = _living(select(Objective.id), today).where(
        ~Objective.rosters.any(),
        Objective.kind.in_((ObjectiveKind.JOB, ObjectiveKind.TRAINING)),
        Objective.created_at <= now - timedelta(days=UNKNOWN_VALID_DAYS),
    )
    ids = sorted({*db.session.scalars(unknown), *db.session.scalars(never_said)})
    end_read()
    counts = {"due": 0, "queued": 0}
    for objective_id in ids:
        if stopping():
            break
        asked = _ask_for_hours(objective_id, now=now)
        if asked is not None:
            counts["due"] += 1
            counts["queued"] += asked
    return counts


@retried
def _ask_for_hours(objective_id: int, *, now: datetime) -> int | None:
    """Queue the question; None where there is nothing to ask, else how many messages were queued."""
    with transaction() as session:
        objective = queries.get_objective(objective_id)
        if not asks_for_hours(objective, today=day_of(now)):
            return None
        person = session.get_one(Person, objective.person_id)
        desk = session.get_one(Desk, person.desk_id)
        said_on = max((row.confirmed_on for row in objective.rosters if row.kind is RosterKind.UNKNOWN), default=None)
        queued = notifications.queue(
            recipient_id=person.recipient_id,
            template=messages.HOURS,
            params={"place": desk.name, "phone": desk.phone, "link": hours_link(objective_id, now=now)},
            message_class=MessageClass.NORMAL,
            dedup_key=f"{HOURS_KEY}{objective_id}:{said_on or 'never'}",
            now=now,
            person_id=person.id,
            expires_at=now + HOURS_LINK_LIFETIME,
        )
        return int(queued is not None)


def asks_for_hours(objective: Objective, *, today: date) -> bool:
    """Tell whether the hours of an objective whose rosters are loaded must be said, or said again."""
    if objective.state is not ObjectiveState.OPEN or (objective.ends_on is not None and objective.ends_on < today):
        return False
    return not objective.rosters or any(queries.plan_of(row).needs_confirmation(today) for row in objective.rosters)


def hours_link(objective_id: int, *, now: datetime) -> str:
    """Return the signed address at which the person says, by one tap, that the hours are not known yet."""
    token = links.sign(messages.HOURS_LINK, {"o": objective_id}, now=now, lifetime=HOURS_LINK_LIFETIME)
    return render.public_url(f"/h/{token}")


def forget_questions(objective_id: int, *, now: datetime) -> None:
    """Call back the question about an objective's hours: they were just told."""
    notifications.cancel(dedup_prefix=f"{HOURS_KEY}{objective_id}:", now=now)
