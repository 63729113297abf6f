"""What is asked of the aids for one person and one objective, and what comes of it. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mobility.core.clock import day_of, in_paris
from mobility.core.db import load
from mobility.diagnosis.barriers import Findings
from mobility.diagnosis.queries import find_findings
from mobility.pathway import parameters, queries
from mobility.pathway.aid import plan_options_of
from mobility.pathway.models import Objective
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.plan.rules.planning import Proposals, propose
from mobility.pathway.plan.rules.settings import PlanSettings
from mobility.people.models import Person

LOOKED_AT = timedelta(days=28)


@dataclass(frozen=True)
class Made:
    """The findings, what was asked, every option of the aids, and the proposals; no findings: nothing asked."""

    findings: Findings | None
    request: Request | None
    options: tuple[Option, ...]
    proposals: Proposals | None

    def chosen(self, keys: Collection[str]) -> list[Option]:
        """Return the options with these keys."""
        return [option for option in self.options if option.key in keys]


def make(*, person_id: int, objective: Objective | None, now: datetime) -> Made:
    """Return what can be proposed; a constant number of queries for each aid."""
    findings = find_findings(person_id=person_id)
    if findings is None:
        return Made(None, None, (), None)
    settings = parameters.plan_settings(on=day_of(now), desk_id=load(Person, person_id).desk_id)
    request = Request(
        today=day_of(now),
        needs=findings.barriers,
        limits=findings.limits,
        starts_on=None if objective is None else objective.starts_on,
        ends_on=None if objective is None else objective.ends_on,
        at_night=objective is not None and goes_at_night(objective.id, settings=settings, now=now),
        settings=settings,
    )
    objective_id = None if objective is None else objective.id
    options = plan_options_of(person_id=person_id, objective_id=objective_id, request=request, now=now)
    return Made(findings, request, tuple(options), propose(request, options))


def goes_at_night(objective_id: int, *, settings: PlanSettings, now: datetime) -> bool:
    """Tell whether a journey of the objective's first weeks is made in the night (three queries)."""
    objective = queries.get_objective(objective_id)
    first = max(objective.starts_on, day_of(now))
    legs = queries.objective_legs(objective, from_on=first, until_on=first + LOOKED_AT)
    return any(leg.certain and settings.is_night(in_paris(leg.at).hour) for leg in legs)
