"""A person's life on the pathway: rows follow a merge, are exported, and lose their words in an erasure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.core.db import transaction
from mobility.pathway import patterns, queries
from mobility.pathway.models import Objective, OwnMeans, Step
from mobility.pathway.rules import (
    MEANS_LABELS,
    OBJECTIVE_KIND_LABELS,
    OBJECTIVE_STATE_LABELS,
    STEP_STATE_LABELS,
    ObjectiveKind,
)
from mobility.people import lifecycle


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Move objectives and steps to the kept file; whoever edits one of them meanwhile is told."""
    with transaction() as session:
        session.execute(
            update(Objective)
            .where(Objective.person_id == merged_id)
            .values(person_id=kept_id, updated_at=now, version=Objective.version + 1)
        )
        session.execute(
            update(Step)
            .where(Step.person_id == merged_id)
            .values(person_id=kept_id, updated_at=now, version=Step.version + 1)
        )


def export(*, person_id: int) -> Iterable[lifecycle.Export]:
    """Give objectives with their hours, own means, and steps."""
    objectives = queries.list_objectives(person_id)
    yield lifecycle.Export(
        title="Objectifs",
        columns={
            "kind": "Type",
            "title": "Objectif",
            "employer": "Employeur ou organisme",
            "place": "Lieu",
            "starts_on": "Début",
            "ends_on": "Fin",
            "state": "Situation",
            "hours": "Horaires",
        },
        rows=[
            {
                "kind": OBJECTIVE_KIND_LABELS[row.kind],
                "title": row.title,
                "employer": row.employer_name,
                "place": " ".join(filter(None, (row.street, row.postcode, row.city))),
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "state": OBJECTIVE_STATE_LABELS[row.state],
                "hours": " | ".join(patterns.say(queries.plan_of(roster).pattern) for roster in row.rosters),
            }
            for row in objectives
        ],
    )
    yield lifecycle.Export(
        title="Moyens de transport personnels",
        columns={"kind": "Moyen", "days": "Jours", "starts_on": "Début", "ends_on": "Fin", "note": "Remarque"},
        rows=[
            {
                "kind": MEANS_LABELS[means.kind],
                "days": patterns.say_days(sorted(means.weekdays)),
                "starts_on": means.starts_on,
                "ends_on": means.ends_on,
                "note": means.note,
            }
            for row in objectives
            for means in row.own_means
        ],
    )
    yield lifecycle.Export(
        title="Aides du parcours",
        columns={
            "title": "Aide",
            "state": "Situation",
            "starts_at": "Début",
            "ends_at": "Fin",
            "cost_cents": "Coût (centimes)",
        },
        rows=[
            {
                "title": step.title,
                "state": STEP_STATE_LABELS[step.state],
                "starts_at": step.starts_at,
                "ends_at": step.ends_at,
                "cost_cents": step.cost_cents,
            }
            for step in queries.list_steps(person_id)
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Take away every word and place; kinds, dates, states, costs and coverage stay for the counts."""
    with transaction() as session:
        for kind in ObjectiveKind:
            session.execute(
                update(Objective)
                .where(Objective.person_id == person_id, Objective.kind == kind)
                .values(
                    title=OBJECTIVE_KIND_LABELS[kind],
                    employer_id=None,
                    employer_name="",
                    street="",
                    postcode="",
                    city="",
                    insee_code=None,
                    latitude=None,
                    longitude=None,
                    position_precision=None,
                    updated_at=now,
                    version=Objective.version + 1,
                )
            )
        own = select(Objective.id).where(Objective.person_id == person_id)
        session.execute(
            update(OwnMeans)
            .where(OwnMeans.objective_id.in_(own))
            .values(note="")
            .execution_options(synchronize_session=False)
        )


PART = lifecycle.Part(room="pathway", merge=merge, export=export, erase=erase)
