"""What pages show of a plan: its steps in order with what can be done, the aids beside it, its versions. Reads only.

A constant number of queries, whatever the number of steps: see each function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mobility.core.clock import day_of
from mobility.pathway.aid import find_aid
from mobility.pathway.models import Objective, Plan, PlanVersion, Step
from mobility.pathway.overview import STEP_TONES
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.content import freeze, same_promises
from mobility.pathway.plan.rules.dependencies import waits_for
from mobility.pathway.plan.rules.terms import (
    EVIDENCE_LABELS,
    LIVING_PLAN_STATES,
    PLAN_STATE_LABELS,
    PLAN_STATE_TONES,
    STEP_KIND_ICONS,
    Doer,
    Evidence,
    PlanState,
    StepKind,
    VersionState,
)
from mobility.pathway.queries import list_objectives, list_steps
from mobility.pathway.rules import (
    LIVE_STEP_STATES,
    OBJECTIVE_KIND_ICONS,
    STEP_MOVES,
    STEP_STATE_LABELS,
    ObjectiveState,
    StepAction,
    StepState,
)

SETTLED = frozenset({StepState.DONE, StepState.DROPPED})


@dataclass(frozen=True)
class PlanStepView:
    """One step of a plan as pages show it."""

    id: int
    title: str
    note: str
    icon: str
    kind: StepKind
    aid_kind: str
    state: StepState
    state_label: str
    tone: str
    who: str
    own_errand: bool
    ticked_by_person: bool
    when: str
    late: bool
    waits: tuple[str, ...]
    reason: str
    evidence: str
    url: str | None
    opens: bool
    objective_id: int | None
    cost_cents: int | None
    actions: tuple[StepAction, ...]

    @property
    def is_live(self) -> bool:
        """Tell whether it still goes on."""
        return self.state in LIVE_STEP_STATES

    @property
    def is_done(self) -> bool:
        """Tell whether it is done."""
        return self.state is StepState.DONE


@dataclass(frozen=True)
class PlanGroup:
    """The steps of one objective, or of none."""

    objective: Objective | None
    icon: str
    steps: tuple[PlanStepView, ...]


@dataclass(frozen=True)
class PlanPage:
    """A plan with all that its page shows."""

    plan: Plan
    state_label: str
    tone: str
    groups: tuple[PlanGroup, ...]
    beside: tuple[Step, ...]
    versions: Sequence[PlanVersion]
    waiting: PlanVersion | None
    signed: PlanVersion | None
    unsigned_changes: bool
    done: int
    total: int

    @property
    def is_living(self) -> bool:
        """Tell whether it can still be changed."""
        return self.plan.state in LIVING_PLAN_STATES

    @property
    def is_draft(self) -> bool:
        """Tell whether nobody has signed it yet."""
        return self.plan.state is PlanState.DRAFT

    @property
    def steps(self) -> tuple[PlanStepView, ...]:
        """All its steps, in the order of the page."""
        return tuple(step for group in self.groups for step in group.steps)


@dataclass(frozen=True)
class PlanBrief:
    """A living plan in a few lines: where it stands, and what comes next."""

    state_label: str
    tone: str
    done: int
    total: int
    next: tuple[PlanStepView, ...]


def brief_of(person_id: int, steps: Sequence[Step], *, adviser_name: str, today: date, most: int) -> PlanBrief | None:
    """Return a person's living plan in brief, or None (two queries); ``steps`` are all of theirs.

    What comes next: at most ``most`` steps that wait for no other, the sooner ones first.
    """
    plan = plan_queries.find_living_plan(person_id)
    if plan is None:
        return None
    mine = sorted((step for step in steps if step.plan_id == plan.id), key=plan_queries.when_of)
    views = [
        view for view in views_of(mine, adviser_name=adviser_name, today=today) if view.state is not StepState.DROPPED
    ]
    ready = [view for view in views if view.is_live and not view.waits]
    return PlanBrief(
        PLAN_STATE_LABELS[plan.state],
        PLAN_STATE_TONES[plan.state],
        sum(view.is_done for view in views),
        len(views),
        tuple(ready[:most]),
    )


def page_of(plan: Plan, *, adviser_name: str, now: datetime) -> PlanPage:
    """Return a plan as its page shows it (about fifteen queries, whatever its size)."""
    steps = plan_queries.list_plan_steps(plan.id)
    views = views_of(steps, adviser_name=adviser_name, today=day_of(now))
    versions = plan_queries.list_versions(plan.id)
    signed = plan_queries.last_signed(versions)
    waiting = next((row for row in versions if row.state is VersionState.WAITING), None)
    living = plan.state in LIVING_PLAN_STATES
    present = freeze(plan_queries.content_of(plan, on=day_of(now))) if living else {}
    counted = [view for view in views if view.state is not StepState.DROPPED]
    return PlanPage(
        plan=plan,
        state_label=PLAN_STATE_LABELS[plan.state],
        tone=PLAN_STATE_TONES[plan.state],
        groups=_groups(plan.person_id, views),
        beside=tuple(
            step
            for step in (list_steps(plan.person_id) if living else ())
            if step.plan_id != plan.id and step.kind is StepKind.AID and step.state in LIVE_STEP_STATES
        ),
        versions=versions,
        waiting=waiting,
        signed=signed,
        unsigned_changes=living
        and not any(same_promises(row.content, present) for row in (signed, waiting) if row is not None),
        done=sum(view.is_done for view in counted),
        total=len(counted),
    )


def _groups(person_id: int, views: Sequence[PlanStepView]) -> tuple[PlanGroup, ...]:
    by_objective: dict[int | None, list[PlanStepView]] = {}
    for view in views:
        by_objective.setdefault(view.objective_id, []).append(view)
    groups = [
        PlanGroup(row, OBJECTIVE_KIND_ICONS[row.kind], tuple(by_objective.pop(row.id, ())))
        for row in sorted(list_objectives(person_id), key=lambda row: (row.starts_on, row.id))
        if row.id in by_objective or row.state is ObjectiveState.OPEN
    ]
    others = tuple(view for rest in by_objective.values() for view in rest)
    return (*groups, PlanGroup(None, "list-check", others)) if others else tuple(groups)


def views_of(steps: Sequence[Step], *, adviser_name: str, today: date) -> list[PlanStepView]:
    """Return steps as pages show them, with what they wait for (one query)."""
    needs = plan_queries.needs_of([step.id for step in steps])
    titles = {step.id: step.title for step in steps}
    settled = {step.id for step in steps if step.state in SETTLED}
    return [_view(step, needs, titles, settled, adviser_name, today) for step in steps]


def _view(
    step: Step,
    needs: Mapping[int, Sequence[int]],
    titles: Mapping[int, str],
    settled: set[int],
    adviser_name: str,
    today: date,
) -> PlanStepView:
    aid = find_aid(step.aid_kind) if step.kind is StepKind.AID else None
    live = step.state in LIVE_STEP_STATES
    return PlanStepView(
        id=step.id,
        title=step.title,
        note=step.note,
        icon=aid.icon if aid else STEP_KIND_ICONS[step.kind],
        kind=step.kind,
        aid_kind=step.aid_kind,
        state=step.state,
        state_label=STEP_STATE_LABELS[step.state],
        tone=STEP_TONES[step.state],
        who=plan_queries.who_words(step, adviser_name),
        own_errand=step.kind is StepKind.TASK and step.doer is Doer.PERSON,
        ticked_by_person=step.done_by is Evidence.PERSON,
        when=plan_queries.when_words(step.planned_from_on, step.planned_until_on),
        late=live and step.planned_until_on is not None and step.planned_until_on < today and step.aid_ref is None,
        waits=tuple(titles[need] for need in waits_for(step.id, needs, settled) if need in titles) if live else (),
        reason=step.reason,
        evidence=EVIDENCE_LABELS[step.done_by] if step.done_by is not None else "",
        url=aid.url(step.aid_ref) if aid and step.aid_ref is not None else None,
        opens=aid is not None and step.aid_ref is None and step.state in {StepState.PROPOSED, StepState.AGREED},
        objective_id=step.objective_id,
        cost_cents=step.cost_cents,
        actions=actions_of(step),
    )


def actions_of(step: Step) -> tuple[StepAction, ...]:
    """Return what the staff may do with a step by hand; nothing with one that follows its aid's row."""
    if step.aid_ref is not None:
        return ()
    refused = (
        {StepAction.AGREE, StepAction.ACTIVATE, StepAction.FINISH} if step.kind is StepKind.AID else {StepAction.AGREE}
    )
    return tuple(action for action in STEP_MOVES.actions_from(step.state) if action not in refused)
