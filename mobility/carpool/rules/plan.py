"""One car, several riders: in which order, when, and whether everybody's budget holds. Pure.

A rider is inserted at the best two places of an order of stops; several riders are inserted one after the other into
*every* order that still holds, which goes through all orders there are. Leaving out an order as soon as it fails loses
nothing: whatever holds for more riders holds for fewer. Take a rider out of a plan that holds: by the triangle
inequality the drive between the stops that stay is no longer, so that their instants still hold; the load is no
higher, and the drive of the whole no longer. (Metres do not obey: the fastest way may be the longer one. Their budget
is looked at in the end.)
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mobility.carpool.rules.facts import NO_ROAD, Driver, Order, Plan, Ride, Rider, RoadTable, Spot, Visit, Window
from mobility.carpool.rules.schedule import Limit, schedule
from mobility.carpool.rules.score import Weights, score_of

# All orders of four riders with one spot at each end: (2 × 4)! / 2⁴.
WIDTH = 2520


@dataclass(frozen=True, slots=True)
class Found:
    """The best plan, if any, and whether every order was looked at."""

    plan: Plan | None
    complete: bool


def loads(order: Order, riders: Sequence[Rider]) -> list[int]:
    """Return the seats taken on each leg, from the driver's start to their end."""
    taken = [0]
    for visit in order:
        seats = riders[visit.rider].seats
        taken.append(taken[-1] + (seats if visit.pickup else -seats))
    return taken


def drive_seconds(driver: Driver, order: Order, table: RoadTable) -> list[int] | None:
    """Return the seconds of driving on each leg, or None where no road leads."""
    places = [driver.origin, *(visit.spot.place for visit in order), driver.destination]
    legs = [table.seconds[a][b] for a, b in itertools.pairwise(places)]
    return None if NO_ROAD in legs else legs


def _detour_metres(driver: Driver, order: Order, table: RoadTable) -> float | None:
    if table.metres is None:
        return None
    places = [driver.origin, *(visit.spot.place for visit in order), driver.destination]
    with_riders = sum(table.metres[a][b] for a, b in itertools.pairwise(places))
    return with_riders - table.metres[driver.origin][driver.destination]


def _windows(driver: Driver, riders: Sequence[Rider], order: Order) -> list[Window]:
    stops = [
        riders[visit.rider].leave.shifted(visit.spot.walk_seconds)
        if visit.pickup
        else riders[visit.rider].arrive.shifted(-visit.spot.walk_seconds)
        for visit in order
    ]
    return [driver.depart, *stops, driver.arrive]


def _limits(driver: Driver, riders: Sequence[Rider], order: Order, alone: int) -> list[Limit]:
    begun: dict[int, int] = {}
    limits = []
    for stop, visit in enumerate(order, start=1):
        if visit.pickup:
            begun[visit.rider] = stop
        elif (most := riders[visit.rider].max_ride_seconds) is not None:
            limits.append(Limit(begun[visit.rider], stop, most))
    if driver.max_longer_seconds is not None:
        limits.append(Limit(0, len(order) + 1, alone + driver.max_longer_seconds))
    return limits


def evaluate(driver: Driver, riders: Sequence[Rider], order: Order, table: RoadTable) -> Plan | None:
    """Return the plan of this very order, or None where somebody's window, budget or seat does not hold.

    The driver's budget in metres is not asked here (see ``keeps_metres``).
    """
    alone = table.seconds[driver.origin][driver.destination]
    legs = drive_seconds(driver, order, table)
    if legs is None or alone == NO_ROAD or max(loads(order, riders)) > driver.seats:
        return None
    drive = sum(legs)
    if drive - alone > driver.max_detour_seconds:
        return None
    times = schedule(_windows(driver, riders, order), legs, _limits(driver, riders, order, alone))
    if times is None:
        return None
    return Plan(
        order=order,
        depart_at=times[0],
        stop_at=tuple(times[1:-1]),
        arrive_at=times[-1],
        drive_seconds=drive,
        detour_seconds=drive - alone,
        detour_metres=_detour_metres(driver, order, table),
        rides=_rides(order, times[1:-1], table),
    )


