"""Indicators: what is counted, and what is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.indicators import Case, Figure, count_motives, figures, hidden, tabulate
from mobility.microcredit.rules.states import Action, State


def case(state: State = State.INSTRUCTION, key: str = "a", cents: int = 100_000, **values: Any) -> Case:
    return Case(key, state, cents, **values)


CASES = [
    case(),
    case(State.REFUSED, sent=True, answer=Action.REFUSE, wait_days=20),
    case(
        State.REPAYING, sent=True, answer=Action.GRANT, wait_days=10, missed=True, due_cents=30_000, paid_cents=10_000
    ),
    case(State.CLOSED, sent=True, answer=Action.GRANT, wait_days=12, due_cents=10_000, paid_cents=20_000),
    case(State.CLOSED, sent=True, answer=Action.GRANT, missed=True, loss_cents=1_001, fund_cents=501, wait_days=40),
]


@pytest.mark.parametrize(
    ("figure", "number"),
    [
        (Figure.OPENED, 5), (Figure.SENT, 4), (Figure.GRANTED, 3), (Figure.REFUSED, 1), (Figure.GRANTED_PERCENT, 75),
        (Figure.DELAY_DAYS, 12), (Figure.AMOUNT, 300_000), (Figure.RUNNING, 1), (Figure.INCIDENT, 2), (Figure.ENDED, 2),
        (Figure.REPAID_PERCENT, 50), (Figure.LOSS, 1_001), (Figure.FUND, 501),
    ],
)  # fmt: skip
def test_each_figure_is_what_it_says(figure: Figure, number: int) -> None:
    assert figures(CASES)[figure] == number


def test_nothing_is_said_of_nothing() -> None:
    found = figures([])
    assert found[Figure.GRANTED_PERCENT] is found[Figure.DELAY_DAYS] is found[Figure.REPAID_PERCENT] is None
    assert found[Figure.OPENED] == 0


@pytest.mark.parametrize(
    ("sizes", "gone"),
    [
        ({"a": 5, "b": 9}, set()),
        ({"a": 4, "b": 9, "c": 7}, {"a", "c"}),
        ({"a": 4, "b": 3, "c": 7}, {"a", "b"}),
        ({"a": 4}, {"a"}),
        ({}, set()),
    ],
)
def test_small_lines_are_hidden_and_never_alone(sizes: dict[str, int], gone: set[str]) -> None:
    assert hidden(sizes, small=5) == gone


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 12), max_size=8), st.integers(1, 8))
def test_no_small_line_can_be_worked_out(sizes: dict[str, int], small: int) -> None:
    table = tabulate([case(key=key) for key, size in sizes.items() for _one in range(size)], small=small)
    shown = {key: line for key, line in table.lines if line is not None}
    assert all((line[Figure.OPENED] or 0) >= small for line in shown.values())
    missing = len(sizes) - len(shown)
    assert missing != 1 or len(sizes) == 1
    if len(sizes) == 1 and missing:
        assert table.total is None


def refused(key: str, *motives: str) -> list[Case]:
    return [case(State.REFUSED, key, sent=True, answer=Action.REFUSE, motive=motive) for motive in motives]


def test_refusals_are_counted_by_motive_in_the_order_of_the_list() -> None:
    cases = [*refused("a", "debts", "budget", "debts", "old"), case(key="a"), case(key="b", answer=Action.GRANT)]
    found = count_motives(cases, order=["budget", "area", "debts"], small=1)
    assert found.codes == ("budget", "area", "debts", "old")
    assert found.lines == (("a", (1, 0, 2, 1)),)
    assert found.total == (1, 0, 2, 1)


def test_few_refusals_are_hidden_and_so_is_a_line_that_the_figures_hide() -> None:
    few = count_motives(refused("a", "budget", "budget"), order=["budget"], small=3)
    assert (few.lines, few.total) == ((("a", None),), None)
    # « a » has few dossiers: the figures hide it with « b », and so do the motives, whose refusals would tell it.
    cases = [*refused("a", "budget"), *refused("b", *["debts"] * 3), *[case(key="c")] * 3, *refused("c", *["area"] * 4)]
    lines = dict(count_motives(cases, order=[], small=3).lines)
    assert (lines["a"], lines["b"], lines["c"]) == (None, None, (4, 0, 0))


_MOTIVES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["budget", "debts", "x"])), max_size=40)


@given(_MOTIVES, st.integers(1, 6))
def test_motives_sum_to_the_refusals_and_no_hidden_line_can_be_worked_out(
    given_: list[tuple[str, str]], small: int
) -> None:
    cases = [one for key, motive in given_ for one in refused(key, motive)]
    found, table = count_motives(cases, order=["budget"], small=small), tabulate(cases, small=small)
    figures_of = dict(table.lines)
    for key, numbers in found.lines:
        line = figures_of[key]
        assert numbers is None or (line is not None and sum(numbers) == line[Figure.REFUSED])
    if found.total is not None:
        assert table.total is not None
        assert sum(found.total) == table.total[Figure.REFUSED]
        assert sum(numbers is None for _key, numbers in found.lines) != 1
