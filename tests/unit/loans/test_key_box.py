"""The key box: when the borrower may act alone, and when the code is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.loans.rules.key_box import KEY_BOX_LABELS, TELLS_CODE, KeyBoxStage, stage_of, window_opens_at
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanState

START = datetime(2026, 11, 27, 5, tzinfo=UTC)
DUE = START + timedelta(days=3)
OPENS = window_opens_at(START, 30)
MINUTE = timedelta(minutes=1)
BOX, HOURS = HandoverMode.KEY_BOX, HandoverMode.OPENING_HOURS
S, K = LoanState, KeyBoxStage


@pytest.mark.parametrize(
    ("state", "now", "vehicle_is_out", "expected"),
    [
        (S.REQUESTED, START, False, K.SIGN_FIRST),
        (S.APPROVED, START, False, K.SIGN_FIRST),
        (S.CONTRACTED, OPENS - MINUTE, False, K.SOON),
        (S.CONTRACTED, OPENS, False, K.TAKE),
        (S.CONTRACTED, OPENS, True, K.NOT_BACK),
        (S.CONTRACTED, OPENS - MINUTE, True, K.SOON),
        (S.CONTRACTED, DUE - MINUTE, False, K.TAKE),
        (S.CONTRACTED, DUE, False, K.MISSED),
        (S.OUT, START, False, K.BRING_BACK),
        (S.OVERDUE, DUE + timedelta(days=9), False, K.BRING_BACK),
        (S.RETURNED, START, False, None),
        (S.SETTLED, START, False, None),
        (S.CANCELLED, START, False, None),
        (S.REFUSED, START, False, None),
        (S.NO_SHOW, START, False, None),
    ],
)
def test_the_stage_follows_the_loan_and_the_hour(
    state: LoanState, now: datetime, vehicle_is_out: bool, expected: KeyBoxStage | None
) -> None:
    def ask(handover: HandoverMode, *, desk_has_box: bool) -> KeyBoxStage | None:
        return stage_of(
            handover=handover,
            desk_has_box=desk_has_box,
            state=state,
            opens_at=OPENS,
            due_at=DUE,
            now=now,
            vehicle_is_out=vehicle_is_out,
        )

    assert ask(BOX, desk_has_box=True) is expected
    assert ask(HOURS, desk_has_box=True) is None
    assert ask(BOX, desk_has_box=False) is None


@given(
    state=st.sampled_from(LoanState),
    handover=st.sampled_from(HandoverMode),
    desk_has_box=st.booleans(),
    vehicle_is_out=st.booleans(),
    minutes=st.integers(-10, 1500),
    shift=st.integers(-3000, 9000),
)
def test_the_code_is_told_only_under_contract_from_the_window_on(
    state: LoanState,
    handover: HandoverMode,
    desk_has_box: bool,
    vehicle_is_out: bool,
    minutes: int,
    shift: int,
) -> None:
    now, opens_at = START + shift * MINUTE, window_opens_at(START, minutes)
    stage = stage_of(
        handover=handover,
        desk_has_box=desk_has_box,
        state=state,
        opens_at=opens_at,
        due_at=DUE,
        now=now,
        vehicle_is_out=vehicle_is_out,
    )
    assert opens_at <= START
    if stage in TELLS_CODE:
        assert handover is BOX
        assert desk_has_box
        assert state in {S.CONTRACTED, S.OUT, S.OVERDUE}
        assert state is not S.CONTRACTED or (opens_at <= now < DUE and not vehicle_is_out)
    assert stage is None or KEY_BOX_LABELS[stage]
