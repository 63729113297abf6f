"""A person's life in their plans: steps and plans follow a merge, are exported, and lose their words in an erasure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.core.db import transaction
from mobility.pathway.models import Plan, PlanVersion, Step
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.queries import when_words, who_words
from mobility.pathway.plan.rules.terms import (
    LIVING_PLAN_STATES,
    PLAN_STATE_LABELS,
    STEP_KIND_LABELS,
    VERSION_STATE_LABELS,
    Party,
    PlanState,
    StepKind,
    VersionState,
)
from mobility.pathway.rules import STEP_STATE_LABELS
from mobility.people import lifecycle

ERASED = "Effacé"
VERSION_WORDS = [f"{party.value}_{part}" for party in Party for part in ("name", "ink")]
MERGED = "Dossiers de la même personne réunis"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Move plans and steps to the kept file; where both had a living plan, the steps go on in the kept one."""
    with transaction() as session:
        kept, moved = plan_queries.find_living_plan(kept_id), plan_queries.find_living_plan(merged_id)
        if kept is not None and moved is not None:
            session.execute(
                update(Step).where(Step.plan_id == moved.id).values(plan_id=kept.id, version=Step.version + 1)
            )
            session.execute(
                update(PlanVersion)
                .where(PlanVersion.plan_id == moved.id, PlanVersion.state == VersionState.WAITING)
                .values(state=VersionState.WITHDRAWN)
            )
            moved.state, moved.reason, moved.ended_at = PlanState.ABANDONED, MERGED, now
            session.flush()
        session.execute(
            update(Plan)
            .where(Plan.person_id == merged_id)
            .values(person_id=kept_id, updated_at=now, version=Plan.version + 1)
        )


def export(*, person_id: int) -> Iterable[lifecycle.Export]:
    """Give the plans, their steps and their versions."""
    plans = plan_queries.list_plans(person_id)
    yield lifecycle.Export(
        title="Plans d’action",
        columns={
            "created_at": "Commencé",
            "state": "Situation",
            "reason": "Raison",
            "person_commitment": "La personne s’engage à",
            "desk_commitment": "La plateforme s’engage à",
            "monthly_budget_cents": "Budget par mois (centimes)",
        },
        rows=[
            {
                "created_at": plan.created_at,
                "state": PLAN_STATE_LABELS[plan.state],
                "reason": plan.reason,
                "person_commitment": plan.person_commitment,
                "desk_commitment": plan.desk_commitment,
                "monthly_budget_cents": plan.monthly_budget_cents,
            }
            for plan in plans
        ],
    )
    yield lifecycle.Export(
        title="Étapes des plans",
        columns={
            "title": "Étape",
            "kind": "Type",
            "who": "Qui",
            "when": "Quand",
            "note": "Explication",
            "state": "Situation",
            "reason": "Raison",
        },
        rows=[
            {
                "title": step.title,
                "kind": STEP_KIND_LABELS[step.kind],
                "who": who_words(step),
                "when": when_words(step.planned_from_on, step.planned_until_on),
                "note": step.note,
                "state": STEP_STATE_LABELS[step.state],
                "reason": step.reason,
            }
            for plan in plans
            for step in plan_queries.list_plan_steps(plan.id)
        ],
    )
    yield lifecycle.Export(
        title="Versions des plans",
        columns={
            "number": "Version",
            "created_at": "Faite",
            "state": "Situation",
            "person_name": "Signé par la personne",
            "person_signed_at": "Signé par la personne, quand",
            "represented": "Signé par un représentant, en qualité de",
            "representative_signed_at": "Signé par un représentant, quand",
            "adviser_name": "Signé par l’antenne",
            "adviser_signed_at": "Signé par l’antenne, quand",
        },
        rows=[
            {
                "number": version.number,
                "created_at": version.created_at,
                "state": VERSION_STATE_LABELS[version.state],
                "person_name": version.person_name,
                "person_signed_at": version.person_signed_at,
                # A third party: the quality says enough.
                "represented": version.representative_quality,
                "representative_signed_at": version.representative_signed_at,
                "adviser_name": version.adviser_name,
                "adviser_signed_at": version.adviser_signed_at,
            }
            for plan in plans
            for version in plan_queries.list_versions(plan.id)
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Take away every word, name and stroke; kinds, dates and states stay. The papers go with the person's documents."""
    with transaction() as session:
        own = select(Plan.id).where(Plan.person_id == person_id).scalar_subquery()
        for kind in StepKind:
            session.execute(
                update(Step)
                .where(Step.person_id == person_id, Step.kind == kind, Step.plan_id.is_not(None))
                .values(title=STEP_KIND_LABELS[kind], note="", updated_at=now, version=Step.version + 1)
            )
        mine = Step.person_id == person_id
        session.execute(update(Step).where(mine, Step.doer_name != "").values(doer_name=ERASED))
        session.execute(update(Step).where(mine, Step.reason != "").values(reason=ERASED))
        session.execute(
            update(Plan)
            .where(Plan.person_id == person_id)
            .values(person_commitment="", desk_commitment="", updated_at=now, version=Plan.version + 1)
        )
        session.execute(update(Plan).where(Plan.person_id == person_id, Plan.reason != "").values(reason=ERASED))
        session.execute(
            update(PlanVersion)
            .where(PlanVersion.plan_id.in_(own), PlanVersion.erased_at.is_(None))
            .values(content={}, erased_at=now, **dict.fromkeys(VERSION_WORDS, ""))
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(PlanVersion)
            .where(PlanVersion.plan_id.in_(own), PlanVersion.state == VersionState.WAITING)
            .values(state=VersionState.WITHDRAWN)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Plan)
            .where(Plan.person_id == person_id, Plan.state.in_(LIVING_PLAN_STATES))
            .values(state=PlanState.ABANDONED, reason=ERASED, ended_at=now)
        )


PART = lifecycle.Part(room="pathway_plan", merge=merge, export=export, erase=erase)
