"""Who may touch an objective, a step or a means: whoever may touch its person."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from mobility.core.web.access import Actor, Permission, may_touch, register_row
from mobility.pathway import queries


def _answer(owner: Callable[[int], int | None]) -> Callable[[Actor, Permission, int], bool]:
    def may(actor: Actor, permission: Permission, identity: int) -> bool:
        person_id = owner(identity)
        return person_id is not None and may_touch(actor, permission, "person", person_id)

    return may


def init_app(app: Flask) -> None:
    """Answer for the rows of the pathway."""
    owners = {
        "objective": queries.person_of_objective,
        "step": queries.person_of_step,
        "own_means": queries.person_of_own_means,
    }
    for kind, owner in owners.items():
        register_row(app, kind, _answer(owner), person=owner)
