"""How much the advisers of a desk carry, and who might take over; each read says how many queries it makes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from mobility.accounts.models import User
from mobility.accounts.queries import teams_of_desks
from mobility.agenda.models import Attendance
from mobility.agenda.rules import AttendanceState
from mobility.caseload import parameters
from mobility.caseload.balance import Followed, Load, Move, propose
from mobility.caseload.queries import living
from mobility.caseload.rules import weigh
from mobility.core.db import db
from mobility.people.kinds import Phase
from mobility.people.models import Person, display_name


@dataclass(frozen=True, slots=True)
class AdviserLoad:
    """One adviser of a desk: how many people they follow there, by phase, and how heavy that is."""

    user_id: int
    name: str
    people: int
    by_phase: Mapping[Phase, int]
    weight: int

    @property
    def weighted(self) -> float:
        """The load, in people."""
        return self.weight / 100

    def above(self, target: int) -> bool:
        """Tell whether it is more than the desk means an adviser to carry; ``target`` is in people."""
        return self.weight > target * 100


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """A desk's team with its loads, its target, and what would even them out."""

    desk_id: int
    name: str
    target: int
    rows: tuple[AdviserLoad, ...]
    unassigned: int
    moves: tuple[tuple[Move, str, str, str], ...]
    """Each with the person's name, and the two advisers'."""


def desk_loads(desks: Sequence[tuple[int, str]], *, on: date, known: ColumnElement[bool]) -> list[DeskLoad]:
    """Return the caseload of desks; a number of queries that does not grow with the people: two a desk at most.

    ``known`` is the condition on ``Person`` « the reader may know this file »: others count, and are never named.
    """
    desk_ids = [desk_id for desk_id, _name in desks]
    counts, teams = _phase_counts(desk_ids), teams_of_desks(desk_ids)
    return [_desk_load(desk_id, name, teams.get(desk_id, ()), counts, on=on, known=known) for desk_id, name in desks]


@dataclass(frozen=True, slots=True)
class Overload:
    """An adviser who carries more than their desk means them to."""

    desk_id: int
    desk_name: str
    target: int
    row: AdviserLoad


def overloads(desks: Sequence[tuple[int, str]], *, on: date) -> list[Overload]:
    """Return the advisers above their desk's target, the furthest above first; two queries, and the settings'."""
    desk_ids = [desk_id for desk_id, _name in desks]
    counts, teams = _phase_counts(desk_ids), teams_of_desks(desk_ids)
    found = []
    for desk_id, name in desks:
        target = parameters.target(on=on, desk_id=desk_id)
        rows = _adviser_loads(desk_id, teams.get(desk_id, ()), counts, parameters.weights(on=on, desk_id=desk_id))
        found += [Overload(desk_id, name, target, row) for row in rows if row.above(target)]
    return sorted(found, key=lambda one: (one.target * 100 - one.row.weight, one.row.name, one.desk_id))


_Counts = Mapping[tuple[int, int | None], Counter[Phase]]


def _phase_counts(desk_ids: Sequence[int]) -> _Counts:
    """Return how many people are in which phase, by desk and by who follows them (None: nobody); one query."""
    counts: dict[tuple[int, int | None], Counter[Phase]] = defaultdict(Counter)
    rows = db.session.execute(
        select(Person.desk_id, Person.referent_user_id, Person.phase, func.count())
        .where(Person.desk_id.in_(desk_ids), living())
        .group_by(Person.desk_id, Person.referent_user_id, Person.phase)
    )
    for desk_id, user_id, phase, number in rows:
        counts[desk_id, user_id][phase] += number
    return counts


def _adviser_loads(
    desk_id: int, team: Iterable[User], counts: _Counts, weights: Mapping[Phase, int]
) -> list[AdviserLoad]:
    """Return how much each of a desk's team carries there."""
    rows = []
    for user in team:
        by_phase = counts.get((desk_id, user.id), Counter())
        rows.append(AdviserLoad(user.id, user.display_name, sum(by_phase.values()), by_phase, weigh(by_phase, weights)))
    return rows


def _desk_load(
    desk_id: int,
    name: str,
    team: Iterable[User],
    counts: _Counts,
    *,
    on: date,
    known: ColumnElement[bool],
) -> DeskLoad:
    weights = parameters.weights(on=on, desk_id=desk_id)
    target = parameters.target(on=on, desk_id=desk_id)
    rows = _adviser_loads(desk_id, team, counts, weights)
    names = {row.user_id: row.name for row in rows}
    people = _movable(desk_id, rows, target, weights, known)
    moves = propose(
        [Load(row.user_id, row.weight) for row in rows], [one for one, _name in people.values()], target=target * 100
    )
    return DeskLoad(
        desk_id,
        name,
        target,
        tuple(sorted(rows, key=lambda row: (-row.weight, row.name))),
        sum(sum(by_phase.values()) for (desk, user), by_phase in counts.items() if desk == desk_id and user is None),
        tuple(
            (move, people[move.person_id][1], names.get(move.from_user_id or 0, ""), names[move.to_user_id])
            for move in moves
        ),
    )


def _movable(
    desk_id: int,
    rows: Sequence[AdviserLoad],
    target: int,
    weights: Mapping[Phase, int],
    known: ColumnElement[bool],
) -> dict[int, tuple[Followed, str]]:
    """Return who might go to another adviser: those of the heaviest, and those whom nobody follows; one query.

    Not met first, then who came last; no more are read than could ever be proposed.
    """
    heavy = [row.user_id for row in rows if row.above(target)]
    met = (
        select(Attendance.id)
        .where(Attendance.person_id == Person.id, Attendance.state == AttendanceState.PRESENT)
        .exists()
    )
    found: dict[int, tuple[Followed, str]] = {}
    for condition in (Person.referent_user_id.is_(None), Person.referent_user_id.in_(heavy)):
        query = (
            select(
                Person.id, Person.referent_user_id, Person.phase, Person.first_name, Person.last_name, met.label("met")
            )
            .where(Person.desk_id == desk_id, living(), Person.protected.is_(False), known, condition)
            .order_by(met, Person.created_at.desc(), Person.id)
            .limit(200)
        )
        for row in db.session.execute(query):
            one = Followed(row.id, row.referent_user_id, weights.get(row.phase, 0), bool(row.met))
            found[row.id] = (one, display_name(row.id, row.first_name, row.last_name))
    return found
