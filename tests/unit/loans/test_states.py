"""The life of a loan: what may follow what, and nothing else."""

from __future__ import annotations

import pytest

from mobility.core.errors import ForbiddenTransition
from mobility.loans.rules.states import (
    ACTION_LABELS,
    AWAITED,
    EXTENSION_LABELS,
    EXTENSIONS,
    HOLDING,
    LOANS,
    ON_THE_ROAD,
    STATE_LABELS,
    ExtensionAction,
    ExtensionState,
    LoanAction,
    LoanState,
)

S, A = LoanState, LoanAction
MOVES = {
    (S.REQUESTED, A.APPROVE): S.APPROVED,
    (S.REQUESTED, A.REFUSE): S.REFUSED,
    (S.REQUESTED, A.EXTEND): S.REQUESTED,
    (S.REQUESTED, A.RESCHEDULE): S.REQUESTED,
    (S.REQUESTED, A.SWAP): S.REQUESTED,
    (S.REQUESTED, A.CANCEL): S.CANCELLED,
    (S.APPROVED, A.CONTRACT): S.CONTRACTED,
    (S.APPROVED, A.EXTEND): S.APPROVED,
    (S.APPROVED, A.RESCHEDULE): S.APPROVED,
    (S.APPROVED, A.SWAP): S.APPROVED,
    (S.APPROVED, A.NO_SHOW): S.NO_SHOW,
    (S.APPROVED, A.CANCEL): S.CANCELLED,
    (S.CONTRACTED, A.DEPART): S.OUT,
    (S.CONTRACTED, A.EXTEND): S.CONTRACTED,
    (S.CONTRACTED, A.RESCHEDULE): S.CONTRACTED,
    (S.CONTRACTED, A.SWAP): S.CONTRACTED,
    (S.CONTRACTED, A.NO_SHOW): S.NO_SHOW,
    (S.CONTRACTED, A.CANCEL): S.CANCELLED,
    (S.OUT, A.RETURN): S.RETURNED,
    (S.OUT, A.EXTEND): S.OUT,
    (S.OUT, A.RESCHEDULE): S.OUT,
    (S.OUT, A.MARK_OVERDUE): S.OVERDUE,
    (S.OVERDUE, A.RETURN): S.RETURNED,
    (S.OVERDUE, A.EXTEND): S.OUT,
    (S.RETURNED, A.SETTLE): S.SETTLED,
}


@pytest.mark.parametrize("action", LoanAction)
@pytest.mark.parametrize("state", LoanState)
def test_a_loan_moves_along_its_table_and_nowhere_else(state: LoanState, action: LoanAction) -> None:
    if (state, action) in MOVES:
        assert LOANS.after(state, action) is MOVES[state, action]
    else:
        with pytest.raises(ForbiddenTransition):
            LOANS.after(state, action)


def test_four_states_are_final() -> None:
    assert LOANS.final_states(LoanState) == {S.REFUSED, S.SETTLED, S.CANCELLED, S.NO_SHOW}


def test_overdue_is_entered_by_the_closing_of_the_day_alone() -> None:
    assert {action for (_, action), target in MOVES.items() if target is S.OVERDUE} == {A.MARK_OVERDUE}


def test_an_extension_clears_overdue() -> None:
    assert LOANS.after(S.OVERDUE, A.EXTEND) is S.OUT


def test_the_states_that_hold_a_vehicle_are_those_before_its_return() -> None:
    assert HOLDING == AWAITED | ON_THE_ROAD
    assert not HOLDING & LOANS.final_states(LoanState)


@pytest.mark.parametrize("action", ExtensionAction)
@pytest.mark.parametrize("state", ExtensionState)
def test_an_extension_request_is_decided_once(state: ExtensionState, action: ExtensionAction) -> None:
    if state is ExtensionState.PENDING:
        assert EXTENSIONS.after(state, action) is not ExtensionState.PENDING
    else:
        with pytest.raises(ForbiddenTransition):
            EXTENSIONS.after(state, action)


def test_every_state_and_action_has_its_french_word() -> None:
    assert set(STATE_LABELS) == set(LoanState)
    assert set(ACTION_LABELS) == set(LoanAction)
    assert set(EXTENSION_LABELS) == set(ExtensionState)
