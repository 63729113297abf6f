"""Runs of days that nobody carries: told once, before they begin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import PARIS
from mobility.pathway.coverage import Carrier, CoverageDay, DayLeg, state_of
from mobility.pathway.gaps import GapRun, announce, next_run, team_of
from mobility.pathway.rules import Direction

FIRST = date(2026, 11, 16)  # a Monday
BUS = (Carrier("Bus", "bus-front"),)


def day(number: int, letter: str) -> CoverageDay:
    """One day by a letter: c carried, g nobody, t nothing there, b nothing back, . no work, u not known."""
    on = FIRST + timedelta(days=number)
    there, back = (
        datetime(on.year, on.month, on.day, 7, tzinfo=UTC),
        datetime(on.year, on.month, on.day, 16, tzinfo=UTC),
    )
    legs = ()
    if letter != ".":
        legs = (
            DayLeg(Direction.THERE, there, letter != "u", BUS if letter in "cb" else ()),
            DayLeg(Direction.BACK, back, letter != "u", BUS if letter in "ct" else ()),
        )
    return CoverageDay(on, state_of(legs), "", legs)


def days(letters: str) -> list[CoverageDay]:
    return [day(number, letter) for number, letter in enumerate(letters)]


def at(number: int, hour: int = 6) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, tzinfo=UTC) + timedelta(days=number)


@pytest.mark.parametrize(
    ("letters", "now", "starts", "length"),
    [
        ("ccccc..ccccc", at(0), None, 0),
        ("ccggg..ggc", at(0), 2, 5),  # the weekend does not end a run, Wednesday does
        ("ccggg..ggc", at(2), 2, 5),
        ("ccggg..ggc", at(2, 12), 2, 5),  # the way back is still ahead: the same run
        ("ccggg..ggc", at(2, 17), None, 0),  # it has begun
        ("ccggg..ggc", at(3), None, 0),
        ("ccggg..cgg", at(3), 8, 2),  # the next one has not
        ("ggggg", at(0), 0, 5),  # the work begins without a solution
        ("ggggg", at(1), None, 0),
        ("cctcc", at(0), 2, 1),
        ("ccbcc", at(2, 12), 2, 1),
        ("cctcc", at(2, 12), None, 0),  # only the way there was missing, and it is over
        ("ccuugg", at(0), 4, 2),  # days that are not known are no gap, and end none
        ("ggu.gc", at(1), None, 0),
        ("", at(0), None, 0),
    ],
)
def test_a_run_is_found_before_it_begins(letters: str, now: datetime, starts: int | None, length: int) -> None:
    run = next_run(days(letters), now=now)
    found = (None, 0) if run is None else ((run.starts_on - FIRST).days, len(run.days))
    assert found == (starts, length)


def test_the_first_leg_is_the_first_that_nobody_carries() -> None:
    run = next_run(days("ctb"), now=at(0))
    assert run is not None
    assert run.first_at == at(1, 7)
    back = next_run(days("bb"), now=at(0))
    assert back is not None
    assert back.first_at == at(0, 16)


@given(st.text("cgtb.u", max_size=20), st.integers(0, 20), st.integers(0, 23))
def test_whoever_looks_at_every_hour_tells_each_run_under_one_name(letters: str, number: int, hour: int) -> None:
    calendar, now = days(letters), at(number, hour)
    run = next_run(calendar, now=now)
    if run is None:
        return
    assert run.first_at > now
    assert all(any(leg.certain and not leg.carried for leg in one.legs) for one in run.days)
    later = next_run(calendar, now=now + timedelta(hours=1))
    if run.first_at > now + timedelta(hours=1):
        assert later == run
    elif later is not None:
        # The first leg is over: the way back of the same day, or another run altogether.
        assert later.starts_on == run.starts_on or later.starts_on > run.days[-1].day_on


# ---- how a gap is said


def working_day(number: int, starts: int, ends: int, missing: str = "tb") -> CoverageDay:
    """A day worked between two hours of Paris; ``missing``: t nobody there, b nobody back."""
    on = FIRST + timedelta(days=number)
    there = datetime(on.year, on.month, on.day, starts, tzinfo=PARIS)
    back = datetime(on.year, on.month, on.day, ends, tzinfo=PARIS) + timedelta(days=1 if ends <= starts else 0)
    legs = (
        DayLeg(Direction.THERE, there, certain=True, carriers=() if "t" in missing else BUS),
        DayLeg(Direction.BACK, back, certain=True, carriers=() if "b" in missing else BUS),
    )
    return CoverageDay(on, state_of(legs), "", legs)


@pytest.mark.parametrize(
    ("starts", "ends", "team"),
    [
        (5, 13, "l’équipe du matin"),
        (8, 12, "l’équipe du matin"),
        (13, 21, "l’équipe de l’après-midi"),
        (12, 20, "l’équipe de l’après-midi"),
        (21, 5, "l’équipe de nuit"),
        (19, 7, "l’équipe de nuit"),
        (8, 16, None),
        (9, 17, None),
        (7, 19, None),
    ],
)
def test_a_team_is_told_by_its_hours(starts: int, ends: int, team: str | None) -> None:
    assert team_of(working_day(0, starts, ends)) == team


def test_a_day_whose_hours_nobody_knows_has_no_team() -> None:
    assert team_of(day(0, "u")) is None
    assert team_of(day(0, ".")) is None


@pytest.mark.parametrize(
    ("run", "ended", "words"),
    [
        ([working_day(0, 5, 13), working_day(1, 5, 13)], True,
         "À partir du 16 novembre, plus de solution pour l’équipe du matin"),
        ([working_day(0, 5, 13), working_day(1, 5, 13)], False,
         "À partir du 16 novembre, pas de solution pour l’équipe du matin"),
        ([working_day(0, 21, 5, "b"), working_day(1, 21, 5, "b")], True,
         "À partir du 16 novembre, plus de solution pour le retour de l’équipe de nuit"),
        ([working_day(0, 8, 16, "t"), working_day(1, 8, 16, "t")], True,
         "À partir du 16 novembre, plus de solution pour l’aller"),
        ([working_day(0, 8, 16, "t"), working_day(1, 8, 16, "b")], True, "À partir du 16 novembre, plus de solution"),
        ([working_day(0, 5, 13), working_day(1, 13, 21)], True, "À partir du 16 novembre, plus de solution"),
        ([working_day(0, 13, 21)], True, "Le lundi 16 novembre, pas de solution pour l’équipe de l’après-midi"),
    ],
)  # fmt: skip
def test_a_gap_is_announced_in_one_sentence(run: list[CoverageDay], ended: bool, words: str) -> None:
    assert announce(GapRun(tuple(run), run[0].legs[0].at, ended)) == words


def test_a_run_knows_whether_something_carried_the_person_before() -> None:
    after, never = next_run(days("ccg"), now=at(0)), next_run(days("ggg"), now=at(0))
    assert after is not None
    assert never is not None
    assert (after.ended, never.ended) == (True, False)
