"""The clocks of an exit, what needs a proof, and when somebody is asked what became of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.participation.errors import LeftOnImpossible, ReturnImpossible
from mobility.participation.rules.exits import (
    LATER_BUTTONS,
    NEEDS_PROOF,
    Asking,
    Clock,
    Later,
    Outcome,
    Proof,
    asking,
    check_left_on,
    check_returned_on,
    data_due_on,
    is_positive,
    lacks_proof,
    later_from_on,
    later_until_on,
    parse_outcomes,
)

CLOCK = Clock()
LEFT = date(2026, 3, 31)
DAY = timedelta(days=1)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


@pytest.mark.parametrize("outcome", Outcome)
def test_what_somebody_else_can_certify_needs_a_proof(outcome: Outcome) -> None:
    assert lacks_proof(outcome, None) is (outcome in {Outcome.WORK, Outcome.TRAINING, Outcome.QUALIFICATION})
    assert not lacks_proof(outcome, Proof.STATEMENT)
    assert set(Outcome) > NEEDS_PROOF


def test_the_clocks_of_an_exit() -> None:
    assert data_due_on(LEFT, CLOCK) == date(2026, 4, 28)
    assert later_from_on(LEFT, CLOCK) == date(2026, 9, 30), "the last day of a shorter month"
    assert later_until_on(LEFT, CLOCK) == date(2026, 10, 28)


@pytest.mark.parametrize(
    ("asked_on", "reminded_on", "reachable", "today", "expected"),
    [
        (None, None, True, date(2026, 9, 29), Asking.WAIT),
        (None, None, True, date(2026, 9, 30), Asking.ASK),
        (None, None, False, date(2026, 9, 30), Asking.CALL),
        (date(2026, 9, 30), None, True, date(2026, 10, 6), Asking.WAIT),
        (date(2026, 9, 30), None, True, date(2026, 10, 7), Asking.REMIND),
        (date(2026, 9, 30), None, False, date(2026, 10, 7), Asking.CALL),
        (date(2026, 9, 30), date(2026, 10, 7), True, date(2026, 10, 13), Asking.WAIT),
        (date(2026, 9, 30), date(2026, 10, 7), True, date(2026, 10, 14), Asking.CALL),
        (None, None, True, date(2026, 10, 28), Asking.ASK),
        (None, None, True, date(2026, 10, 29), Asking.OVER),
        (date(2026, 9, 30), date(2026, 10, 7), True, date(2026, 10, 29), Asking.OVER),
    ],
)
def test_one_message_one_reminder_then_a_call(
    asked_on: date | None, reminded_on: date | None, reachable: bool, today: date, expected: Asking
) -> None:
    found = asking(LEFT, asked_on=asked_on, reminded_on=reminded_on, reachable=reachable, today=today, clock=CLOCK)
    assert found is expected


@given(left_on=DAYS, reachable=st.booleans(), answers=st.integers(1, 400))
def test_nobody_gets_more_than_two_messages_and_never_before_their_time(
    left_on: date, reachable: bool, answers: int
) -> None:
    asked_on = reminded_on = None
    sent = 0
    for day in range(answers):
        today = left_on + day * DAY
        found = asking(
            left_on, asked_on=asked_on, reminded_on=reminded_on, reachable=reachable, today=today, clock=CLOCK
        )
        if found in {Asking.ASK, Asking.REMIND}:
            sent += 1
            assert later_from_on(left_on, CLOCK) <= today <= later_until_on(left_on, CLOCK)
        if found is Asking.ASK:
            asked_on = today
        if found is Asking.REMIND:
            reminded_on = today
    assert sent <= (2 if reachable else 0)


def test_an_exit_lies_between_the_file_and_today() -> None:
    check_left_on(LEFT, known_since=LEFT, today=LEFT)
    for left_on in (LEFT - DAY, LEFT + DAY):
        with pytest.raises(LeftOnImpossible):
            check_left_on(left_on, known_since=LEFT, today=LEFT)


def test_a_return_lies_between_the_exit_and_today() -> None:
    check_returned_on(LEFT, left_on=LEFT, today=LEFT)
    for returned_on in (LEFT - DAY, LEFT + DAY):
        with pytest.raises(ReturnImpossible):
            check_returned_on(returned_on, left_on=LEFT, today=LEFT)


def test_what_is_positive_is_a_definition() -> None:
    usual = parse_outcomes("work, training")
    assert is_positive(Outcome.WORK, usual)
    assert not is_positive(Outcome.QUALIFICATION, usual)
    assert is_positive(Outcome.QUALIFICATION, parse_outcomes("qualification"))


@pytest.mark.parametrize("codes", ["", " , ", "work, holidays"])
def test_a_definition_that_cannot_be_read_is_refused(codes: str) -> None:
    with pytest.raises(ValueError):
        parse_outcomes(codes)


def test_every_answer_has_its_button() -> None:
    assert set(LATER_BUTTONS) == set(Later)
