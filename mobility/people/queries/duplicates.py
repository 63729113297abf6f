"""Files that look like what is being typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, false, or_, select

from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint
from mobility.people.duplicates import Facts, Score, score
from mobility.people.models import Person, PersonStaff, display_name
from mobility.people.names import name_key

CANDIDATES = 200
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose files the actor may open: those of the desks (None: all), and those that name the user."""

    desk_ids: frozenset[int] | None
    user_id: int | None

    def holds(self, *, desk_id: int, referent_user_id: int | None, protected: bool) -> bool:
        """Tell whether the actor may open the file; protected ones were left out before unless named."""
        if protected or self.desk_ids is None:
            return True
        return desk_id in self.desk_ids or (self.user_id is not None and referent_user_id == self.user_id)


@dataclass(frozen=True, slots=True)
class Match:
    """A file that may be the same person's. Of a file that the actor may not open, only the desk is told."""

    person_id: int
    name: str
    born_on: date | None
    desk_name: str
    score: Score
    visible: bool


def may_know(user_id: int | None) -> ColumnElement[bool]:
    """Return the condition « the user may know that the file exists »: it is open, or names the user."""
    named = (
        select(PersonStaff.person_id).where(PersonStaff.person_id == Person.id, PersonStaff.user_id == user_id).exists()
        if user_id is not None
        else false()
    )
    return or_(Person.protected.is_(False), named)


def find_duplicates(facts: Facts, *, scope: Scope | None, except_id: int | None = None) -> list[Match]:
    """Return the files that look like these facts, the likeliest first, in two queries.

    Protected files are absent unless they name the actor. Without a scope (API, imports) every open
    file counts as visible.
    """
    near = _near(facts)
    if near is None:
        return []
    user_id = scope.user_id if scope else None
    same_birth = case((Person.born_on == facts.born_on, 0), else_=1) if facts.born_on else Person.id
    rows = db.session.execute(
        select(
            Person.id,
            Person.recipient_id,
            Person.first_name,
            Person.last_name,
            Person.birth_name,
            Person.born_on,
            Person.france_travail_id,
            Person.desk_id,
            Person.referent_user_id,
            Person.protected,
            Desk.name.label("desk_name"),
        )
        .join(Desk, Desk.id == Person.desk_id)
        .where(
            near,
            may_know(user_id),
            Person.erased_at.is_(None),
            Person.merged_into_id.is_(None),
            Person.id != (except_id if except_id is not None else -1),
        )
        .order_by(same_birth, Person.id.desc())
        .limit(CANDIDATES)
    ).all()
    contacts = _contacts(row.recipient_id for row in rows)
    matches = []
    for row in rows:
        points = contacts.get(row.recipient_id, [])
        found = score(facts, _facts(row, points))
        if found.shown:
            visible = scope is None or scope.holds(
                desk_id=row.desk_id, referent_user_id=row.referent_user_id, protected=row.protected
            )
            matches.append(
                Match(
                    person_id=row.id,
                    name=display_name(row.id, row.first_name, row.last_name) if visible else "",
                    born_on=row.born_on if visible else None,
                    desk_name=row.desk_name,
                    score=found,
                    visible=visible,
                )
            )
    return sorted(matches, key=lambda match: (-match.score.points, match.person_id))[:SHOWN]


def _near(facts: Facts) -> ColumnElement[bool] | None:
    """Return the condition that lets candidates in, or None where nothing was typed yet."""
    ways: list[ColumnElement[bool]] = []
    keys = name_key(facts.last_name, facts.birth_name).split()
    first_keys = name_key(facts.first_name).split()
    by_last = or_(*(Person.name_key.contains(f" {key} ", autoescape=True) for key in keys)) if keys else None
    by_first = (
        or_(*(Person.name_key.contains(f" {key} ", autoescape=True) for key in first_keys)) if first_keys else None
    )
    if by_last is not None and by_first is not None:
        ways.append(and_(by_last, by_first))
    if facts.born_on is not None:
        ways.append(Person.born_on == facts.born_on)
        if by_last is not None:
            ways.append(by_last)
    values = [*facts.phones, *facts.shared_phones, *facts.emails]
    if values:
        ways.append(
            Person.recipient_id.in_(
                select(ContactPoint.recipient_id).where(
                    ContactPoint.value.in_(values), ContactPoint.archived_at.is_(None)
                )
            )
        )
    if facts.france_travail_id:
        ways.append(Person.france_travail_id == facts.france_travail_id)
    return or_(*ways) if ways else None


def _contacts(recipient_ids: Iterable[int]) -> dict[int, list[ContactPoint]]:
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.recipient_id.in_(list(recipient_ids)), ContactPoint.archived_at.is_(None)
        )
    ):
        found[point.recipient_id].append(point)
    return found


def _facts(row: object, points: list[ContactPoint]) -> Facts:
    phones = [point for point in points if point.channel is Channel.SMS]
    return Facts(
        first_name=getattr(row, "first_name", ""),
        last_name=getattr(row, "last_name", ""),
        birth_name=getattr(row, "birth_name", None),
        born_on=getattr(row, "born_on", None),
        phones=frozenset(point.value for point in phones if point.holder is Holder.SELF),
        shared_phones=frozenset(point.value for point in phones if point.holder is not Holder.SELF),
        emails=frozenset(point.value.lower() for point in points if point.channel is Channel.EMAIL),
        france_travail_id=getattr(row, "france_travail_id", None),
    )
