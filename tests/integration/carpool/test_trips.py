"""The trips of the detour index: what changed is told once, in order, and never missed."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from mobility.carpool.models import IndexedTrip, TripRevision
from mobility.carpool.queries import TRIPS, TripChanges, changes_since
from mobility.carpool.services import DROPPED_KEPT, PAST_KEPT, OfferedTrip, drop_trips, put_trips
from mobility.core import jobs
from mobility.core.db import db, end_read, transaction
from mobility.core.retry import retried
from mobility.geo.travel.following import FollowedTrips
from mobility.geo.travel.interface import Trip
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.factories.carpool import NOW, a_trip
from tests.factories.roads import a_network

pytestmark = pytest.mark.usefixtures("app")


def as_read(trip: OfferedTrip) -> Trip:
    """Return a trip as an index gets it."""
    depart_at = int(trip.depart_at.timestamp())
    return Trip(trip.key, trip.origin, trip.destination, depart_at, trip.max_detour_seconds)


class Reader:
    """A server process's index: trips by key, and up to which revision they are known."""

    def __init__(self) -> None:
        self.trips: dict[int, Trip] = {}
        self.revision = 0
        self.told: list[int] = []

    def read(self) -> TripChanges:
        changes = changes_since(self.revision)
        assert changes.whole or changes.revision >= self.revision
        if changes.whole:
            self.trips.clear()
        self.trips |= {trip.key: trip for trip in changes.put}
        for key in changes.dropped:
            self.trips.pop(key, None)
        self.told += [*(trip.key for trip in changes.put), *changes.dropped]
        self.revision = changes.revision
        return changes


def test_changes_are_told_once() -> None:
    reader = Reader()
    assert reader.read() == TripChanges(0, [], [], whole=False)
    assert put_trips(trips=[a_trip(1), a_trip(2), a_trip(3)]) == 3
    reader.read()
    assert reader.trips == {key: as_read(a_trip(key)) for key in (1, 2, 3)}
    assert reader.read() == TripChanges(reader.revision, [], [], whole=False)
    assert put_trips(trips=[a_trip(2, max_detour_seconds=900)]) == 1
    assert drop_trips(keys=[3, 99], now=NOW) == 1
    changes = reader.read()
    assert ([trip.key for trip in changes.put], changes.dropped, changes.whole) == ([2], [3], False)
    assert reader.trips == {1: as_read(a_trip(1)), 2: as_read(a_trip(2, max_detour_seconds=900))}


def test_what_does_not_change_is_not_told() -> None:
    put_trips(trips=[a_trip(1), a_trip(2)])
    reader = Reader()
    reader.read()
    later = NOW + timedelta(microseconds=400)
    assert put_trips(trips=[a_trip(1), a_trip(2, depart_at=later)]) == 0
    assert drop_trips(keys=[2], now=NOW) == 1
    assert drop_trips(keys=[2], now=NOW) == 0
    assert reader.read().dropped == [2]
    assert put_trips(trips=[a_trip(2)]) == 1
    assert [trip.key for trip in reader.read().put] == [2]
    assert reader.trips == {key: as_read(a_trip(key)) for key in (1, 2)}


def test_a_trip_given_twice_in_one_call_counts_as_the_last_one() -> None:
    assert put_trips(trips=[a_trip(1), a_trip(1, seats=2)]) == 1
    assert db.session.scalars(select(IndexedTrip.seats)).all() == [2]


def test_changes_of_a_transaction_that_fails_are_never_told() -> None:
    put_trips(trips=[a_trip(1)])
    reader = Reader()
    reader.read()
    with pytest.raises(RuntimeError), transaction():
        put_trips(trips=[a_trip(2)])
        drop_trips(keys=[1], now=NOW)
        raise RuntimeError
    assert reader.read() == TripChanges(reader.revision, [], [], whole=False)
    put_trips(trips=[a_trip(3)])
    assert [trip.key for trip in reader.read().put] == [3]


def test_thousands_of_trips_go_in_few_queries(count_queries: Any) -> None:
    with count_queries() as seen:
        put_trips(trips=[a_trip(key) for key in range(1, 1601)])
    assert seen.total <= 20
    with count_queries() as seen:
        assert len(changes_since(0).put) == 1600
    assert seen.total == 2
    assert drop_trips(keys=range(1, 1601), now=NOW) == 1600
    assert changes_since(0).put == []


