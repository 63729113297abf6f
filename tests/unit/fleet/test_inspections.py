from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.fleet.errors import WrongPaper
from mobility.fleet.inspections import (
    Inspection,
    add_months,
    first_due_on,
    first_window_opens_on,
    inspection_valid_until,
    regime_of,
    result_valid_until,
)
from mobility.fleet.kinds import Category, InspectionResult

CAR, MOPED, LIGHT, ADAPTED = Category.CAR, Category.MOPED, Category.LIGHT_CAR, Category.ADAPTED
GOOD, MAJOR, CRITICAL = InspectionResult.FAVOURABLE, InspectionResult.MAJOR, InspectionResult.CRITICAL


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 22), 2, date(2027, 1, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 3, 31), -6, date(2025, 9, 30)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_are_counted_day_for_day_and_end_with_the_month(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    ("category", "registered", "opens", "due"),
    [
        (CAR, date(2022, 5, 10), date(2025, 11, 10), date(2026, 5, 10)),
        (ADAPTED, date(2022, 5, 10), date(2025, 11, 10), date(2026, 5, 10)),
        (MOPED, date(2022, 5, 10), date(2026, 11, 10), date(2027, 5, 10)),
        (LIGHT, date(2022, 5, 10), date(2026, 11, 10), date(2027, 5, 10)),
        (CAR, date(2024, 2, 29), date(2027, 8, 29), date(2028, 2, 29)),
        (LIGHT, date(2024, 2, 29), date(2028, 8, 28), date(2029, 2, 28)),
        (CAR, date(2022, 8, 31), date(2026, 2, 28), date(2026, 8, 31)),
        (Category.BIKE, date(2022, 5, 10), None, None),
        (Category.EBIKE, date(2022, 5, 10), None, None),
    ],
)
def test_the_first_visit_is_due_by_the_regime_of_the_category(
    category: Category, registered: date, opens: date | None, due: date | None
) -> None:
    assert first_window_opens_on(category, registered) == opens
    assert first_due_on(category, registered) == due
    assert inspection_valid_until(category, registered, []) == due


@pytest.mark.parametrize(
    ("category", "done", "result", "until"),
    [
        (CAR, date(2026, 4, 1), GOOD, date(2028, 4, 1)),
        (CAR, date(2025, 11, 10), GOOD, date(2027, 11, 10)),
        # The day before the window opens: the first visit stays due.
        (CAR, date(2025, 11, 9), GOOD, date(2026, 5, 10)),
        (CAR, date(2027, 1, 1), GOOD, date(2029, 1, 1)),
        (CAR, date(2028, 2, 29), GOOD, date(2030, 2, 28)),
        (MOPED, date(2027, 4, 1), GOOD, date(2030, 4, 1)),
        (MOPED, date(2028, 2, 29), GOOD, date(2031, 2, 28)),
        (CAR, date(2026, 4, 1), MAJOR, date(2026, 6, 1)),
        (CAR, date(2026, 12, 31), MAJOR, date(2027, 2, 28)),
        (CAR, date(2026, 4, 1), CRITICAL, date(2026, 4, 1)),
        (LIGHT, date(2027, 4, 1), CRITICAL, date(2027, 4, 1)),
    ],
)
def test_a_full_visit_holds_as_long_as_its_result_says(
    category: Category, done: date, result: InspectionResult, until: date
) -> None:
    registered = date(2022, 5, 10)
    assert result_valid_until(category, registered, done_on=done, result=result, counter_visit=False) == until


