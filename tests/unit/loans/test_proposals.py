"""The next best when nothing is free."""

from __future__ import annotations

from datetime import date, timedelta

from mobility.core.clock import day_of
from mobility.desks.rules import OpeningCalendar
from mobility.fleet.kinds import Category
from mobility.loans.assignment import Candidate, Span
from mobility.loans.proposals import NEIGHBOURS, DeskHours, Proposal, ProposalKind, other_times
from tests.unit.loans.helpers import NOW, calendar, paris

HOUR = timedelta(hours=1)
START, DUE = paris("2026-12-07"), paris("2026-12-09", "17:00")


def find(*busy: Span, hours: DeskHours | None = None, **kwargs: object) -> list[Proposal]:
    car = Candidate(1, 1, Category.CAR, "Clio", busy=busy, **kwargs)  # type: ignore[arg-type]
    return other_times(
        [car],
        category=Category.CAR,
        start_at=START,
        due_at=DUE,
        buffer=HOUR,
        hours=hours or DeskHours(1, calendar()),
        earliest_at=NOW,
    )


def test_the_nearest_days_come_first_and_keep_their_hours_and_their_length() -> None:
    got = find(Span(paris("2026-12-09", "00:00"), paris("2026-12-10", "00:00")))
    assert [day_of(p.start_at) for p in got] == [date(2026, 12, 2), date(2026, 12, 1), date(2026, 12, 14)]
    assert all(p.kind is ProposalKind.OTHER_TIME for p in got)
    assert (got[0].start_at, got[0].due_at) == (paris("2026-12-02"), paris("2026-12-04", "17:00"))


def test_nothing_is_proposed_on_a_closed_day_in_the_past_or_on_a_busy_vehicle() -> None:
    assert find(Span(NOW, paris("2027-02-01"))) == []
    assert find(hours=DeskHours(1, OpeningCalendar())) == []
    got = find(Span(paris("2026-11-25"), paris("2027-02-01")))
    assert got == []
    assert all(p.start_at >= NOW for p in find())


def test_a_key_box_opens_the_weekend_too() -> None:
    got = find(Span(START, DUE), hours=DeskHours(1, calendar(), anytime=True))
    assert [day_of(p.start_at) for p in got] == [date(2026, 12, 10), date(2026, 12, 4), date(2026, 12, 11)]
    assert day_of(got[0].due_at) == date(2026, 12, 12)


def test_the_papers_must_hold_to_the_proposed_end() -> None:
    got = find(lendable_until_on=date(2026, 12, 8))
    assert got
    assert all(day_of(p.due_at) <= date(2026, 12, 8) for p in got)


def test_a_category_is_never_its_own_neighbour() -> None:
    assert set(NEIGHBOURS) == set(Category)
    assert all(category not in others for category, others in NEIGHBOURS.items())
