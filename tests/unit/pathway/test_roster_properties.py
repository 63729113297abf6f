"""Rosters, whatever they are: properties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from mobility.pathway import patterns
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.roster import Cycle, Dates, DayHours, Hours, Pattern, Plan, Unknown, Weekly, fit_in, legs, shifts
from mobility.pathway.roster import hours_on as hours_of

DAYS = st.dates(date(2025, 1, 1), date(2030, 12, 31))
QUARTERS = st.integers(0, 95)


@st.composite
def day_hours(draw: st.DrawFn) -> DayHours:
    """Zero to three shifts of a day that end before midnight, or one night until 5 at the latest."""
    if draw(st.booleans()):
        edges = sorted(draw(st.sets(st.integers(20, 95), min_size=0, max_size=6)))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        return tuple(Hours(_quarter(a), _quarter(b)) for a, b in pairs)
    return (Hours(_quarter(draw(st.integers(72, 95))), _quarter(draw(st.integers(0, 20)))),)


def _quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)


@st.composite
def any_pattern(draw: st.DrawFn) -> Pattern:
    kind = draw(st.sampled_from(["weekly", "cycle", "dates", "unknown"]))
    if kind == "unknown":
        return Unknown(draw(st.integers(1, 60)))
    if kind == "weekly":
        days = tuple(draw(st.lists(day_hours(), min_size=7, max_size=7)))
        assume(any(days))
        return Weekly(days, draw(st.booleans()))
    if kind == "dates":
        listed = draw(st.dictionaries(DAYS, day_hours().filter(bool), min_size=1, max_size=12))
        return Dates(listed)
    sequence = draw(st.text("MANJR", min_size=2, max_size=30))
    assume(set(sequence) != {"R"})
    teams = {letter: draw(day_hours().filter(bool)) for letter in sorted(set(sequence) - {"R"})}
    return Cycle(draw(DAYS), sequence, teams, draw(st.booleans()))


@given(any_pattern(), DAYS, st.integers(0, 60), st.sets(DAYS, max_size=5))
def test_shifts_lie_in_the_range_in_order_and_never_overlap(
    pattern: Pattern, first: date, length: int, holidays: set[date]
) -> None:
    last = first + timedelta(days=length)
    found = shifts(pattern, first, last, holidays=holidays)
    assert all(first <= shift.shift_on <= last for shift in found)
    assert all(shift.starts_at < shift.ends_at for shift in found)
    assert found == sorted(found)
    assert all(later.starts_at >= earlier.ends_at for earlier, later in pairwise(found))


@given(any_pattern(), DAYS, st.integers(0, 40))
def test_legs_are_unique_paired_and_in_range(pattern: Pattern, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = legs([Plan(pattern, first)], objective_id=1, from_on=first, until_on=last)
    keys = [leg.key for leg in found]
    assert len(keys) == len(set(keys))
    assert all(first <= key.shift_on <= last for key in keys)
    by_day: dict[date, list[str]] = {}
    for key in keys:
        by_day.setdefault(key.shift_on, []).append(key.direction.value)
    assert all(sorted(directions) == ["back", "there"] for directions in by_day.values())
    if isinstance(pattern, Unknown):
        assert len(keys) == 2 * (length + 1)


@given(any_pattern().filter(lambda p: isinstance(p, Cycle)), DAYS, st.integers(1, 4))
def test_every_turn_of_a_cycle_counts_the_same_shifts(pattern: Pattern, first: date, turns: int) -> None:
    assert isinstance(pattern, Cycle)
    length = len(pattern.sequence) * turns
    found = shifts(pattern, first, first + timedelta(days=length - 1))
    assert len(found) == turns * sum(len(hours) for hours in pattern.days)


@given(any_pattern(), DAYS, st.integers(0, 30), st.integers(0, 30))
def test_a_range_is_the_sum_of_its_parts(pattern: Pattern, first: date, one: int, two: int) -> None:
    middle = first + timedelta(days=one)
    last = middle + timedelta(days=1 + two)
    whole = shifts(pattern, first, last)
    assert whole == shifts(pattern, first, middle) + shifts(pattern, middle + timedelta(days=1), last)


@given(any_pattern())
def test_a_pattern_is_read_back_as_it_was_written(pattern: Pattern) -> None:
    again = patterns.from_json(patterns.to_json(pattern))
    assert patterns.to_json(again) == patterns.to_json(pattern)
    first = date(2026, 1, 1)
    assert shifts(again, first, date(2026, 3, 1)) == shifts(pattern, first, date(2026, 3, 1))
    assert patterns.say(again)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _answer(act: Callable[[], str]) -> str:
    """What the act says, or why it refuses; any other error goes through."""
    try:
        return act()
    except RosterInvalid as refusal:
        return refusal.message


@given(
    st.sampled_from(["weekly", "cycle", "dates", "unknown", "x"]),
    st.dictionaries(
        st.sampled_from(["days", "dates", "teams", "sequence", "starts_on", "holidays_off", "valid_days", "version"]),
        _JSON,
    ),
)
def test_any_json_is_read_or_refused_in_french(kind: str, body: dict[str, object]) -> None:
    answer = _answer(lambda: patterns.say(patterns.from_json({"version": 1, "kind": kind, **body})))
    assert answer


@given(st.text(max_size=300))
def test_any_typed_text_is_read_or_refused_in_french(text: str) -> None:
    for read in (patterns.parse_hours, patterns.parse_dates, patterns.parse_clock):
        assert _answer(lambda read=read: repr(read(text)))


@given(
    st.lists(st.tuples(DAYS, st.integers(0, 200)), max_size=4),
    DAYS,
    st.none() | st.integers(0, 120),
    st.lists(DAYS, min_size=1, max_size=8),
)
def test_the_new_plan_rules_its_period_and_the_others_the_rest(
    spans: list[tuple[date, int]], first: date, length: int | None, probes: list[date]
) -> None:
    existing: list[Plan] = []
    for number, (start, days) in enumerate(spans):
        marked = Dates({date(2025, 1, 1) + timedelta(days=number): (Hours(time(8), time(9)),)})
        existing = fit_in(existing, Plan(marked, start, start + timedelta(days=days)))
    new = Plan(Unknown(), first, None if length is None else first + timedelta(days=length))
    fitted = fit_in(existing, new)
    for day in probes:
        ruling = [p for p in fitted if p.valid_from_on <= day and (p.valid_until_on is None or day <= p.valid_until_on)]
        before = [
            p for p in existing if p.valid_from_on <= day and (p.valid_until_on is None or day <= p.valid_until_on)
        ]
        in_new = first <= day and (new.valid_until_on is None or day <= new.valid_until_on)
        replaced = new.valid_until_on is None and day >= first
        expected = [new.pattern] if in_new or replaced else [p.pattern for p in before]
        assert [p.pattern for p in ruling] == expected
    assert all(p.valid_until_on is None or p.valid_from_on <= p.valid_until_on for p in fitted)
    assert len({p.valid_from_on for p in fitted}) == len(fitted)


@given(any_pattern(), DAYS)
def test_shifts_of_a_day_are_the_hours_of_that_day(pattern: Pattern, day: date) -> None:
    assert len(shifts(pattern, day, day)) == len(hours_of(pattern, day))
