"""What an adviser tries out on a person's journeys: the facts are read, the rule answers, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from mobility.core.clock import at_paris, day_of, end_of, in_paris, start_of
from mobility.core.db import db
from mobility.pathway import hooks, public_holidays, queries, whatif
from mobility.pathway.aid import Action, ChangingAid, Offer, all_aids, find_aid
from mobility.pathway.coverage import CoverageDay
from mobility.pathway.errors import NothingTried, PeriodInvalid
from mobility.pathway.fallbacks import all_offers
from mobility.pathway.models import Objective, Step
from mobility.pathway.roster import Leg, Pattern, Plan, fit_in, legs, serving_of
from mobility.pathway.rules import CARRYING_STATES
from mobility.pathway.whatif import Change, Outcome, Situation, Window

AHEAD = timedelta(weeks=9)
SHOWN_WEEKS = 5


@dataclass(frozen=True)
class Trial:
    """What is tried, as typed: a step that ends, moves or goes; one more aid; other hours from a day on."""

    step_id: int | None = None
    act: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    added_from_on: date | None = None
    added_until_on: date | None = None
    pattern: Pattern | None = None
    pattern_from_on: date | None = None


@dataclass(frozen=True)
class Answer:
    """What would come of it, and where it is done for good."""

    outcome: Outcome
    words: str
    before_weeks: tuple[tuple[CoverageDay, ...], ...]
    after_weeks: tuple[tuple[CoverageDay, ...], ...]
    offers: tuple[Offer, ...]
    acts: tuple[Action, ...]


def list_carrying(objective_id: int, *, now: datetime) -> list[Step]:
    """Return the steps that carry the person and are not over (one query)."""
    return list(
        db.session.scalars(
            select(Step)
            .where(
                Step.objective_id == objective_id,
                Step.covers.is_(True),
                Step.state.in_(CARRYING_STATES),
                (Step.ends_at.is_(None)) | (Step.ends_at > now - timedelta(days=7)),
            )
            .order_by(Step.starts_at, Step.id)
        )
    )


def try_out(objective: Objective, steps: list[Step], trial: Trial, *, now: datetime) -> Answer:
    """Return what the trial would make of the journeys of the weeks to come. Raises NothingTried, PeriodInvalid."""
    today = day_of(now)
    monday = today - timedelta(days=today.weekday())
    until_on = monday + AHEAD - timedelta(days=1)
    icons = {aid.kind: aid.icon for aid in all_aids()}
    journeys = queries.objective_legs(objective, from_on=monday, until_on=until_on)
    windows = {step.id: _window(step, icons, journeys, now) for step in steps}
    situation = Situation(
        legs=tuple(journeys),
        aids=tuple(windows.values()),
        means=tuple(queries.means_of(row) for row in objective.own_means),
        kind=objective.kind,
    )
    change = _change(objective, windows, trial, monday, until_on)
    outcome = whatif.compare(
        situation, change, objective_id=objective.id, from_on=monday, until_on=until_on, now=now, today=today
    )
    offers = all_offers(objective.person_id, objective.id, outcome.lost, now=now) if outcome.lost else []
    first = _first_monday(outcome, monday, until_on)
    return Answer(
        outcome,
        whatif.sentence(outcome),
        _weeks(outcome.before, first),
        _weeks(outcome.after, first),
        tuple(offers),
        _acts(steps, trial),
    )


def _window(step: Step, icons: dict[str, str], journeys: Sequence[Leg], now: datetime) -> Window:
    icon, serving = icons.get(step.aid_kind, "signpost"), serving_of(step.serves)
    only = None
    if hooks.chooses(step.aid_kind):
        at = {leg.key: leg.at for leg in journeys}
        only = {key: at[key] for key in hooks.chosen_legs(step.aid_kind, step.aid_ref, list(at), now)}
    said = hooks.leg_grades(step.aid_kind, {} if step.aid_ref is None or only is None else {step.aid_ref: list(only)})
    grades = said.get(step.aid_ref or 0, {})
    return Window(step.id, step.title, icon, step.starts_at, step.ends_at, serving, only, grades)


def _change(objective: Objective, windows: Mapping[int, Window], trial: Trial, from_on: date, until_on: date) -> Change:
    window = None if trial.step_id is None else windows.get(trial.step_id)
    removed = window.step_id if window is not None and trial.act == "remove" else None
    moved = None
    if window is not None and trial.act in {"end", "move"}:
        moved = _moved(window, trial)
    added = None
    if trial.added_from_on is not None or trial.added_until_on is not None:
        added = _added(trial)
    other = None
    if trial.pattern is not None:
        other = _legs_with(objective, trial.pattern, trial.pattern_from_on or from_on, from_on, until_on)
    if removed is None and moved is None and added is None and other is None:
        raise NothingTried
    return Change(removed, moved, added, other)


def _moved(window: Window, trial: Trial) -> Window:
    if trial.ends_on is None:
        raise PeriodInvalid("Indiquez le jour où cette aide finirait.", field="ends_on")
    starts_at = window.starts_at
    if trial.act == "move":
        if trial.starts_on is None:
            raise PeriodInvalid("Indiquez le jour où cette aide commencerait.", field="starts_on")
        starts_at = _same_hour(window.starts_at, trial.starts_on) or start_of(trial.starts_on)
    ends_at = _same_hour(window.ends_at, trial.ends_on) or end_of(trial.ends_on)
    if starts_at is not None and ends_at <= starts_at:
        raise PeriodInvalid
    return replace(window, starts_at=starts_at, ends_at=ends_at)


def _same_hour(instant: datetime | None, day: date) -> datetime | None:
    """Return the same hour of the clocks of Paris on another day."""
    if instant is None:
        return None
    wall: time = in_paris(instant).time()
    return at_paris(day, wall)


def _added(trial: Trial) -> Window:
    if trial.added_from_on is None or trial.added_until_on is None:
        field = "added_from_on" if trial.added_from_on is None else "added_until_on"
        raise PeriodInvalid("Indiquez le premier et le dernier jour.", field=field)
    if trial.added_until_on < trial.added_from_on:
        raise PeriodInvalid(field="added_until_on")
    return Window(None, whatif.ADDED, "plus-circle", start_of(trial.added_from_on), end_of(trial.added_until_on))


def _legs_with(
    objective: Objective, pattern: Pattern, rules_from_on: date, from_on: date, until_on: date
) -> tuple[Leg, ...]:
    plans = fit_in([queries.plan_of(row) for row in objective.rosters], Plan(pattern, rules_from_on))
    first = max(from_on, objective.starts_on)
    last = until_on if objective.ends_on is None else min(until_on, objective.ends_on)
    holidays = public_holidays.between(first, last) if first <= last else frozenset()
    return tuple(legs(plans, objective_id=objective.id, from_on=first, until_on=last, holidays=holidays))


def _first_monday(outcome: Outcome, monday: date, until_on: date) -> date:
    """Return the week from which both calendars are shown: that of the first day that differs."""
    differing = [day.day_on for day in (*outcome.opened, *outcome.closed, *outcome.instead)]
    first = min(differing, default=monday)
    first -= timedelta(days=first.weekday())
    return max(monday, min(first, until_on + timedelta(days=1) - timedelta(weeks=SHOWN_WEEKS)))


def _weeks(days: tuple[CoverageDay, ...], first: date) -> tuple[tuple[CoverageDay, ...], ...]:
    shown = [day for day in days if first <= day.day_on < first + timedelta(weeks=SHOWN_WEEKS)]
    return tuple(tuple(shown[at : at + 7]) for at in range(0, len(shown), 7))


def _acts(steps: list[Step], trial: Trial) -> tuple[Action, ...]:
    """Return the real acts of the aid that was tried: its own page, and what it offers to change."""
    step = next((one for one in steps if one.id == trial.step_id), None)
    aid = find_aid(step.aid_kind) if step is not None else None
    if step is None or aid is None or step.aid_ref is None:
        return ()
    found = list(aid.changes(step.aid_ref, ends_on=trial.ends_on)) if isinstance(aid, ChangingAid) else []
    return (*found, Action(f"Ouvrir : {step.title}", aid.url(step.aid_ref), aid.icon))
