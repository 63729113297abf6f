"""A person with a plan, and the acts that its tests repeat. Call inside ``app``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mobility.pathway.models import Plan, Step
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.terms import Doer, Manner, Party, StepKind, VersionState
from mobility.pathway.services import plan_steps, plans, signing
from mobility.pathway.services.signing import Mark
from tests.factories.pathway import NOW, a_person, a_user, an_objective


@dataclass
class PlanScene:
    """Ids of the person, the adviser, the objective and the plan."""

    person_id: int
    adviser_id: int
    objective_id: int
    plan_id: int

    @property
    def plan(self) -> Plan:
        return plan_queries.get_plan(self.plan_id)

    def step(self, title: str = "Demander le relevé de points", **values: Any) -> int:
        facts: dict[str, Any] = {
            "kind": StepKind.TASK,
            "doer": Doer.PERSON,
            "objective_id": self.objective_id,
            "actor_id": self.adviser_id,
            "now": NOW,
        }
        return plan_steps.add_step(plan_id=self.plan_id, title=title, **{**facts, **values})

    def of(self, step_id: int) -> Step:
        return plan_queries.get_step_of_plan(step_id)[0]

    def lay(self) -> int:
        return signing.lay_before(plan_id=self.plan_id, actor_id=self.adviser_id, now=NOW)

    def sign(self, version_id: int, party: Party = Party.PERSON, **values: Any) -> VersionState:
        facts: dict[str, Any] = {"manner": Manner.DESK, "name": "Nadia Benali", "ink": "", "agreed": True, **values}
        return signing.sign(version_id=version_id, mark=Mark(party, **facts), actor_id=self.adviser_id, now=NOW)

    def sign_both(self) -> int:
        version_id = self.lay()
        self.sign(version_id)
        assert self.sign(version_id, Party.ADVISER, name="Camille Durand") is VersionState.SIGNED
        return version_id


def a_plan() -> PlanScene:
    """Make a person with an adviser, an objective and an empty plan."""
    adviser_id = a_user()
    person_id = a_person(referent_user_id=adviser_id)
    objective_id = an_objective(person_id)
    plan_id = plans.open_plan(person_id=person_id, actor_id=adviser_id, now=NOW)
    return PlanScene(person_id, adviser_id, objective_id, plan_id)
