"""The states of steps and objectives."""

from __future__ import annotations

from itertools import product

import pytest

from mobility.core.errors import ForbiddenTransition
from mobility.pathway import rules
from mobility.pathway.rules import OBJECTIVE_MOVES, ObjectiveAction, ObjectiveState, StepState, check_step_move

ALLOWED = {
    ("proposed", "agreed"),
    ("proposed", "active"),
    ("proposed", "done"),
    ("proposed", "dropped"),
    ("agreed", "active"),
    ("agreed", "done"),
    ("agreed", "suspended"),
    ("agreed", "dropped"),
    ("active", "done"),
    ("active", "suspended"),
    ("active", "dropped"),
    ("suspended", "agreed"),
    ("suspended", "active"),
    ("suspended", "done"),
    ("suspended", "dropped"),
    ("done", "active"),
    ("dropped", "agreed"),
}


@pytest.mark.parametrize(("origin", "target"), list(product(StepState, StepState)))
def test_a_step_moves_only_along_its_table(origin: StepState, target: StepState) -> None:
    if origin is target or (origin.value, target.value) in ALLOWED:
        check_step_move(origin, target)
    else:
        with pytest.raises(ForbiddenTransition):
            check_step_move(origin, target)


@pytest.mark.parametrize(("state", "action"), list(product(ObjectiveState, ObjectiveAction)))
def test_an_objective_moves_only_along_its_table(state: ObjectiveState, action: ObjectiveAction) -> None:
    expected = {
        ("open", "reach"): ObjectiveState.REACHED,
        ("open", "drop"): ObjectiveState.DROPPED,
        ("reached", "reopen"): ObjectiveState.OPEN,
        ("dropped", "reopen"): ObjectiveState.OPEN,
    }.get((state.value, action.value))
    if expected is None:
        with pytest.raises(ForbiddenTransition):
            OBJECTIVE_MOVES.after(state, action)
    else:
        assert OBJECTIVE_MOVES.after(state, action) is expected


@pytest.mark.parametrize(
    ("enum", "labels"),
    [
        (rules.ObjectiveKind, rules.OBJECTIVE_KIND_LABELS),
        (rules.ObjectiveKind, rules.OBJECTIVE_KIND_ICONS),
        (rules.ObjectiveState, rules.OBJECTIVE_STATE_LABELS),
        (rules.StepState, rules.STEP_STATE_LABELS),
        (rules.MeansKind, rules.MEANS_LABELS),
        (rules.MeansKind, rules.MEANS_ICONS),
        (rules.Direction, rules.DIRECTION_LABELS),
        (rules.RosterKind, rules.ROSTER_KIND_LABELS),
    ],
)
def test_every_value_has_its_french_label(enum: type, labels: dict[object, str]) -> None:
    assert set(labels) == set(enum)
    assert all(labels.values())
