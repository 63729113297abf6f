"""Reading plans, their versions and steps; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from mobility.accounts.queries import names_of as names_of_users
from mobility.core.clock import format_date
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.pathway.models import Objective, Plan, PlanTemplate, PlanVersion, Step, StepDependency
from mobility.pathway.plan.rules.content import Content, ContentObjective, ContentSigner, ContentStep, changes
from mobility.pathway.plan.rules.dependencies import order
from mobility.pathway.plan.rules.terms import LIVING_PLAN_STATES, STEP_KIND_LABELS, Doer, VersionState
from mobility.pathway.rules import OBJECTIVE_KIND_LABELS, ObjectiveState, StepState
from mobility.people.models import Person
from mobility.people.queries import get_signatories


def find_living_plan(person_id: int) -> Plan | None:
    """Return the plan of a person that has not ended, or None (one query)."""
    return db.session.scalar(select(Plan).where(Plan.person_id == person_id, Plan.state.in_(LIVING_PLAN_STATES)))


def get_plan(plan_id: int) -> Plan:
    """Return a plan. Raises NotFound (also for ids that no column could hold)."""
    return load(Plan, plan_id)


def get_step_of_plan(step_id: int) -> tuple[Step, Plan]:
    """Return a step with its plan (two queries). Raises NotFound, also for a step of no plan."""
    step = load(Step, step_id)
    if step.plan_id is None:
        raise NotFound(f"plan of step {step_id}")
    return step, load(Plan, step.plan_id)


def list_plans(person_id: int) -> Sequence[Plan]:
    """Return a person's plans, the latest first (one query)."""
    return db.session.scalars(
        select(Plan).where(Plan.person_id == person_id).order_by(Plan.created_at.desc(), Plan.id.desc())
    ).all()


def list_plan_steps(plan_id: int) -> list[Step]:
    """Return a plan's steps so that each comes after those it waits for, the sooner ones first (two queries)."""
    steps = db.session.scalars(select(Step).where(Step.plan_id == plan_id)).all()
    by_id = {step.id: step for step in sorted(steps, key=when_of)}
    ordered = order(by_id, needs_of(by_id))
    # The service lets no circle in; a plan with one is shown by its dates rather than not at all.
    return [by_id[step_id] for step_id in (ordered or by_id)]


def when_of(step: Step) -> tuple[date, int]:
    """Return by what steps are sorted: the day on which each is meant to begin, those without one last."""
    return step.planned_from_on or step.planned_until_on or date.max, step.id


def needs_of(step_ids: Collection[int]) -> dict[int, list[int]]:
    """Return what each of the steps waits for (one query)."""
    rows = db.session.execute(
        select(StepDependency.step_id, StepDependency.needs_id)
        .where(StepDependency.step_id.in_(step_ids))
        .order_by(StepDependency.id)
    )
    found: dict[int, list[int]] = {}
    for step_id, needs_id in rows:
        found.setdefault(step_id, []).append(needs_id)
    return found


def list_versions(plan_id: int) -> Sequence[PlanVersion]:
    """Return the versions of a plan, the latest first (one query)."""
    return db.session.scalars(
        select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.number.desc())
    ).all()


def find_waiting(plan_id: int) -> PlanVersion | None:
    """Return the version that waits for signatures, or None (one query)."""
    return db.session.scalar(
        select(PlanVersion).where(PlanVersion.plan_id == plan_id, PlanVersion.state == VersionState.WAITING)
    )


def last_signed(versions: Sequence[PlanVersion], *, below: int | None = None) -> PlanVersion | None:
    """Return the latest version that both have signed, before a number if given; no query."""
    signed = [row for row in versions if row.state is VersionState.SIGNED and (below is None or row.number < below)]
    return max(signed, key=lambda row: row.number, default=None)


def changes_of(version: PlanVersion, versions: Sequence[PlanVersion]) -> list[str]:
    """Say what a version changes against the one signed before it; no query. Nothing once erased."""
    before = last_signed(versions, below=version.number)
    if before is None or before.erased_at is not None or version.erased_at is not None:
        return []
    return changes(before.content, version.content)


def person_of_plan(plan_id: int) -> int | None:
    """Return whose plan it is, or None."""
    return db.session.scalar(select(Plan.person_id).where(Plan.id == plan_id))


def person_of_version(version_id: int) -> int | None:
    """Return whose plan a version belongs to, or None."""
    return db.session.scalar(
        select(Plan.person_id).join(PlanVersion, PlanVersion.plan_id == Plan.id).where(PlanVersion.id == version_id)
    )


def plan_of_version(version_id: int) -> Plan:
    """Return the plan of a version (two queries). Raises NotFound."""
    return load(Plan, load(PlanVersion, version_id).plan_id)


def desk_of_template(template_id: int) -> int | None:
    """Return the desk of a template, None for one of all desks. Raises NotFound."""
    return load(PlanTemplate, template_id).desk_id


