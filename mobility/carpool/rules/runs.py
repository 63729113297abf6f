"""A driver's run of one day with all its passengers: in which order, when, and whether everybody can bear it. Pure.

What passengers were told stands where one car can keep it. Where it cannot, all orders of stops are gone through
(``plan.best_plan``: exact for ``EXACT`` passengers, one after the other into the best orders beyond, which a car of up to
eight seats may need) and the best one that holds gives new times. Instants are whole seconds of any clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mobility.carpool.rules.facts import ANY_TIME, NO_ROAD, Driver, Order, Rider, RoadTable, Spot, Visit, Window
from mobility.carpool.rules.plan import WIDTH, best_plan, drive_seconds, loads
from mobility.pathway.rules import Direction

# Up to so many passengers every order of stops is looked at; beyond, the best ``_NARROW`` are carried on.
EXACT = 4
_NARROW = 40
# People are told minutes: a started one is no delay.
GRACE = 60


@dataclass(frozen=True, slots=True)
class Passenger:
    """Somebody in the car: where they get in and out (rows of the table), the times they were told, and their window.

    ``window`` bounds, at their doors, the arrival (there) or the departure (back).
    """

    pickup: Spot
    dropoff: Spot
    pickup_at: int
    dropoff_at: int
    window: Window
    seats: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """The stops in their order with their instants; ``kept``: as everybody was told."""

    order: Order
    stop_at: tuple[int, ...]
    depart_at: int
    arrive_at: int
    detour_seconds: int
    kept: bool
    complete: bool = True

    def times(self, passenger: int) -> tuple[int, int]:
        """Return when a passenger gets in and out."""
        at = {visit.pickup: at for visit, at in zip(self.order, self.stop_at, strict=True) if visit.rider == passenger}
        return at[True], at[False]

    @property
    def places(self) -> tuple[int, ...]:
        """The rows of the stops, in order."""
        return tuple(visit.spot.place for visit in self.order)


def best_run(direction: Direction, driver: Driver, passengers: Sequence[Passenger], table: RoadTable) -> Run | None:
    """Return the run with everybody, or None where the driver's detour, a seat or somebody's hours do not hold.

    ``driver``: the window of the way in ``arrive`` (there) or ``depart`` (back).
    """
    kept = as_told(direction, driver, passengers, table)
    if kept is not None:
        return kept
    there = direction is Direction.THERE
    riders = [
        Rider(
            pickups=(one.pickup,),
            dropoffs=(one.dropoff,),
            arrive=one.window if there else ANY_TIME,
            leave=ANY_TIME if there else one.window,
            seats=one.seats,
        )
        for one in passengers
    ]
    # There, as late as all allow: whoever can arrive earlier can wait on the way.
    bounded = replace(driver, arrive=Window(driver.arrive.latest, driver.arrive.latest)) if there else driver
    found = best_plan(bounded, riders, table, width=WIDTH if len(riders) <= EXACT else _NARROW)
    plan = found.plan
    if plan is None:
        return None
    return Run(
        plan.order,
        plan.stop_at,
        plan.depart_at,
        plan.arrive_at,
        plan.detour_seconds,
        kept=False,
        complete=found.complete,
    )


def as_told(direction: Direction, driver: Driver, passengers: Sequence[Passenger], table: RoadTable) -> Run | None:
    """Return the run in which everybody gets in and out as they were told; None where one car cannot."""
    stops = sorted(
        (
            (at, visit)
            for number, one in enumerate(passengers)
            for at, visit in (
                (one.pickup_at, Visit(number, pickup=True, spot=one.pickup)),
                (one.dropoff_at, Visit(number, pickup=False, spot=one.dropoff)),
            )
        ),
        key=lambda stop: (stop[0], stop[1].pickup, stop[1].rider),
    )
    order = tuple(visit for _at, visit in stops)
    instants = [at for at, _visit in stops]
    alone = table.seconds[driver.origin][driver.destination]
    legs = drive_seconds(driver, order, table)
    if legs is None or alone == NO_ROAD or max(loads(order, [_seats(one) for one in passengers])) > driver.seats:
        return None
    detour = sum(legs) - alone
    late = any(before + drive > after for (before, after), drive in zip(pairwise(instants), legs[1:-1], strict=True))
    if late or detour > driver.max_detour_seconds:
        return None
    depart, arrive = instants[0] - legs[0], instants[-1] + legs[-1]
    if direction is Direction.THERE:
        holds = arrive <= driver.arrive.latest + GRACE
    else:
        holds = depart >= driver.depart.earliest - GRACE
    return Run(order, tuple(instants), depart, arrive, detour, kept=True) if holds else None


def _seats(one: Passenger) -> Rider:
    return Rider((one.pickup,), (one.dropoff,), one.window, seats=one.seats)