def test_a_dropped_trip_leaves_no_trace_of_a_place() -> None:
    put_trips(trips=[a_trip(1)])
    drop_trips(keys=[1], now=NOW)
    row = db.session.execute(select(IndexedTrip.__table__)).one()
    assert {name: value for name, value in row._mapping.items() if value is not None} == {
        "key": 1, "revision": 2, "dropped_at": NOW,
    }  # fmt: skip


def test_past_trips_leave_and_dropped_ones_are_forgotten() -> None:
    put_trips(trips=[a_trip(1), a_trip(2, depart_at=NOW + timedelta(days=30))])
    early, late = Reader(), Reader()
    early.read()
    assert jobs.run("carpool_tidy_trips", now=NOW + PAST_KEPT).counts == {"dropped": 0, "forgotten": 0}
    day_after = NOW + PAST_KEPT + timedelta(seconds=1)
    assert jobs.run("carpool_tidy_trips", now=day_after).counts == {"dropped": 1, "forgotten": 0}
    late.read()
    assert late.trips == {2: as_read(a_trip(2, depart_at=NOW + timedelta(days=30)))}
    week_after = day_after + DROPPED_KEPT + timedelta(seconds=1)
    assert jobs.run("carpool_tidy_trips", now=week_after).counts == {"dropped": 0, "forgotten": 1}
    # Who knew of the drop goes on; who did not reads everything again.
    assert late.read().whole is False
    assert early.read().whole is True
    assert early.trips == late.trips
    put_trips(trips=[a_trip(5)])
    assert [trip.key for trip in early.read().put] == [5]


def test_what_is_told_is_what_is_committed_whatever_the_caller_sees() -> None:
    put_trips(trips=[a_trip(1)])
    assert db.session.scalars(select(IndexedTrip.key)).all() == [1]  # the caller's own read begins

    def write(app: Flask) -> None:
        with app.app_context():
            put_trips(trips=[a_trip(2)])
            db.session.close()

    other = threading.Thread(target=write, args=(current_app._get_current_object(),))  # type: ignore[attr-defined]
    other.start()
    other.join()
    assert {trip.key for trip in changes_since(0).put} == {1, 2}
    with transaction():
        put_trips(trips=[a_trip(3)])
        assert {trip.key for trip in changes_since(0).put} == {1, 2}


def test_an_older_backup_in_use_is_noticed() -> None:
    put_trips(trips=[a_trip(1), a_trip(2)])
    reader = Reader()
    reader.read()
    with transaction() as session:
        session.execute(delete(IndexedTrip).where(IndexedTrip.key == 2))
        session.execute(update(TripRevision).values(last=1))
    assert reader.read().whole is True
    assert set(reader.trips) == {1}


GIVEN = {
    "key": 9, "origin_longitude": 3.5, "origin_latitude": 50.3, "destination_longitude": 3.6,
    "destination_latitude": 50.4, "depart_at": NOW, "max_detour_seconds": 600, "seats": 3, "revision": 9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"key": 0}, "key_is_positive"),
        ({"key": 1}, "key"),
        ({"revision": 0}, "revision_is_positive"),
        ({"revision": 1}, "revision"),
        ({"dropped_at": NOW}, "a_dropped_trip_keeps_nothing"),
        ({"depart_at": None}, "a_dropped_trip_keeps_nothing"),
        ({"seats": None}, "a_dropped_trip_keeps_nothing"),
        ({"origin_longitude": None}, "a_dropped_trip_keeps_nothing"),
        ({"dropped_at": NOW, **dict.fromkeys(GIVEN, None), "key": 9, "revision": 9, "depart_at": NOW}, "nothing"),
        ({"origin_longitude": 180.1}, "longitudes_are_on_earth"),
        ({"destination_longitude": -181.0}, "longitudes_are_on_earth"),
        ({"origin_latitude": -90.1}, "latitudes_are_on_earth"),
        ({"destination_latitude": 91.0}, "latitudes_are_on_earth"),
        ({"origin_latitude": float("nan")}, ""),
        ({"max_detour_seconds": -1}, "detour_is_a_day_at_most"),
        ({"max_detour_seconds": 86401}, "detour_is_a_day_at_most"),
        ({"seats": 0}, "seats_are_1_to_8"),
        ({"seats": 9}, "seats_are_1_to_8"),
    ],
)
def test_a_trip_that_cannot_be_is_refused(values: dict[str, Any], constraint: str) -> None:
    put_trips(trips=[a_trip(1)])
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        session.execute(insert(IndexedTrip).values({**GIVEN, **values}))
    assert constraint in str(refused.value)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"id": 2}, "there_is_one"),
        ({"id": 1}, "trip_revision"),
        ({"id": 1, "forgotten_through": 6}, ""),
        ({"id": 1, "forgotten_through": -1}, ""),
    ],
)
def test_there_is_one_counter_and_it_is_sound(values: dict[str, Any], constraint: str) -> None:
    put_trips(trips=[a_trip(1)])
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        if "forgotten_through" in values:
            session.execute(update(TripRevision).values({"last": 5, **values}))
        else:
            session.execute(insert(TripRevision).values({"last": 5, "forgotten_through": 0, **values}))
    assert (constraint or "what_is_forgotten_was_given") in str(refused.value)


