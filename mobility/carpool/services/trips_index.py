"""What is offered as rides: changes that every server process takes into its detour index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mobility.carpool.models import KEPT_WHILE_OFFERED, IndexedTrip, TripRevision
from mobility.core.clock import require_aware
from mobility.core.db import db, lock, transaction

# A process that was asleep for longer reads everything again.
DROPPED_KEPT = timedelta(days=7)
# Trips of the past stay until those who left late are surely there.
PAST_KEPT = timedelta(days=1)
_AT_ONCE = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OfferedTrip:
    """A driver's journey on one day. Places are (longitude, latitude); ``depart_at`` is cut to the second."""

    key: int
    origin: tuple[float, float]
    destination: tuple[float, float]
    depart_at: datetime
    max_detour_seconds: int
    seats: int

    def columns(self) -> dict[str, object]:
        """Return the row, but for its revision."""
        return {
            "origin_longitude": self.origin[0],
            "origin_latitude": self.origin[1],
            "destination_longitude": self.destination[0],
            "destination_latitude": self.destination[1],
            "depart_at": require_aware(self.depart_at).replace(microsecond=0),
            "max_detour_seconds": self.max_detour_seconds,
            "seats": self.seats,
            "dropped_at": None,
        }


def put_trips(*, trips: Sequence[OfferedTrip]) -> int:
    """Offer trips, or change those with the same key. Returns how many differ from what was there.

    Joins the transaction. From here to its end other writers of trips wait: call it last.
    """
    changed = 0
    with transaction() as session:
        counter = _hold_counter(session)
        for some in _parts(list({trip.key: trip for trip in trips}.values())):
            known = _rows(session, [trip.key for trip in some])
            for trip in some:
                columns = trip.columns()
                row = known.get(trip.key)
                if row is not None and all(getattr(row, name) == value for name, value in columns.items()):
                    continue
                counter.last += 1
                changed += 1
                if row is None:
                    session.add(IndexedTrip(key=trip.key, revision=counter.last, **columns))
                else:
                    _change(row, {**columns, "revision": counter.last})
            session.flush()
    return changed


def drop_trips(*, keys: Sequence[int], now: datetime) -> int:
    """Take trips back; unknown keys and dropped ones are no error. Returns how many were there.

    Joins the transaction. From here to its end other writers of trips wait: call it last.
    """
    dropped = 0
    with transaction() as session:
        counter = _hold_counter(session)
        for some in _parts(sorted(set(keys))):
            for row in _rows(session, some).values():
                if row.dropped_at is None:
                    counter.last += 1
                    dropped += 1
                    _drop(row, counter.last, now)
            session.flush()
    return dropped


def tidy_trips(*, now: datetime) -> dict[str, int]:
    """Drop the trips of the past, and forget those that were dropped long ago."""
    with transaction():
        past = db.session.scalars(select(IndexedTrip.key).where(IndexedTrip.depart_at < now - PAST_KEPT)).all()
        dropped = drop_trips(keys=past, now=now)
    with transaction() as session:
        counter = _hold_counter(session)
        old = IndexedTrip.dropped_at < now - DROPPED_KEPT
        highest, count = session.execute(select(func.max(IndexedTrip.revision), func.count()).where(old)).one()
        if count:
            counter.forgotten_through = max(counter.forgotten_through, highest)
            session.execute(delete(IndexedTrip).where(old))
    return {"dropped": dropped, "forgotten": count}


def _hold_counter(session: Session) -> TripRevision:
    """Return the counter, held until the transaction ends."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    if session.get(TripRevision, 1) is None:
        first = insert(TripRevision).values(id=1, last=0, forgotten_through=0)
        session.execute(first.on_conflict_do_nothing(index_elements=["id"]))
    return lock(TripRevision, 1)


def _rows(session: Session, keys: Sequence[int]) -> dict[int, IndexedTrip]:
    found = select(IndexedTrip).where(IndexedTrip.key.in_(keys)).execution_options(populate_existing=True)
    return {row.key: row for row in session.scalars(found)}


def _change(row: IndexedTrip, columns: dict[str, object]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)


def _drop(row: IndexedTrip, revision: int, now: datetime) -> None:
    _change(row, {**dict.fromkeys(KEPT_WHILE_OFFERED), "revision": revision, "dropped_at": now})


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
