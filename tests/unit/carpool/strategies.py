"""Random drivers, riders and roads."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from mobility.carpool.rules.facts import Driver, Rider, RoadTable, Spot, Window, ride_budget
from tests.unit.carpool.helpers import FOUR, MINUTE, random_roads


@dataclass(frozen=True)
class Scene:
    """One driver, some riders, the roads between everything."""

    driver: Driver
    riders: tuple[Rider, ...]
    table: RoadTable


def windows(begins: int, lasts: int) -> st.SearchStrategy[Window]:
    """Windows that begin within so many minutes after four in the morning, and last so many at most."""
    return st.builds(
        lambda begin, span: Window(FOUR + begin * MINUTE, FOUR + (begin + span) * MINUTE),
        st.integers(0, begins),
        st.integers(0, lasts),
    )


@st.composite
def scenes(draw: st.DrawFn, *, most_riders: int = 3, most_spots: int = 1, least_riders: int = 1) -> Scene:
    """Draw a scene in which some plans hold and some do not."""
    network, table = random_roads(draw(st.integers(0, 11)))
    place = st.integers(0, network.node_count - 1)
    origin, destination = draw(place), draw(place)
    driver = Driver(
        origin=origin,
        destination=destination,
        depart=draw(windows(30, 60)),
        seats=draw(st.integers(1, 4)),
        max_detour_seconds=draw(st.integers(0, 150)) * MINUTE,
        arrive=draw(st.one_of(st.just(Window()), windows(60, 180))),
        max_detour_metres=draw(st.one_of(st.none(), st.integers(0, 100).map(lambda km: km * 1000.0))),
        max_longer_seconds=draw(st.one_of(st.none(), st.integers(0, 180).map(lambda count: count * MINUTE))),
    )
    riders = []
    for _ in range(draw(st.integers(least_riders, most_riders))):
        spot = st.builds(Spot, place, st.integers(0, 15).map(lambda count: count * MINUTE))
        pickups = draw(st.lists(spot, min_size=1, max_size=most_spots))
        dropoffs = draw(st.lists(spot, min_size=1, max_size=most_spots))
        extra = draw(st.one_of(st.none(), st.integers(0, 60).map(lambda count: count * MINUTE)))
        direct = table.seconds[pickups[0].place][dropoffs[0].place]
        riders.append(
            Rider(
                pickups=tuple(pickups),
                dropoffs=tuple(dropoffs),
                leave=draw(st.one_of(st.just(Window()), windows(45, 120))),
                arrive=draw(st.one_of(st.just(Window()), windows(30, 180))),
                seats=draw(st.integers(1, 2)),
                max_ride_seconds=ride_budget(direct, max_extra_seconds=extra),
                max_walk_seconds=draw(st.one_of(st.none(), st.integers(0, 20).map(lambda count: count * MINUTE))),
            )
        )
    return Scene(driver, tuple(riders), table)
