"""Who rides with whom to one place of work: the best set of crews for everybody at once. Pure.

People are numbered from 0. A crew is one driver and the passengers in their car; whoever is in no crew drives alone,
if they can, or is left without a way. Best is, in this order: fewest people without a way, fewest cars, fewest seconds
driven. The three are one sum with weights that cannot outweigh each other, of whole numbers small enough for floats.

Up to ``EXACT_PEOPLE`` people and ``EXACT_CREWS`` possible crews the answer is the optimum: set partitioning over every
crew that can be (each in its best order of stops), solved by branch and cut (HiGHS, ``scipy.optimize.milp``). Beyond,
crews are made one after the other, the fullest and shortest first, then bettered by moves; a bound that holds says how
far from the best that may be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any

EXACT_PEOPLE = 120
EXACT_CREWS = 100_000
# More passengers in one car than that are not looked at: orders of stops would be too many, and cars have no more.
MOST_PASSENGERS = 4
UNREACHABLE = 2**31 - 1
GRACE = MOST_PASSENGERS + 1


@dataclass(frozen=True, slots=True)
class Traveller:
    """Somebody of the site. ``seats`` for others in their car; 0: they do not drive.

    ``there`` and ``back``: from when to when they may arrive and leave, in seconds of any clock; None: that way is not
    theirs. ``places``: seats that they take as a passenger. ``refuses``: whom they never ride with.
    """

    seats: int = 0
    max_detour: int = 600
    there: tuple[int, int] | None = None
    back: tuple[int, int] | None = None
    places: int = 1
    refuses: frozenset[int] = frozenset()
    # Whom they do not drive, though they may sit in another's car together (luggage, an animal, smoke).
    leaves: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Crew:
    """A car: who drives, who is picked up in which order, and the seconds from the first door to the site."""

    driver: int
    riders: tuple[int, ...]
    seconds: int

    @property
    def members(self) -> frozenset[int]:
        """Return everybody in the car."""
        return frozenset((self.driver, *self.riders))


@dataclass(frozen=True, slots=True)
class Crews:
    """A set of crews. ``bound``: no set has less cost; ``exact``: this one has it."""

    crews: tuple[Crew, ...]
    alone: tuple[int, ...]
    without: tuple[int, ...]
    cost: int
    bound: int
    exact: bool
    # No set of crews leaves fewer people without a way, nor, with as few, takes fewer cars.
    fewest: bool

    # How many cars fewer there might be at most, with as many people seated; None: more people might be seated.
    spare: int | None = 0

    @property
    def cars(self) -> int:
        """Return how many cars drive."""
        return len(self.crews) + len(self.alone)


@dataclass(frozen=True)
class Site:
    """Everybody who travels to a site. ``between[a][b]`` and ``to_site[a]``: seconds by car; UNREACHABLE: no road."""

    people: Sequence[Traveller]
    between: Sequence[Sequence[int]]
    to_site: Sequence[int]
    _best: dict[tuple[int, frozenset[int]], Crew | None] = field(default_factory=dict, compare=False, repr=False)
    _near: dict[int, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        count = len(self.people)
        if len(self.to_site) != count or len(self.between) != count or any(len(row) != count for row in self.between):
            raise ValueError("a row and a column for everybody")

    @property
    def longest(self) -> int:
        """Return more seconds than any crew drives."""
        alone = [one for one in self.to_site if one != UNREACHABLE]
        slack = [person.max_detour for person in self.people if person.seats]
        return max(alone, default=0) + max(slack, default=0) + 1

    @property
    def car_cost(self) -> int:
        """Return what a car weighs: more than all that everybody could drive."""
        return self.longest * (len(self.people) + 1)

    @property
    def without_cost(self) -> int:
        """Return what somebody without a way weighs: more than all the cars."""
        return self.car_cost * (len(self.people) + 1)

    def fit(self, one: int, other: int) -> bool:
        """Tell whether two may share a car: neither refuses, and there is an hour that suits both."""
        a, b = self.people[one], self.people[other]
        apart = other in a.refuses or one in b.refuses
        # Stretches of time that overlap two by two have an instant in common, all of them.
        return not apart and _overlap(a.there, b.there) and _overlap(a.back, b.back)

    def crew(self, driver: int, riders: frozenset[int]) -> Crew | None:
        """Return the shortest way to pick these people up, or None where it is too long or not all fit."""
        crew = self.shortest(driver, riders)
        return crew if crew is not None and crew.seconds <= self.limit(driver) else None

    def limit(self, driver: int) -> int:
        """Return the most seconds that a driver is on the road."""
        return self.to_site[driver] + self.people[driver].max_detour

    def shortest(self, driver: int, riders: frozenset[int]) -> Crew | None:
        """Return the shortest way, however long; None where not all fit or there is no road."""
        key = (driver, riders)
        if key not in self._best:
            self._best[key] = self._search(driver, riders)
        return self._best[key]

    def _search(self, driver: int, riders: frozenset[int]) -> Crew | None:
        members = [driver, *sorted(riders)]
        if (
            self.to_site[driver] == UNREACHABLE
            or sum(self.people[one].places for one in riders) > self.people[driver].seats
        ):
            return None
        if riders & self.people[driver].leaves:
            return None
        if any(not self.fit(a, b) for index, a in enumerate(members) for b in members[index + 1 :]):
            return None
        seconds, order = min((self._seconds(driver, one), one) for one in permutations(sorted(riders)))
        # No way round is shorter than the direct one, whatever whole seconds add up to.
        return None if seconds == UNREACHABLE else Crew(driver, order, max(seconds, self.to_site[driver]))

    def _seconds(self, driver: int, order: Sequence[int]) -> int:
        steps = [self.between[at][to] for at, to in pairwise((driver, *order))]
        steps.append(self.to_site[order[-1] if order else driver])
        return UNREACHABLE if UNREACHABLE in steps else sum(steps)

    def near(self, driver: int) -> tuple[int, ...]:
        """Return whom a driver can take along, each alone (to a few seconds)."""
        if driver not in self._near:
            limit = self.limit(driver) + GRACE
            riders = (rider for rider in range(len(self.people)) if rider != driver)
            self._near[driver] = tuple(
                rider
                for rider in riders
                if (crew := self.shortest(driver, frozenset({rider}))) is not None and crew.seconds <= limit
            )
        return self._near[driver]

    def alone(self, person: int) -> Crew | None:
        """Return the car of one, if they can drive there."""
        able = self.people[person].seats > 0 and self.to_site[person] != UNREACHABLE
        return Crew(person, (), self.to_site[person]) if able else None

    def cost_of(self, crew: Crew) -> int:
        """Return what a car weighs with its way."""
        return self.car_cost + crew.seconds

    def result(self, crews: Sequence[Crew], *, bound: int | None = None) -> Crews:
        """Return the set that these cars make; ``bound`` None: it is the best."""
        seated = {one for crew in crews for one in crew.members}
        without = tuple(one for one in range(len(self.people)) if one not in seated)
        cost = sum(self.cost_of(crew) for crew in crews) + len(without) * self.without_cost
        shared = sorted(
            (crew for crew in crews if crew.riders), key=lambda one: (-len(one.riders), one.seconds, one.driver)
        )
        alone = tuple(sorted(crew.driver for crew in crews if not crew.riders))
        low = cost if bound is None else min(bound, cost)
        # With as many people without a way the two differ by cars, and by seconds that weigh less than one.
        fewer = cost // self.car_cost - low // self.car_cost if self.people else 0
        spare = fewer if not self.people or low // self.without_cost == cost // self.without_cost else None
        return Crews(tuple(shared), alone, without, cost, low, low >= cost, fewer == 0, spare)


def feasible(site: Site, most: int) -> list[Crew] | None:
    """Return every crew that can be, cars of one among them; None where there are more than ``most``.

    A crew grows from one that can be: a way that is too long gets no shorter by one stop more. Ways by road keep the
    triangle's rule to the second that each is rounded by, which ``GRACE`` gives.
    """
    found: list[Crew] = []
    for crew in _grow(site):
        found.append(crew)
        if len(found) > most:
            return None
    return found


def _grow(site: Site) -> Iterator[Crew]:
    for driver in range(len(site.people)):
        own = site.alone(driver)
        if own is None:
            continue
        yield own
        limit = site.limit(driver)
        level: list[tuple[int, ...]] = [()]
        for _size in range(min(MOST_PASSENGERS, site.people[driver].seats)):
            grown: list[tuple[int, ...]] = []
            for riders in level:
                for rider in site.near(driver):
                    if riders and rider <= riders[-1]:
                        continue
                    crew = site.shortest(driver, frozenset((*riders, rider)))
                    if crew is not None and crew.seconds <= limit + GRACE:
                        grown.append((*riders, rider))
                        if crew.seconds <= limit:
                            yield crew
            level = grown


def best(
    site: Site, *, exact_people: int = EXACT_PEOPLE, exact_crews: int = EXACT_CREWS, seconds: float = 6.0
) -> Crews:
    """Return the best set of crews, or a good one with a bound where there are too many people for the best."""
    if not site.people:
        return site.result([])
    greedy = better(site, _greedy(site))
    if len(site.people) > exact_people:
        return site.result(greedy, bound=lower_bound(site))
    crews = feasible(site, exact_crews)
    if crews is None:
        return site.result(greedy, bound=lower_bound(site))
    return _solve(site, crews, greedy, seconds)


def _solve(site: Site, crews: Sequence[Crew], greedy: Sequence[Crew], seconds: float) -> Crews:
    """Partition everybody into crews: first people and cars, whose whole numbers prune well, then seconds."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_array

    count = len(site.people)
    # The last columns: somebody without a way. Rows: everybody exactly once.
    rows = [one for crew in crews for one in crew.members] + list(range(count))
    columns = [index for index, crew in enumerate(crews) for _one in crew.members]
    columns += list(range(len(crews), len(crews) + count))
    matrix = csc_array((np.ones(len(rows)), (rows, columns)), shape=(count, len(crews) + count))
    once = LinearConstraint(matrix, 1, 1)
    cars = np.array([1.0] * len(crews) + [count + 1.0] * count)
    times = np.array([float(crew.seconds) for crew in crews] + [0.0] * count)

    def solve(costs: Any, more: Sequence[Any]) -> Any:
        options = {"time_limit": seconds / 2, "mip_rel_gap": 0.0}
        return milp(
            costs, integrality=np.ones(len(costs)), bounds=Bounds(0, 1), constraints=[once, *more], options=options
        )

    def taken(found: Any) -> list[Crew]:
        return [crew for crew, share in zip(crews, found.x, strict=False) if share > 0.5]

    first = solve(cars, ())
    if first.x is None:
        return site.result(greedy, bound=lower_bound(site))
    fewest = math.ceil(float(first.mip_dual_bound) - 1e-4)
    if first.status != 0:
        bound = max(lower_bound(site), fewest * site.car_cost)
        return min((site.result(one, bound=bound) for one in (greedy, taken(first))), key=lambda one: one.cost)
    # As many people and cars as that, and no more.
    second = solve(times, [LinearConstraint(cars.reshape(1, -1), 0, fewest + 0.5)])
    if second.x is None:
        return site.result(taken(first), bound=max(lower_bound(site), fewest * site.car_cost))
    if second.status == 0:
        return site.result(taken(second))
    least = max(0, math.floor(float(second.mip_dual_bound)))
    return site.result(taken(second), bound=max(lower_bound(site), fewest * site.car_cost + least))


