"""What is read of carpooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from mobility.carpool.models import IndexedTrip, TripRevision
from mobility.core.db import db
from mobility.geo.travel.following import TripSource
from mobility.geo.travel.interface import Trip

_COLUMNS = (
    IndexedTrip.key, IndexedTrip.origin_longitude, IndexedTrip.origin_latitude, IndexedTrip.destination_longitude,
    IndexedTrip.destination_latitude, IndexedTrip.depart_at, IndexedTrip.max_detour_seconds, IndexedTrip.revision,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TripChanges:
    """What has to be done to an index that knows everything up to a revision, so that it does up to another one."""

    revision: int
    put: list[Trip]
    dropped: list[int]
    # Begin with an empty index: ``put`` is all there is.
    whole: bool


def count_trips() -> int:
    """Return how many trips are offered, as committed now."""
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(IndexedTrip.dropped_at.is_(None))) or 0


def changes_since(revision: int) -> TripChanges:
    """Return what was committed after a revision (0: nothing is known), in two queries, or four where all is read again.

    All is read again by who knows of less than is kept, or of more than was ever given (an older backup is in use).
    Reads on a connection of its own: an index is shared by requests, of which each sees its own past.
    """
    with db.engine.connect() as connection:
        rows = connection.execute(select(*_COLUMNS).where(IndexedTrip.revision > revision)).all()
        # Read after the rows: had dropped trips been forgotten in between, this tells.
        last, forgotten = _counter(connection)
        if not forgotten <= revision <= last:
            return _everything(connection)
    return TripChanges(
        revision=max((row.revision for row in rows), default=revision),
        put=[_trip(row) for row in rows if row.depart_at is not None],
        dropped=[row.key for row in rows if row.depart_at is None],
        whole=False,
    )


def _everything(connection: Connection) -> TripChanges:
    # Read before the rows: whatever they show beyond it will be read again, which does no harm.
    last, _forgotten = _counter(connection)
    rows = connection.execute(select(*_COLUMNS).where(IndexedTrip.dropped_at.is_(None))).all()
    return TripChanges(revision=last, put=[_trip(row) for row in rows], dropped=[], whole=True)


def _counter(connection: Connection) -> tuple[int, int]:
    """Return the last revision given, and that up to which dropped trips are forgotten."""
    found = connection.execute(select(TripRevision.last, TripRevision.forgotten_through)).first()
    return (0, 0) if found is None else (found.last, found.forgotten_through)


def _trip(row: Any) -> Trip:
    return Trip(
        key=row.key,
        origin=(row.origin_longitude, row.origin_latitude),
        destination=(row.destination_longitude, row.destination_latitude),
        depart_at=int(row.depart_at.timestamp()),
        max_detour_seconds=row.max_detour_seconds,
    )


class _Database:
    """The trips of the database, as the detour index asks for them."""

    def changes_since(self, revision: int) -> TripChanges:
        """Return what was committed after a revision."""
        return changes_since(revision)


TRIPS: TripSource = _Database()
