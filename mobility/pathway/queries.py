"""Reading objectives, rosters, steps and coverage; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway import hooks, patterns, public_holidays
from mobility.pathway.costs import Cost, StepCost
from mobility.pathway.coverage import Carrier, Certainty, CoverageDay, LegKey, Means, calendar, first_gap_of
from mobility.pathway.models import Coverage, Objective, OwnMeans, Roster, Step
from mobility.pathway.roster import Leg, Plan, Serving, days_between, legs, legs_within, serving_of
from mobility.pathway.rules import CARRYING_STATES, MEANS_ICONS, MEANS_LABELS, ObjectiveState, StepState

STEPS_SHOWN = 200


def plan_of(row: Roster) -> Plan:
    """Return a roster's row as a plan. Raises RosterInvalid if the JSON is not ours."""
    return Plan(patterns.from_json(row.pattern), row.valid_from_on, row.valid_until_on, row.confirmed_on)


def means_of(row: OwnMeans) -> Means:
    """Return a row of own means as the calendar reads it."""
    return Means(
        label=MEANS_LABELS[row.kind],
        icon=MEANS_ICONS[row.kind],
        weekdays=frozenset(row.weekdays),
        there=row.there,
        back=row.back,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def get_objective(objective_id: int) -> Objective:
    """Return an objective with its rosters and own means (three queries). Raises NotFound."""
    found = find_objective(objective_id)
    if found is None:
        raise NotFound(f"objective {objective_id}")
    return found


def find_objective(objective_id: int) -> Objective | None:
    """Return an objective with its rosters and own means, or None."""
    if not 0 <= objective_id < 2**31:
        return None
    return db.session.scalar(
        select(Objective)
        .where(Objective.id == objective_id)
        .options(selectinload(Objective.rosters), selectinload(Objective.own_means))
        .execution_options(populate_existing=True)
    )


def list_objectives(person_id: int) -> Sequence[Objective]:
    """Return a person's objectives with rosters and own means, open ones first (three queries)."""
    return db.session.scalars(
        select(Objective)
        .where(Objective.person_id == person_id)
        .options(selectinload(Objective.rosters), selectinload(Objective.own_means))
        .order_by(Objective.state != ObjectiveState.OPEN, Objective.starts_on.desc(), Objective.id.desc())
    ).all()


def list_open_objectives(person_id: int) -> Sequence[Objective]:
    """Return a person's open objectives, without their rosters (one query); for choices in an aid's form."""
    return db.session.scalars(
        select(Objective)
        .where(Objective.person_id == person_id, Objective.state == ObjectiveState.OPEN)
        .order_by(Objective.starts_on.desc(), Objective.id.desc())
    ).all()


def objective_legs(objective: Objective, *, from_on: date, until_on: date) -> list[Leg]:
    """Return the legs of an objective whose rosters are loaded, within its own dates; no query."""
    first = max(from_on, objective.starts_on)
    last = until_on if objective.ends_on is None else min(until_on, objective.ends_on)
    if objective.state is ObjectiveState.DROPPED and objective.closed_at is not None:
        last = min(last, day_of(objective.closed_at))
    return legs(
        [plan_of(row) for row in objective.rosters],
        objective_id=objective.id,
        from_on=first,
        until_on=last,
        holidays=public_holidays.between(first, last),
    )


def legs_of(objective_id: int, *, from_on: date, until_on: date) -> list[Leg]:
    """Return the legs of an objective in a range of days (three queries). Raises NotFound."""
    return objective_legs(get_objective(objective_id), from_on=from_on, until_on=until_on)


def legs_in_window(
    objective_id: int, *, starts_at: datetime, ends_at: datetime, serving: Serving | None = None
) -> list[Leg]:
    """Return the legs that an aid would carry over a window: for ``Aid.assess``. Raises NotFound."""
    day = timedelta(days=1)
    around = legs_of(objective_id, from_on=day_of(starts_at) - day, until_on=day_of(ends_at) + day)
    return legs_within(around, starts_at, ends_at, serving)


def list_steps(person_id: int) -> Sequence[Step]:
    """Return the latest steps of a person (one query)."""
    return db.session.scalars(
        select(Step).where(Step.person_id == person_id).order_by(Step.starts_at.desc().nulls_first(), Step.id.desc())
    ).all()


def carriers_of(
    objective_ids: Sequence[int], *, from_on: date, until_on: date, icons: dict[str, str], graded: bool = False
) -> dict[LegKey, list[Carrier]]:
    """Return which steps carry which legs in a range of days (one query). ``icons`` is by aid kind.

    ``graded``: how surely is asked of the aids that say so leg by leg (``hooks.grade_legs``: their queries too).
    """
    rows = db.session.execute(
        select(
            Coverage.objective_id,
            Coverage.shift_on,
            Coverage.direction,
            Step.id,
            Step.title,
            Step.aid_kind,
            Step.aid_ref,
            Step.ends_at.is_(None),
        )
        .join(Step, Step.id == Coverage.step_id)
        .where(
            Coverage.objective_id.in_(objective_ids),
            Coverage.shift_on.between(from_on, until_on),
            Step.state != StepState.DROPPED,
        )
        .order_by(Coverage.step_id)
    ).all()
    said = _grades(rows) if graded else {}
    found: dict[LegKey, list[Carrier]] = {}
    for objective_id, shift_on, direction, step_id, title, aid_kind, aid_ref, endless in rows:
        key = LegKey(objective_id, shift_on, direction)
        usual = Certainty.EXPECTED if endless else Certainty.CONFIRMED
        certainty = said.get((aid_kind, aid_ref), {}).get(key, usual)
        carrier = Carrier(title, icons.get(aid_kind, "signpost"), step_id, certainty=certainty)
        found.setdefault(key, []).append(carrier)
    return found


def _grades(rows: Iterable[Any]) -> dict[tuple[str, int | None], Mapping[LegKey, Certainty]]:
    """Return how surely legs are carried, by kind and row of the aids that say so."""
    asked: dict[str, dict[int, set[LegKey]]] = {}
    for row in rows:
        if hooks.grades(row.aid_kind) and row.aid_ref is not None:
            key = LegKey(row.objective_id, row.shift_on, row.direction)
            asked.setdefault(row.aid_kind, {}).setdefault(row.aid_ref, set()).add(key)
    return {(kind, ref): of_row for kind, legs in asked.items() for ref, of_row in hooks.leg_grades(kind, legs).items()}


def list_proposals(objective_ids: Sequence[int]) -> Sequence[Step]:
    """Return the steps that are only proposed for objectives, with a window that would carry (one query)."""
    return db.session.scalars(
        select(Step)
        .where(Step.objective_id.in_(objective_ids), Step.state == StepState.PROPOSED, Step.covers.is_(True))
        .order_by(Step.id)
    ).all()


def proposed_carriers(steps: Sequence[Step], legs: Sequence[Leg], icons: dict[str, str]) -> dict[LegKey, list[Carrier]]:
    """Return what proposals would carry, among the legs of one objective; no query."""
    found: dict[LegKey, list[Carrier]] = {}
    for step in steps:
        carrier = Carrier(step.title, icons.get(step.aid_kind, "signpost"), step.id, certainty=Certainty.PROPOSED)
        for leg in legs_within(legs, step.starts_at, step.ends_at, serving_of(step.serves)):
            if leg.key.objective_id == step.objective_id:
                found.setdefault(leg.key, []).append(carrier)
    return found


def step_costs(objective_ids: Sequence[int]) -> dict[int, list[StepCost]]:
    """Return what the steps of objectives cost and on which days they carry, by objective.

    Two queries, and those of each aid that is paid day by day (``hooks.price_days``).
    """
    steps = db.session.scalars(
        select(Step)
        .where(
            Step.objective_id.in_(objective_ids),
            Step.state.in_(CARRYING_STATES),
            or_(Step.cost_cents > 0, Step.funder_cents > 0, Step.aid_kind.in_(hooks.priced_kinds())),
        )
        .order_by(Step.id)
    ).all()
    legs: dict[int, set[LegKey]] = {}
    for step_id, objective_id, shift_on, direction in db.session.execute(
        select(Coverage.step_id, Coverage.objective_id, Coverage.shift_on, Coverage.direction).where(
            Coverage.step_id.in_([step.id for step in steps])
        )
    ):
        legs.setdefault(step_id, set()).add(LegKey(objective_id, shift_on, direction))
    prices = _day_prices(steps, legs)
    found: dict[int, list[StepCost]] = {}
    for step in steps:
        cost = StepCost(
            step.id,
            step.cost_cents or 0,
            step.funder_cents or 0,
            frozenset(key.shift_on for key in legs.get(step.id, ())),
            day_of(step.starts_at or step.updated_at),
            prices.get(step.id, {}),
        )
        found.setdefault(step.objective_id or 0, []).append(cost)
    return found


def _day_prices(steps: Sequence[Step], legs: Mapping[int, Collection[LegKey]]) -> dict[int, Mapping[date, Cost]]:
    """Return by step what is paid on which day, of the aids that are paid so."""
    found: dict[int, Mapping[date, Cost]] = {}
    for kind in sorted(hooks.priced_kinds()):
        of_kind = {step.aid_ref: step.id for step in steps if step.aid_kind == kind and step.aid_ref is not None}
        asked = {ref: legs.get(step_id, ()) for ref, step_id in of_kind.items()}
        found |= {of_kind[ref]: days for ref, days in hooks.day_prices(kind, asked).items()}
    return found


def calendars(
    objectives: Sequence[Objective], *, from_on: date, until_on: date, today: date
) -> dict[int, list[CoverageDay]]:
    """Return the days of objectives whose rosters and means are loaded, without icons (one query)."""
    carried = carriers_of([row.id for row in objectives], from_on=from_on, until_on=until_on, icons={})
    return {
        row.id: calendar(
            days=days_between(from_on, until_on),
            legs=objective_legs(row, from_on=from_on, until_on=until_on),
            means=[means_of(means) for means in row.own_means],
            carried=carried,
            kind=row.kind,
            today=today,
        )
        for row in objectives
    }


def first_gaps(
    objectives: Sequence[Objective], *, from_on: date, until_on: date, now: datetime
) -> dict[int, CoverageDay]:
    """Return the first day without a solution of those objectives that have one, as ``calendars`` (one query)."""
    carried = carriers_of([row.id for row in objectives], from_on=from_on, until_on=until_on, icons={})
    found = {
        row.id: first_gap_of(
            legs=objective_legs(row, from_on=from_on, until_on=until_on),
            means=[means_of(means) for means in row.own_means],
            carried=carried,
            kind=row.kind,
            now=now,
            today=day_of(now),
        )
        for row in objectives
    }
    return {objective_id: day for objective_id, day in found.items() if day is not None}


def list_employers() -> list[tuple[int, str]]:
    """Return the organisations where somebody may work or train: (id, name), by name (one query)."""
    rows = db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.city)
        .where(
            Organisation.kind.in_([OrganisationKind.EMPLOYER, OrganisationKind.OTHER]),
            Organisation.archived_at.is_(None),
        )
        .order_by(Organisation.search_key)
    )
    return [(identity, f"{name} ({city})" if city else name) for identity, name, city in rows]