def lower_bound(site: Site) -> int:
    """Return a cost that no set of crews is below: seats say how few cars, direct ways how few seconds."""
    drivers = [one for one in range(len(site.people)) if site.alone(one) is not None]
    carried = {
        rider for driver in drivers for rider in site.near(driver) if site.crew(driver, frozenset({rider})) is not None
    }
    without = [one for one in range(len(site.people)) if one not in carried and one not in drivers]
    to_seat = len(site.people) - len(without)
    cars, seated = 0, 0
    for seats in sorted((min(MOST_PASSENGERS, site.people[one].seats) for one in drivers), reverse=True):
        if seated >= to_seat:
            break
        cars, seated = cars + 1, seated + 1 + seats
    # Whoever nobody can carry drives their own car.
    cars = max(cars, sum(1 for one in drivers if one not in carried))
    shortest = sorted(site.to_site[one] for one in drivers)[:cars]
    unseated = max(0, to_seat - seated)
    return cars * site.car_cost + sum(shortest) + (len(without) + unseated) * site.without_cost


def _greedy(site: Site) -> list[Crew]:
    """Make crews one after the other; who lives furthest drives first, and passes by the others' doors."""
    free = set(range(len(site.people)))
    able = [one for one in range(len(site.people)) if site.alone(one) is not None]
    crews: list[Crew] = []
    for driver in sorted(able, key=lambda one: (-site.to_site[one], one)):
        if driver not in free:
            continue
        crew = site.crew(driver, frozenset())
        while crew is not None and len(crew.riders) < MOST_PASSENGERS:
            wider = [
                one
                for rider in site.near(driver)
                if rider in free
                and rider not in crew.riders
                and (one := site.crew(driver, frozenset((*crew.riders, rider)))) is not None
            ]
            if not wider:
                break
            # Those who cannot drive first: nobody else may pass by their door.
            crew = min(
                wider, key=lambda one: (sum(site.people[r].seats > 0 for r in one.riders), one.seconds, one.riders)
            )
        if crew is not None:
            crews.append(crew)
            free -= crew.members
    return crews