FAILED = Inspection(date(2026, 4, 1), MAJOR, False, date(2026, 6, 1))
STOPPED = Inspection(date(2026, 4, 1), CRITICAL, False, date(2026, 4, 1))
PASSED = Inspection(date(2026, 4, 1), GOOD, False, date(2028, 4, 1))
FAILED_AGAIN = Inspection(date(2026, 4, 20), MAJOR, True, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("earlier", "done", "result", "until"),
    [
        ([FAILED], date(2026, 4, 1), GOOD, date(2028, 4, 1)),
        ([FAILED], date(2026, 5, 15), GOOD, date(2028, 4, 1)),
        ([FAILED], date(2026, 6, 1), GOOD, date(2028, 4, 1)),
        ([STOPPED], date(2026, 4, 3), GOOD, date(2028, 4, 1)),
        ([FAILED], date(2026, 4, 20), MAJOR, date(2026, 6, 1)),
        ([FAILED, FAILED_AGAIN], date(2026, 5, 2), GOOD, date(2028, 4, 1)),
        ([FAILED_AGAIN, FAILED], date(2026, 5, 2), CRITICAL, date(2026, 5, 2)),
    ],
)
def test_a_counter_visit_counts_from_the_visit_that_it_completes(
    earlier: list[Inspection], done: date, result: InspectionResult, until: date
) -> None:
    found = result_valid_until(CAR, date(2022, 5, 10), done_on=done, result=result, counter_visit=True, earlier=earlier)
    assert found == until


@pytest.mark.parametrize(
    ("earlier", "done", "said"),
    [
        ([], date(2026, 5, 1), "Notez d’abord"),
        ([PASSED], date(2026, 5, 1), "Notez d’abord"),
        ([FAILED], date(2026, 3, 1), "Notez d’abord"),
        ([FAILED], date(2026, 6, 2), "deux mois"),
        ([FAILED, FAILED_AGAIN], date(2026, 6, 10), "deux mois"),
    ],
)
def test_a_counter_visit_needs_a_failed_visit_within_two_months(
    earlier: list[Inspection], done: date, said: str
) -> None:
    with pytest.raises(WrongPaper, match=said):
        result_valid_until(CAR, date(2022, 5, 10), done_on=done, result=GOOD, counter_visit=True, earlier=earlier)


def test_bikes_pass_no_inspection() -> None:
    with pytest.raises(WrongPaper, match="vélo"):
        result_valid_until(Category.BIKE, date(2022, 5, 10), done_on=date(2026, 5, 1), result=GOOD, counter_visit=False)
    assert inspection_valid_until(Category.EBIKE, None, []) is None


def test_a_visit_before_the_first_registration_is_refused() -> None:
    with pytest.raises(WrongPaper, match="première mise en circulation"):
        result_valid_until(CAR, date(2022, 5, 10), done_on=date(2022, 5, 9), result=GOOD, counter_visit=False)


def test_the_last_visit_speaks_and_a_counter_visit_of_the_same_day_comes_after() -> None:
    counter = Inspection(date(2026, 4, 1), GOOD, True, date(2028, 4, 1))
    assert inspection_valid_until(CAR, date(2022, 5, 10), [FAILED, counter]) == date(2028, 4, 1)
    assert inspection_valid_until(CAR, date(2022, 5, 10), [PASSED, FAILED_AGAIN]) == date(2026, 6, 1)


def test_without_any_date_the_vehicle_was_never_inspected() -> None:
    assert inspection_valid_until(CAR, None, []) == date.min


days = st.dates(date(1990, 1, 1), date(2080, 12, 31))


@given(days, st.integers(-600, 600))
def test_adding_months_keeps_the_day_or_the_end_of_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or ((later + timedelta(days=1)).day == 1 and later.day < day.day)


@given(
    days, st.integers(0, 12_000), st.sampled_from([CAR, MOPED, LIGHT, ADAPTED]), st.sampled_from(list(InspectionResult))
)
def test_a_result_never_holds_before_its_day_nor_longer_than_the_regime(
    registered: date, after: int, category: Category, result: InspectionResult
) -> None:
    done = registered + timedelta(days=after)
    until = result_valid_until(category, registered, done_on=done, result=result, counter_visit=False)
    regime = regime_of(category)
    assert regime is not None
    longest = max(add_months(done, regime.then_every_months), add_months(registered, regime.first_after_months))
    assert done <= until <= longest
    assert result is GOOD or until <= add_months(done, 2)
