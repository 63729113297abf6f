"""When a server is asked, and when it is left alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mobility.geo.travel.breaker import Breaker, BreakerState


def an_open_breaker(now: float = 100.0) -> Breaker:
    breaker = Breaker(failures=3, open_seconds=30)
    for _ in range(3):
        assert breaker.may_ask(now)
        breaker.failed(now)
    return breaker


def test_it_opens_at_the_third_failure_in_a_row() -> None:
    breaker = Breaker(failures=3, open_seconds=30)
    assert [breaker.failed(1), breaker.failed(2), breaker.succeeded()] == [False, False, False]
    assert [breaker.failed(3), breaker.failed(4), breaker.failed(5)] == [False, False, True]
    assert breaker.state(5) is BreakerState.OPEN
    assert not breaker.may_ask(34.9)


def test_half_open_lets_one_ask() -> None:
    breaker = an_open_breaker()
    assert breaker.state(130) is BreakerState.HALF_OPEN
    assert breaker.may_ask(130)
    assert not breaker.may_ask(130.1)
    assert breaker.succeeded()
    assert breaker.state(130.2) is BreakerState.CLOSED
    assert breaker.may_ask(130.2)
    assert breaker.may_ask(130.2)


def test_one_failure_of_a_half_open_breaker_opens_it_again() -> None:
    breaker = an_open_breaker()
    assert breaker.may_ask(130)
    assert not breaker.failed(132), "it was open already"
    assert breaker.state(161.9) is BreakerState.OPEN
    assert not breaker.may_ask(161.9)
    assert breaker.may_ask(162)


def test_who_asked_and_never_told_is_replaced() -> None:
    breaker = an_open_breaker()
    assert breaker.may_ask(130)
    assert not breaker.may_ask(159.9)
    assert breaker.may_ask(160)


def test_who_gives_up_lets_the_next_one_ask() -> None:
    breaker = an_open_breaker()
    assert breaker.may_ask(130)
    breaker.gave_up()
    assert breaker.state(130) is BreakerState.HALF_OPEN
    assert breaker.may_ask(130)


def test_late_answers_of_those_who_asked_before_it_opened() -> None:
    breaker = an_open_breaker()
    assert breaker.succeeded(), "a server that answers is up, whoever asked"
    assert breaker.state(101) is BreakerState.CLOSED


@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=80))
def test_a_dead_server_is_asked_seldom_and_a_living_one_always(steps: list[tuple[float, bool]]) -> None:
    """After the third failure in a row at most one question in each 30 seconds, until an answer."""
    breaker = Breaker(failures=3, open_seconds=30)
    now, in_a_row, last_failure = 0.0, 0, 0.0
    for waited, well in steps:
        now += waited
        asked = breaker.may_ask(now)
        assert asked == (in_a_row < 3 or now >= last_failure + 30)
        if not asked:
            continue
        if well:
            breaker.succeeded()
            in_a_row = 0
        else:
            breaker.failed(now)
            in_a_row, last_failure = in_a_row + 1, now