def _rides(order: Order, times: Sequence[int], table: RoadTable) -> tuple[Ride, ...]:
    begun: dict[int, tuple[Spot, int]] = {}
    rides = []
    for visit, at in zip(order, times, strict=True):
        if visit.pickup:
            begun[visit.rider] = visit.spot, at
            continue
        spot, pickup_at = begun[visit.rider]
        direct = table.seconds[spot.place][visit.spot.place]
        rides.append(Ride(visit.rider, spot, visit.spot, pickup_at, at, direct))
    return tuple(sorted(rides, key=lambda ride: ride.rider))


def keeps_metres(driver: Driver, plan: Plan) -> bool:
    """Tell whether the driver's budget in metres holds. Raises ValueError where there is one and the table has none."""
    if driver.max_detour_metres is None:
        return True
    if plan.detour_metres is None:
        raise ValueError("a budget in metres needs a table with metres")
    return plan.detour_metres <= driver.max_detour_metres


def _walks(rider: Rider) -> Iterator[tuple[Spot, Spot]]:
    """Yield where the rider may get in and out; at their doors always, elsewhere within their walking budget."""
    doors = rider.pickups[0], rider.dropoffs[0]
    for pickup in rider.pickups:
        for dropoff in rider.dropoffs:
            walk = pickup.walk_seconds + dropoff.walk_seconds
            if (pickup, dropoff) == doors or rider.max_walk_seconds is None or walk <= rider.max_walk_seconds:
                yield pickup, dropoff


def insertions(order: Order, rider: int, riders: Sequence[Rider]) -> Iterator[Order]:
    """Yield every order that puts the rider into this one, whose own order stays."""
    for pickup, dropoff in _walks(riders[rider]):
        into, out = Visit(rider, pickup=True, spot=pickup), Visit(rider, pickup=False, spot=dropoff)
        for begin in range(len(order) + 1):
            for end in range(begin, len(order) + 1):
                yield (*order[:begin], into, *order[begin:end], out, *order[end:])


def best_insertion(
    driver: Driver,
    riders: Sequence[Rider],
    order: Order,
    rider: int,
    table: RoadTable,
    *,
    weights: Weights | None = None,
) -> Plan | None:
    """Return the best plan with one more rider, those who are in the car already in their order; None if none holds."""
    plans = _plans(driver, riders, insertions(order, rider, riders), table)
    return _best(driver, plans, riders, weights or Weights())


def best_plan(
    driver: Driver, riders: Sequence[Rider], table: RoadTable, *, weights: Weights | None = None, width: int = WIDTH
) -> Found:
    """Return the best plan with all riders, over all orders and spots.

    ``width`` bounds the orders that are carried from one rider to the next; where more hold, the best ones are, and
    the answer says that it is not complete. Up to four riders without meeting points never reach the default.
    """
    weights = weights or Weights()
    orders: list[Order] = [()]
    complete = True
    plans: list[Plan] = []
    for rider in range(len(riders)):
        grown = (longer for order in orders for longer in insertions(order, rider, riders))
        plans = list(_plans(driver, riders, grown, table))
        if len(plans) > width and rider + 1 < len(riders):
            plans = heapq.nsmallest(width, plans, key=lambda plan: _rank(plan, riders, weights))
            complete = False
        orders = [plan.order for plan in plans]
    if not riders:
        plans = list(_plans(driver, riders, orders, table))
    return Found(_best(driver, plans, riders, weights), complete)


def _plans(
    driver: Driver, riders: Sequence[Rider], orders: Iterator[Order] | list[Order], table: RoadTable
) -> Iterator[Plan]:
    for order in orders:
        plan = evaluate(driver, riders, order, table)
        if plan is not None:
            yield plan


def _best(driver: Driver, plans: Iterator[Plan] | list[Plan], riders: Sequence[Rider], weights: Weights) -> Plan | None:
    kept = (plan for plan in plans if keeps_metres(driver, plan))
    return min(kept, key=lambda plan: _rank(plan, riders, weights), default=None)


def _rank(plan: Plan, riders: Sequence[Rider], weights: Weights) -> tuple[object, ...]:
    """Order plans by their score; those of one score by their stops, so that the answer is always the same."""
    stops = tuple((visit.rider, not visit.pickup, visit.spot.place, visit.spot.walk_seconds) for visit in plan.order)
    return score_of(plan, riders, weights).total, stops