def test_the_indexes_of_two_processes_answer_what_was_committed_before_the_question(tmp_path: Path) -> None:
    network = a_network([(0, 1, 300), (1, 0, 300), (1, 2, 300), (2, 1, 300)], [(3.5, 50.3), (3.55, 50.3), (3.6, 50.3)])
    engine = LocalEngine(HierarchyEngine.prepare(network))
    ends = {"origin": (3.5, 50.3), "destination": (3.6, 50.3)}
    put_trips(trips=[a_trip(1, **ends), a_trip(2, **ends, max_detour_seconds=0)])
    processes = [FollowedTrips(engine, TRIPS, tmp_path) for _ in range(2)]

    def found(process: FollowedTrips) -> dict[int, int]:
        detours = process.detours((3.55, 50.3), (3.5, 50.3))
        return dict(zip(detours.key.tolist(), detours.detour.tolist(), strict=True))

    assert [found(process) for process in processes] == [{1: 600}] * 2
    put_trips(trips=[a_trip(3, **ends, max_detour_seconds=700)])
    drop_trips(keys=[1], now=NOW)
    assert [found(process) for process in processes] == [{3: 600}] * 2
    assert processes[0].save_snapshot() == 2
    put_trips(trips=[a_trip(2, **ends)])
    assert found(FollowedTrips(engine, TRIPS, tmp_path)) == {2: 600, 3: 600}


KEYS = 20


def _write(app: Flask, seed: int, rounds: int, stop: threading.Event) -> None:
    """Put, drop and give up at random, slowly enough that others come in between."""
    draw = random.Random(seed)

    @retried
    def act() -> None:
        with transaction():
            for _ in range(draw.randint(1, 3)):
                keys = draw.sample(range(1, KEYS + 1), 3)
                if draw.random() < 0.3:
                    drop_trips(keys=keys, now=NOW)
                else:
                    put_trips(trips=[a_trip(key, max_detour_seconds=draw.randint(0, 3600)) for key in keys])
                time.sleep(draw.random() * 0.004)
            if draw.random() < 0.2:
                raise _GivenUp

    with app.app_context():
        for _ in range(rounds):
            if stop.is_set():
                break
            try:
                act()
            except _GivenUp:
                pass
            finally:
                end_read()
            time.sleep(draw.random() * 0.002)
        db.session.close()


class _GivenUp(Exception):
    pass


def _race(app: Flask, *, writers: int, rounds: int) -> Reader:
    stop = threading.Event()
    errors: list[BaseException] = []

    def run(seed: int) -> None:
        try:
            _write(app, seed, rounds, stop)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(writers)]
    reader = Reader()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        reader.read()
    for thread in threads:
        thread.join()
    assert errors == []
    reader.read()
    return reader


def test_a_reader_misses_no_change_while_others_write(app: Flask) -> None:
    reader = _race(app, writers=4, rounds=25)
    rows = db.session.scalars(select(IndexedTrip)).all()
    assert reader.trips == {trip.key: trip for trip in changes_since(-1).put}
    assert reader.revision == max(row.revision for row in rows)
    assert len(reader.told) > KEYS


@pytest.mark.soak
def test_a_reader_misses_no_change_in_a_long_race(app: Flask) -> None:
    for _ in range(4):
        reader = _race(app, writers=6, rounds=60)
        end_read()
        assert reader.trips == {trip.key: trip for trip in changes_since(-1).put}