def get_template(template_id: int) -> PlanTemplate:
    """Return a template. Raises NotFound."""
    return load(PlanTemplate, template_id)


def list_templates(*, desk_ids: Collection[int] | None = None, on: date | None = None) -> Sequence[PlanTemplate]:
    """Return the templates of all desks and of these (None: every one), those in force on a day if given."""
    query = select(PlanTemplate).order_by(PlanTemplate.label, PlanTemplate.valid_from_on.desc())
    if desk_ids is not None:
        query = query.where(or_(PlanTemplate.desk_id.is_(None), PlanTemplate.desk_id.in_(desk_ids)))
    if on is not None:
        query = query.where(
            PlanTemplate.valid_from_on <= on,
            or_(PlanTemplate.valid_until_on.is_(None), PlanTemplate.valid_until_on >= on),
        )
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class PlanSubject:
    """Whose plan it is, who accompanies, and where; what the paper's head says."""

    person: Person
    desk: Desk
    adviser_name: str


def get_subject(plan: Plan) -> PlanSubject:
    """Return the head of a plan (three queries). Raises NotFound."""
    person = load(Person, plan.person_id)
    names: Any = names_of_users([plan.adviser_id] if plan.adviser_id is not None else [])
    return PlanSubject(person, load(Desk, person.desk_id), names.get(plan.adviser_id, ""))


def content_of(plan: Plan, *, on: date) -> Content:
    """Return the plan as it stands on a day, ready to be frozen (eight queries). Raises NotFound."""
    signatories = get_signatories(plan.person_id, on=on)
    subject = get_subject(plan)
    steps = [step for step in list_plan_steps(plan.id) if step.state is not StepState.DROPPED]
    needs = needs_of([step.id for step in steps])
    titles = {step.id: step.title for step in steps}
    objectives = db.session.scalars(
        select(Objective)
        .where(
            Objective.person_id == plan.person_id,
            or_(
                Objective.state == ObjectiveState.OPEN,
                Objective.id.in_([step.objective_id for step in steps if step.objective_id is not None]),
            ),
        )
        .order_by(Objective.starts_on, Objective.id)
    ).all()
    return Content(
        person=f"{subject.person.first_name} {subject.person.last_name}".strip(),
        adviser=subject.adviser_name,
        desk=subject.desk.name,
        desk_address=subject.desk.address,
        desk_phone=subject.desk.phone or "",
        objectives=tuple(_objective(row) for row in objectives),
        steps=tuple(
            ContentStep(
                id=step.id,
                objective_id=step.objective_id,
                title=step.title,
                kind=STEP_KIND_LABELS[step.kind],
                who=who_words(step, subject.adviser_name),
                when=when_words(step.planned_from_on, step.planned_until_on),
                note=step.note,
                after=tuple(titles[need] for need in needs.get(step.id, ()) if need in titles),
                done=step.state is StepState.DONE,
            )
            for step in steps
        ),
        person_commitment=plan.person_commitment,
        desk_commitment=plan.desk_commitment,
        monthly_budget_cents=plan.monthly_budget_cents,
        signs=signatories.signs.value,
        representatives=tuple(ContentSigner(one.name, one.kind_label) for one in signatories.representatives),
    )


def _objective(row: Objective) -> ContentObjective:
    if row.ends_on is None:
        when = f"à partir du {format_date(row.starts_on, weekday=False, year=0)}"
    else:
        first, last = format_date(row.starts_on, weekday=False, year=0), format_date(row.ends_on, weekday=False, year=0)
        when = f"du {first} au {last}"
    place = ", ".join(filter(None, (row.employer_name, row.city)))
    return ContentObjective(row.id, row.title, OBJECTIVE_KIND_LABELS[row.kind], place, when)


def who_words(step: Step, adviser_name: str = "") -> str:
    """Return who does a step, in words for both sides."""
    if step.doer is Doer.PARTNER:
        return step.doer_name
    if step.doer is Doer.PERSON:
        return "la personne"
    return adviser_name or "le conseiller ou la conseillère"


def when_words(first: date | None, last: date | None) -> str:
    """Return when a step is meant to be, in words; nothing where it is not known."""
    if first is None:
        return "" if last is None else f"avant le {format_date(last, weekday=False, year=0)}"
    if last is None:
        return f"à partir du {format_date(first, weekday=False, year=0)}"
    if first == last:
        return f"le {format_date(last, weekday=False, year=0)}"
    return f"du {format_date(first, weekday=False, year=0)} au {format_date(last, weekday=False, year=0)}"


def get_version(version_id: int) -> PlanVersion:
    """Return a version. Raises NotFound (also for ids that no column could hold)."""
    return load(PlanVersion, version_id)


def find_version(version_id: int) -> PlanVersion | None:
    """Return a version, or None (also for ids that no column could hold)."""
    return db.session.get(PlanVersion, version_id) if 0 <= version_id < 2**31 else None
