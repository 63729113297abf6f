"""Transition tables: nothing moves beside the table."""

from __future__ import annotations

from enum import StrEnum

import pytest

from mobility.core.errors import ForbiddenTransition
from mobility.core.state import TransitionTable


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    WALLED = "walled"


class Act(StrEnum):
    PUSH = "push"
    PULL = "pull"
    WALL = "wall"


TABLE = TransitionTable(
    {(Door.OPEN, Act.PUSH): Door.SHUT, (Door.SHUT, Act.PULL): Door.OPEN, (Door.SHUT, Act.WALL): Door.WALLED}
)


def test_the_table_gives_the_next_state() -> None:
    assert TABLE.after(Door.SHUT, Act.WALL) is Door.WALLED


@pytest.mark.parametrize(("state", "action"), [(s, a) for s in Door for a in Act if not TABLE.allows(s, a)])
def test_every_other_pair_is_refused_by_name(state: Door, action: Act) -> None:
    with pytest.raises(ForbiddenTransition) as refused:
        TABLE.after(state, action)
    assert refused.value.error_code == f"cannot_{action.value}_when_{state.value}"


def test_the_actions_and_final_states_are_told() -> None:
    assert TABLE.actions_from(Door.SHUT) == (Act.PULL, Act.WALL)
    assert TABLE.final_states(Door) == {Door.WALLED}
