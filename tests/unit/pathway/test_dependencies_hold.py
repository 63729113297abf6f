"""A plan never has a cycle: whatever links are tried, those that are let through leave an order."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.plan.rules.dependencies import closes_a_cycle, dates_from, order, waits_for

STEPS = range(8)
LINKS = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(STEPS)), max_size=40)


def laid(links: list[tuple[int, int]]) -> dict[int, list[int]]:
    """Write the links one after the other, as the service does: what would close a cycle is refused."""
    needs: dict[int, list[int]] = {step: [] for step in STEPS}
    for step, need in links:
        if need not in needs[step] and not closes_a_cycle(step, [*needs[step], need], needs):
            needs[step].append(need)
    return needs


@given(LINKS)
def test_whatever_is_tried_the_plan_has_an_order(links: list[tuple[int, int]]) -> None:
    needs = laid(links)
    ordered = order(STEPS, needs)
    assert ordered is not None
    assert sorted(ordered) == list(STEPS)
    assert all(ordered.index(need) < ordered.index(step) for step in STEPS for need in needs[step])


@given(LINKS, st.tuples(st.sampled_from(STEPS), st.sampled_from(STEPS)))
def test_a_link_is_refused_exactly_where_it_would_leave_no_order(
    links: list[tuple[int, int]], tried: tuple[int, int]
) -> None:
    needs = laid(links)
    step, need = tried
    wanted = {**needs, step: [*needs[step], need]}
    assert closes_a_cycle(step, wanted[step], needs) == (order(STEPS, wanted) is None)


@given(LINKS, st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), min_size=8, max_size=8))
def test_no_step_begins_before_what_it_waits_for_is_over(
    links: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    needs = laid(links)
    found = dates_from(date(2026, 12, 1), [(step, *spans[step]) for step in STEPS], needs)
    for step in STEPS:
        first, last = found[step]
        assert date(2026, 12, 1) <= first <= last
        assert all(found[need][1] <= first for need in needs[step])


@given(LINKS, st.sets(st.sampled_from(STEPS)))
def test_what_is_settled_is_no_longer_waited_for(links: list[tuple[int, int]], settled: set[int]) -> None:
    needs = laid(links)
    for step in STEPS:
        assert set(waits_for(step, needs, settled)) == set(needs[step]) - settled