def better(site: Site, crews: Sequence[Crew], *, rounds: int = 200) -> list[Crew]:
    """Return the set after moves that lower its cost: somebody joins a car, or a car is given up."""
    current = list(crews)
    for _round in range(rounds):
        moved = _join(site, current) or _give_up(site, current)
        if moved is None:
            break
        current = moved
    return current


def _with(site: Site, crews: Sequence[Crew], person: int) -> list[Crew] | None:
    """Seat somebody where it is the shortest way round; None where no car has room."""
    options = [
        (wider.seconds - crew.seconds, index, wider)
        for index, crew in enumerate(crews)
        if len(crew.riders) < MOST_PASSENGERS
        and (wider := site.crew(crew.driver, frozenset((*crew.riders, person)))) is not None
    ]
    if not options:
        return None
    _more, place, chosen = min(options, key=lambda one: one[:2])
    return [*crews[:place], chosen, *crews[place + 1 :]]


def _join(site: Site, crews: Sequence[Crew]) -> list[Crew] | None:
    seated = {one for crew in crews for one in crew.members}
    for person in range(len(site.people)):
        if person not in seated and (moved := _with(site, crews, person)) is not None:
            return moved
    return None


def _give_up(site: Site, crews: Sequence[Crew]) -> list[Crew] | None:
    for given_up in sorted(crews, key=lambda one: (len(one.riders), -one.seconds, one.driver)):
        others: list[Crew] | None = [crew for crew in crews if crew != given_up]
        for person in sorted(given_up.members):
            others = _with(site, others, person) if others is not None else None
        if others is not None:
            return others
    return None


def _overlap(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return one is None or other is None or max(one[0], other[0]) <= min(one[1], other[1])
