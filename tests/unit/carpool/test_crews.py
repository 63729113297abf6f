"""The best set of crews: the optimum where it is promised, a bound that holds where it is not, and nobody misplaced."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.carpool.crewing import (
    EXACT_PEOPLE,
    MOST_PASSENGERS,
    UNREACHABLE,
    Crew,
    Crews,
    Site,
    Traveller,
    best,
    feasible,
    lower_bound,
)


def on_a_plane(homes: list[tuple[float, float]], people: list[Traveller]) -> Site:
    """A site at the origin; seconds are the distance."""
    between = [[round(math.dist(a, b)) for b in homes] for a in homes]
    return Site(people, between, [round(math.dist(home, (0, 0))) for home in homes])


def by_hand(site: Site) -> int:
    """The least cost, by trying every set of crews (a dozen people at the very most)."""
    count = len(site.people)
    known: dict[frozenset[int], int] = {frozenset(): 0}

    def least(left: frozenset[int]) -> int:
        if left in known:
            return known[left]
        first = min(left)
        costs = [site.without_cost + least(left - {first})]
        others = sorted(left - {first})
        for size in range(min(MOST_PASSENGERS, len(others)) + 1):
            for riders in combinations(others, size):
                group = frozenset((first, *riders))
                for driver in group:
                    crew = site.crew(driver, group - {driver}) if site.people[driver].seats else None
                    if crew is not None:
                        costs.append(site.cost_of(crew) + least(left - group))
        known[left] = min(costs)
        return known[left]

    return least(frozenset(range(count)))


def check(site: Site, found: Crews) -> None:
    """Everybody is in one place, and every car can be."""
    seated = [one for crew in found.crews for one in crew.members] + list(found.alone) + list(found.without)
    assert sorted(seated) == list(range(len(site.people)))
    for crew in found.crews:
        assert site.crew(crew.driver, frozenset(crew.riders)) is not None
        assert sum(site.people[one].places for one in crew.riders) <= site.people[crew.driver].seats
        assert crew.seconds <= site.limit(crew.driver)
    assert all(site.alone(one) is not None for one in found.alone)
    assert lower_bound(site) <= found.bound <= found.cost


WINDOWS = st.one_of(st.none(), st.sampled_from([(0, 10), (5, 20), (15, 30), (25, 40)]))


@st.composite
def sites(draw: st.DrawFn, most: int = 7) -> Site:
    count = draw(st.integers(1, most))
    at = st.floats(-900, 900, allow_nan=False)
    homes = draw(st.lists(st.tuples(at, at), min_size=count, max_size=count))
    people = [
        Traveller(
            seats=draw(st.integers(0, 4)),
            max_detour=draw(st.sampled_from([0, 60, 300, 900])),
            there=draw(WINDOWS),
            back=draw(WINDOWS),
            places=draw(st.sampled_from([1, 1, 2])),
            refuses=frozenset(draw(st.sets(st.integers(0, count - 1), max_size=1))),
            leaves=frozenset(draw(st.sets(st.integers(0, count - 1), max_size=1))),
        )
        for _ in range(count)
    ]
    return on_a_plane(homes, people)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sites())
def test_the_best_is_the_best_of_all_sets(site: Site) -> None:
    found = best(site)
    check(site, found)
    assert found.exact
    assert found.cost == by_hand(site)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sites())
def test_the_quick_way_is_sound_and_its_bound_holds(site: Site) -> None:
    found = best(site, exact_people=0)
    check(site, found)
    assert found.bound <= by_hand(site) <= found.cost


def test_four_neighbours_take_one_car() -> None:
    homes = [(1000.0, 0.0), (990.0, 5.0), (980.0, -5.0), (970.0, 0.0)]
    found = best(on_a_plane(homes, [Traveller(seats=3) for _ in homes]))
    assert (found.cars, found.without, found.alone) == (1, (), ())
    assert found.crews == (Crew(0, (1, 2, 3), found.crews[0].seconds),)


def test_who_cannot_drive_is_carried_before_cars_are_saved() -> None:
    """Two drivers could share one car and leave the third person at home: two cars and nobody at home is better."""
    homes = [(1000.0, 0.0), (1000.0, 10.0), (1000.0, 20.0)]
    people = [Traveller(seats=1), Traveller(seats=1), Traveller()]
    found = best(on_a_plane(homes, people))
    assert (found.cars, found.without) == (2, ())


def test_hours_and_refusals_keep_people_apart() -> None:
    homes = [(1000.0, 0.0), (1000.0, 10.0)]
    for second in (
        Traveller(seats=3, there=(100, 200)),
        Traveller(seats=3, back=(100, 200)),
        Traveller(seats=3, refuses=frozenset({0})),
    ):
        first = Traveller(seats=3, there=(0, 50), back=(0, 50))
        assert best(on_a_plane(homes, [first, second])).cars == 2
    assert best(on_a_plane(homes, [Traveller(seats=3), Traveller(seats=3)])).cars == 1


def test_whom_no_road_reaches_is_left_without_and_said_so() -> None:
    far = UNREACHABLE
    site = Site([Traveller(seats=3), Traveller(seats=3)], [[0, far], [far, 0]], [500, far])
    found = best(site)
    assert (found.alone, found.without, found.exact) == ((0,), (1,), True)


def test_nobody_needs_no_car() -> None:
    found = best(Site([], [], []))
    assert (found.cars, found.cost, found.exact) == (0, 0, True)


def test_a_matrix_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="everybody"):
        Site([Traveller()], [[0, 1]], [5])


def crowd(count: int, seed: int = 7) -> Site:
    """People in a dozen villages around a site, two thirds with a car."""
    dice = random.Random(seed)
    villages = [(dice.uniform(-1500, 1500), dice.uniform(-1500, 1500)) for _ in range(12)]
    homes = []
    for _ in range(count):
        village = dice.choice(villages)
        homes.append((village[0] + dice.gauss(0, 60), village[1] + dice.gauss(0, 60)))
    people = [
        Traveller(seats=dice.choice([0, 3, 3]), max_detour=300, there=dice.choice([(0, 9), (20, 29)])) for _ in homes
    ]
    return on_a_plane(homes, people)


def test_forty_people_are_solved_to_the_end() -> None:
    site = crowd(40)
    found = best(site)
    check(site, found)
    assert found.exact
    assert found.cost <= best(site, exact_people=0).cost


def test_too_many_crews_are_told_apart_from_all_of_them() -> None:
    site = crowd(30)
    every = feasible(site, 1_000_000)
    assert every is not None
    assert feasible(site, len(every)) == every
    assert feasible(site, len(every) - 1) is None
    found = best(site, exact_crews=10)
    check(site, found)
    assert found.bound <= best(site).cost <= found.cost


def test_out_of_time_the_answer_still_holds() -> None:
    site = crowd(40)
    check(site, best(site, seconds=1e-9))


def test_three_hundred_people_are_placed_with_a_bound() -> None:
    site = crowd(300)
    found = best(site)
    check(site, found)
    assert found.cars < sum(1 for person in site.people if person.seats)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sites())
def test_what_could_still_be_saved_is_never_less_than_what_is(site: Site) -> None:
    quick, ideal = best(site, exact_people=0), best(site)
    if quick.spare is None:
        assert len(quick.without) >= len(ideal.without)
    else:
        assert len(quick.without) == len(ideal.without)
        assert 0 <= quick.cars - ideal.cars <= quick.spare
    assert ideal.spare == 0


def test_beyond_the_limit_the_quick_way_says_what_could_still_be_saved() -> None:
    """A hundred and fifty people along one road: three to a car would be 38 cars, had everybody a car of four seats."""
    homes = [(1000.0 + 40.0 * one, float(one % 7)) for one in range(150)]
    found = best(on_a_plane(homes, [Traveller(seats=3, max_detour=900) for _ in homes]))
    assert len(homes) > EXACT_PEOPLE
    assert not found.without
    assert found.spare is not None
    assert found.cars - found.spare == 38
    assert found.spare <= 4
