"""Who may touch an objective, a step or a means: whoever may touch its person."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from mobility.core.web.access import ALL_DESKS, Actor, Permission, may_touch, register_row
from mobility.pathway import queries
from mobility.pathway.plan import queries as plan_queries


def _answer(owner: Callable[[int], int | None]) -> Callable[[Actor, Permission, int], bool]:
    def may(actor: Actor, permission: Permission, identity: int) -> bool:
        person_id = owner(identity)
        return person_id is not None and may_touch(actor, permission, "person", person_id)

    return may


def may_touch_template(actor: Actor, permission: Permission, template_id: int) -> bool:
    """Answer for rows of kind « plan_template »: those of all desks need a grant that covers all. Raises NotFound."""
    if not actor.permits(permission):
        return False
    desk_id, desks = plan_queries.desk_of_template(template_id), actor.desk_ids(permission)
    return desks is ALL_DESKS if desk_id is None else desk_id in desks


def init_app(app: Flask) -> None:
    """Answer for the rows of the pathway."""
    owners = {
        "objective": queries.person_of_objective,
        "step": queries.person_of_step,
        "own_means": queries.person_of_own_means,
        "plan": plan_queries.person_of_plan,
        "plan_version": plan_queries.person_of_version,
    }
    for kind, owner in owners.items():
        register_row(app, kind, _answer(owner), person=owner)
    register_row(app, "plan_template", may_touch_template)