def person_of_objective(objective_id: int) -> int | None:
    """Return whose objective it is, or None."""
    return db.session.scalar(select(Objective.person_id).where(Objective.id == objective_id))


def person_of_step(step_id: int) -> int | None:
    """Return whose step it is, or None."""
    return db.session.scalar(select(Step.person_id).where(Step.id == step_id))


def person_of_own_means(own_means_id: int) -> int | None:
    """Return whose means it is, or None."""
    return db.session.scalar(
        select(Objective.person_id)
        .join(OwnMeans, OwnMeans.objective_id == Objective.id)
        .where(OwnMeans.id == own_means_id)
    )


def objective_of_own_means(own_means_id: int) -> int | None:
    """Return which objective a means belongs to, or None."""
    return db.session.scalar(select(OwnMeans.objective_id).where(OwnMeans.id == own_means_id))


def objectives_with_endless_steps() -> list[int]:
    """Return the open objectives that a standing step without an end carries."""
    return list(
        db.session.scalars(
            select(Objective.id)
            .join(Step, Step.objective_id == Objective.id)
            .where(
                Objective.state == ObjectiveState.OPEN,
                Step.ends_at.is_(None),
                Step.covers.is_(True),
                Step.state.in_(CARRYING_STATES),
            )
            .distinct()
            .order_by(Objective.id)
        )
    )
