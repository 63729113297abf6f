"""When an officer hears of a paper, and which uses it leaves without one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.fleet.inspections import Inspection
from mobility.fleet.kinds import Category, InspectionResult, PaperKind
from mobility.fleet.notices import NoticeStep, PaperGap, first_day_without, gaps_within, notice_due
from mobility.fleet.rules import NEVER, Insured, PaperFacts, can_lend

TODAY = date(2026, 11, 22)
D = date
S = NoticeStep
INSPECTED, INSURED = PaperKind.INSPECTION, PaperKind.INSURANCE


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [(31, None), (30, S.FIRST), (8, S.FIRST), (7, S.LAST), (0, S.LAST), (-1, S.LAPSED), (-400, S.LAPSED)],
)
def test_the_nearest_notice_is_due(days_left: int, expected: NoticeStep | None) -> None:
    assert notice_due(TODAY + timedelta(days=days_left), TODAY, first_days=30, last_days=7) is expected


def test_a_paper_that_was_never_noted_has_lapsed_and_odd_settings_break_nothing() -> None:
    assert notice_due(NEVER, TODAY, first_days=30, last_days=7) is S.LAPSED
    assert notice_due(TODAY + timedelta(days=20), TODAY, first_days=10, last_days=40) is S.LAST


def papers(category: Category = Category.CAR, **values: object) -> PaperFacts:
    known: dict[str, object] = {
        "first_registered_on": D(2022, 12, 10),
        "inspections": (),
        "insurances": (Insured(D(2026, 1, 1), D(2026, 12, 31)),),
    }
    return PaperFacts(category=category, **{**known, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "first_on", "last_on", "expected"),
    [
        (papers(), D(2026, 11, 25), D(2026, 12, 10), []),
        (papers(), D(2026, 11, 25), D(2026, 12, 11), [PaperGap(INSPECTED, D(2026, 12, 10))]),
        (
            papers(),
            D(2026, 12, 20),
            D(2027, 1, 5),
            [PaperGap(INSPECTED, D(2026, 12, 10)), PaperGap(INSURED, D(2026, 12, 31))],
        ),
        (
            papers(inspections=(Inspection(D(2026, 11, 20), InspectionResult.FAVOURABLE, False, D(2028, 11, 20)),)),
            D(2026, 11, 25),
            D(2026, 12, 31),
            [],
        ),
        # Covered again without a break.
        (
            papers(
                first_registered_on=D(2025, 1, 1),
                insurances=(Insured(D(2026, 1, 1), D(2026, 12, 31)), Insured(D(2027, 1, 1), D(2027, 12, 31))),
            ),
            D(2026, 12, 20),
            D(2027, 2, 1),
            [],
        ),
        # The cover has ended before the use, or was never noted.
        (papers(first_registered_on=D(2025, 1, 1)), D(2027, 1, 2), D(2027, 1, 3), [PaperGap(INSURED, D(2026, 12, 31))]),
        (
            papers(first_registered_on=D(2025, 1, 1), insurances=()),
            D(2026, 12, 1),
            D(2026, 12, 2),
            [PaperGap(INSURED, NEVER)],
        ),
        (papers(Category.BIKE, first_registered_on=None, insurances=()), D(2026, 12, 1), D(2027, 12, 2), []),
    ],
)
def test_the_papers_that_do_not_hold_through_a_use(
    facts: PaperFacts, first_on: date, last_on: date, expected: list[PaperGap]
) -> None:
    assert gaps_within(facts, first_on, last_on) == expected


def test_the_first_day_without_a_paper_is_in_the_use() -> None:
    assert first_day_without(PaperGap(INSURED, D(2026, 12, 31)), D(2026, 12, 20)) == D(2027, 1, 1)
    assert first_day_without(PaperGap(INSURED, D(2026, 12, 31)), D(2027, 2, 1)) == D(2027, 2, 1)
    assert first_day_without(PaperGap(INSURED, NEVER), D(2027, 2, 1)) == D(2027, 2, 1)


DAYS = st.dates(D(2026, 1, 1), D(2028, 12, 31))


@given(
    registered=DAYS,
    covers=st.lists(st.tuples(DAYS, st.integers(0, 500)), max_size=4),
    first_on=DAYS,
    length=st.integers(0, 90),
)
def test_a_use_has_a_gap_exactly_where_it_could_not_be_lent(
    registered: date, covers: list[tuple[date, int]], first_on: date, length: int
) -> None:
    facts = papers(
        first_registered_on=registered - timedelta(days=1200),
        insurances=tuple(Insured(start, start + timedelta(days=days)) for start, days in covers),
    )
    last_on = first_on + timedelta(days=length)
    gaps = gaps_within(facts, first_on, last_on)
    assert bool(gaps) is not can_lend(facts, first_on, last_on)
    assert all(first_on <= first_day_without(gap, first_on) <= last_on for gap in gaps)
