"""Who takes over the appointments of an adviser who is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda.slots import Span
from mobility.caseload.covering import Colleague, Held, free_colleagues, is_free, suggest

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
BEN, CHLOE = 2, 3


def span(first: int, last: int) -> Span:
    return Span(NINE + timedelta(minutes=first), NINE + timedelta(minutes=last))


def held(number: int, first: int = 0, last: int = 60, desk_id: int = 1, allowed: frozenset[int] | None = None) -> Held:
    times = span(first, last)
    return Held(number, desk_id, times.starts_at, times.ends_at, allowed=allowed)


def colleague(user_id: int, *busy: Span, receives: tuple[Span, ...] = ()) -> Colleague:
    return Colleague(user_id, frozenset({1}), busy, receives)


def test_whoever_is_taken_at_another_desk_or_may_not_know_is_not_free() -> None:
    assert is_free(colleague(BEN), held(1))
    assert not is_free(colleague(BEN, span(30, 45)), held(1))
    assert is_free(colleague(BEN, span(60, 90), span(-30, 0)), held(1))  # one after the other is fine
    assert not is_free(colleague(BEN), held(1, desk_id=2))
    assert not is_free(colleague(BEN), held(1, allowed=frozenset({CHLOE})))


def test_whoever_receives_then_comes_first() -> None:
    found = free_colleagues(held(1), [colleague(BEN), colleague(CHLOE, receives=(span(0, 180),))])
    assert [one.user_id for one in found] == [CHLOE, BEN]


def test_appointments_are_shared_and_nobody_is_given_two_at_a_time() -> None:
    team = [colleague(BEN), colleague(CHLOE)]
    assert suggest([held(1), held(2, 30, 90), held(3, 60, 120), held(4, 70, 80)], team) == {
        1: BEN,
        2: CHLOE,
        3: BEN,
        4: None,
    }
    assert suggest([held(1)], []) == {1: None}


minutes = st.integers(0, 40).map(lambda number: number * 15)
spans = st.builds(lambda first, length: span(first, first + 15 * length), minutes, st.integers(1, 8))
teams = st.lists(
    st.builds(lambda number, busy: colleague(number, *busy), st.integers(1, 5), st.lists(spans, max_size=4)),
    max_size=5,
    unique_by=lambda one: one.user_id,
)
days = st.lists(st.tuples(minutes, st.integers(1, 6)), max_size=8).map(
    lambda pairs: [held(number, first, first + 15 * length) for number, (first, length) in enumerate(pairs)]
)


@given(days, teams)
def test_nothing_suggested_ever_meets_something_else(day: list[Held], team: list[Colleague]) -> None:
    found = suggest(day, team)
    busy = {one.user_id: list(one.busy) for one in team}
    for one in day:
        user_id = found[one.id]
        if user_id is not None:
            assert not any(
                taken.starts_at < one.blocked_until_at and taken.ends_at > one.starts_at for taken in busy[user_id]
            )
            busy[user_id].append(Span(one.starts_at, one.blocked_until_at))


@given(days, teams)
def test_nobody_is_left_out_who_could_be_taken_by_somebody_quite_free(day: list[Held], team: list[Colleague]) -> None:
    idle = Colleague(99, frozenset({1}))
    if len(day) == 1:
        assert suggest(day, [*team, idle])[day[0].id] is not None
