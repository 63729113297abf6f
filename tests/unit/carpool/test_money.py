"""What a journey costs and who gives how much: contributions never exceed the cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.parameters import SCALE_2026
from mobility.carpool.rules.money import Scale, asked_cents, shares, trip_cost_cents

SCALE = Scale({3: 529, 4: 606, 5: 636, 6: 665, 7: 697}, electric_percent=20)
CENTS = st.integers(min_value=0, max_value=100_000)


@pytest.mark.parametrize(
    ("metres", "power", "electric", "cents"),
    [
        (10_000, 3, False, 529),
        (10_000, 4, False, 606),
        (10_000, 5, False, 636),
        (10_000, 6, False, 665),
        (10_000, 7, False, 697),
        (10_000, 12, False, 697),
        (10_000, 1, False, 529),
        (10_000, None, False, 529),
        (10_000, 3, True, 634),
        (12_345, 5, False, 785),
        (0, 5, False, 0),
        (1, 7, False, 0),
    ],
)
def test_a_journey_costs_what_the_scale_says_rounded_down(
    metres: int, power: int | None, electric: bool, cents: int
) -> None:
    assert trip_cost_cents(metres, SCALE, power_cv=power, electric=electric) == cents


def test_the_scale_that_comes_with_the_platform_is_that_of_2026() -> None:
    assert {power: int(float(euros) * 1000) for power, euros in SCALE_2026} == dict(SCALE.by_power)


@pytest.mark.parametrize(
    ("metres", "price", "seats", "cents"), [(9_000, 10, 1, 90), (9_999, 10, 1, 99), (9_000, 0, 1, 0), (9_000, 10, 2, 180)]
)  # fmt: skip
def test_what_is_asked_goes_by_kilometre_and_seat(metres: int, price: int, seats: int, cents: int) -> None:
    assert asked_cents(metres, price, seats=seats) == cents


@pytest.mark.parametrize(
    ("cost", "asked", "given_"),
    [
        (500, [], []),
        (500, [200, 300], [200, 300]),
        (500, [300, 300], [250, 250]),
        (500, [300, 300, 300], [167, 167, 166]),
        (0, [100], [0]),
        (100, [0, 300], [0, 100]),
    ],
)
def test_contributions_are_cut_in_proportion(cost: int, asked: list[int], given_: list[int]) -> None:
    assert shares(cost, asked) == given_


@given(cost=CENTS, asked=st.lists(CENTS, max_size=8))
def test_contributions_never_exceed_the_cost_of_the_trip(cost: int, asked: list[int]) -> None:
    given_ = shares(cost, asked)
    assert len(given_) == len(asked)
    assert sum(given_) == min(cost, sum(asked))
    assert all(0 <= one <= wanted for one, wanted in zip(given_, asked, strict=True))


@given(
    metres=st.integers(min_value=0, max_value=300_000),
    price=st.integers(min_value=0, max_value=100),
    seats=st.lists(st.integers(min_value=1, max_value=4), min_size=1, max_size=4),
    power=st.one_of(st.none(), st.integers(min_value=1, max_value=60)),
    electric=st.booleans(),
)
def test_whatever_the_price_a_driver_never_earns(
    metres: int, price: int, seats: list[int], power: int | None, electric: bool
) -> None:
    cost = trip_cost_cents(metres, SCALE, power_cv=power, electric=electric)
    assert sum(shares(cost, [asked_cents(metres, price, seats=one) for one in seats])) <= cost


@given(asked=st.lists(CENTS, min_size=1, max_size=8), cost=CENTS, more=CENTS)
def test_one_more_passenger_never_raises_what_the_others_give(asked: list[int], cost: int, more: int) -> None:
    before, after = shares(cost, asked), shares(cost, [*asked, more])
    assert all(later <= now + 1 for now, later in zip(before, after, strict=False))
    assert sum(after) <= cost
