"""A proposal taken into the plan: its aids become steps, in the order in which they begin."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from mobility.core.clock import day_of
from mobility.core.db import load, transaction
from mobility.pathway.errors import ProposalGone, StepOfAnother
from mobility.pathway.models import Objective
from mobility.pathway.plan import proposals as plan_proposals
from mobility.pathway.plan.rules.lines import NOTE_MAX, TITLE_MAX, StepLine
from mobility.pathway.plan.rules.planning import ProposedPlan
from mobility.pathway.plan.rules.terms import StepKind
from mobility.pathway.services.plan_steps import add_lines
from mobility.pathway.services.plans import find_living, open_plan


def take_proposal(
    *, person_id: int, objective_id: int | None, keys: Collection[str], actor_id: int | None, now: datetime
) -> int:
    """Add the aids of a proposal to the person's plan, begun if there is none; return the plan's id.

    The proposals are made anew at this moment: one that no longer holds is not taken.
    Raises ProposalGone, StepOfAnother, PlanEnded, NotFound.
    """
    with transaction() as session:
        objective = None if objective_id is None else load(Objective, objective_id)
        if objective is not None and objective.person_id != person_id:
            raise StepOfAnother
        made = plan_proposals.make(person_id=person_id, objective=objective, now=now)
        proposal = _proposal(made, keys)
        living = find_living(session, person_id)
        plan_id = (
            living.id
            if living is not None
            else open_plan(
                person_id=person_id,
                actor_id=actor_id,
                now=now,
                profile=proposal.profiles[0].value if proposal.profiles else "",
            )
        )
        today = day_of(now)
        lines = [
            StepLine(
                key=option.key,
                kind=StepKind.AID,
                title=option.label[:TITLE_MAX],
                aid_kind=option.aid_kind,
                option_key=option.option_key,
                note=because[:NOTE_MAX],
                after=tuple(sorted(option.needs)),
                offset_days=0 if option.needs else max((option.ready_on - today).days, 0),
                days=option.days,
                cost_cents=option.person_cents,
            )
            for option, because in zip(proposal.options, proposal.because, strict=True)
        ]
        add_lines(plan_id=plan_id, lines=lines, starts_on=today, objective_id=objective_id, actor_id=actor_id, now=now)
        return plan_id


def _proposal(made: plan_proposals.Made, keys: Collection[str]) -> ProposedPlan:
    if made.proposals is None:
        raise ProposalGone
    wanted = set(keys)
    offered = [*made.proposals.plans, *([made.proposals.later] if made.proposals.later else [])]
    found = next((plan for plan in offered if {option.key for option in plan.options} == wanted), None)
    if found is None:
        raise ProposalGone
    return found
