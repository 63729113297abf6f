"""The detour index of the application: the trips of the database on the network in use, one in each process.

It is made at the first question: from the snapshot that the job ``carpool_save_index`` keeps, compared with the
database. Each question takes in what was committed before it (``following``). When another network is put into use,
whoever does that keeps a snapshot for it first (``prepare``), so that a running server goes over in a moment; where
there is none and trips are many, a thread makes the index while the one before goes on answering, on its own network.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from mobility.carpool.errors import TripsNotReady
from mobility.geo import engines, networks

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.geo.network.model import RoadNetwork
    from mobility.geo.travel.fallback_index import FollowedServerTrips, Questions
    from mobility.geo.travel.following import FollowedTrips
    from mobility.geo.travel.interface import Detours
    from mobility.geo.travel.local import LocalEngine

log = structlog.get_logger(__name__)

_KEEPER = "mobility.carpool_index"
# So many trips are indexed within a second, while who asks waits.
AT_ONCE = 1000
# The same, while the network is not prepared: each of them is a search over the whole of it.
AT_ONCE_UNPREPARED = 20


class TripIndexes:
    """Gives the index of an application; safe for threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._ready: FollowedTrips | None = None
        self._server: FollowedServerTrips | None = None
        self._making: threading.Thread | None = None

    def local(self) -> FollowedTrips:
        """Return the index on our own network: the one in use, or for a while the one before.

        Raises TripsNotReady where there is none yet and it takes long.
        """
        engine = engines.local()
        if (ready := self._ready) is not None and ready.engine is engine:
            return ready
        with self._lock:
            ready = self._ready
            if ready is None or ready.engine is not engine:
                if self._is_quick(engine):
                    self._ready = ready = self._made(engine)
                else:
                    self._begin(engine)
            if ready is None:
                raise TripsNotReady
            return ready

    def server(self) -> FollowedServerTrips | None:
        """Return the index for the routing server of the settings; None where they name none."""
        server = engines.server()
        if server is None:
            return None
        with self._lock:
            if self._server is None:
                from mobility.carpool.queries import TRIPS

                self._server = server.follow(TRIPS, _Local(self))
            return self._server

    def save(self) -> int:
        """Keep a snapshot, and forget those of other networks; return the number of trips. Raises OSError."""
        from mobility.geo.travel import snapshots

        engine = engines.local()
        if not _is_prepared(engine):
            return 0  # the hierarchy is being made beside: the next run finds it
        with self._lock:
            if self._ready is None or self._ready.engine is not engine:
                self._ready = self._made(engine)
            followed = self._ready
        kept = followed.save_snapshot()
        snapshots.forget_other_networks(self.folder, engine.network)
        return kept

    def wait(self, seconds: float) -> None:
        """Wait until what is being made is ready."""
        if self._making is not None:
            self._making.join(seconds)

    @property
    def folder(self) -> Path:
        """Where snapshots are kept."""
        return networks.of(self._app).prepared_folder

    def _made(self, engine: LocalEngine) -> FollowedTrips:
        from mobility.carpool.queries import TRIPS
        from mobility.geo.travel.following import FollowedTrips

        return FollowedTrips(engine, TRIPS, self.folder)

    def _is_quick(self, engine: LocalEngine) -> bool:
        from mobility.carpool.queries import count_trips
        from mobility.geo.travel import snapshots

        if not _is_prepared(engine):
            return count_trips() <= AT_ONCE_UNPREPARED
        return (
            snapshots.newest(snapshots.folder_of(self.folder, engine.network)) is not None or count_trips() <= AT_ONCE
        )

    def _begin(self, engine: LocalEngine) -> None:
        """Make the index of an engine beside, unless one is being made, or the engine is about to be replaced."""
        if not _is_prepared(engine) or (self._making is not None and self._making.is_alive()):
            return

        def make() -> None:
            with self._app.app_context():
                try:
                    followed = self._made(engine)
                except SQLAlchemyError as error:
                    log.warning("trip_index_not_made", error=type(error).__name__)
                    return
            with self._lock:
                self._ready = followed
            log.info("trip_index_made", trips=len(followed))

        self._making = threading.Thread(target=make, name="index-trips", daemon=True)
        self._making.start()


class _Local:
    """The local index of the moment, for who keeps it longer than a moment."""

    def __init__(self, indexes: TripIndexes) -> None:
        self._indexes = indexes

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request."""
        return self._indexes.local().detours(origin, destination, depart_from=depart_from, depart_until=depart_until)


def _is_prepared(engine: LocalEngine) -> bool:
    from mobility.geo.travel.search import HierarchyEngine

    return isinstance(engine.engine, HierarchyEngine)


def init_app(app: Flask) -> None:
    """Set up the index of an application; nothing is loaded yet."""
    app.extensions[_KEEPER] = TripIndexes(app)
    networks.register_preparation(app, prepare)


def of(app: Flask) -> TripIndexes:
    """Return the indexes of an application."""
    found: TripIndexes = app.extensions[_KEEPER]
    return found


def local() -> FollowedTrips:
    """Return the index on our own network; its ``engine`` is the one to ask for routes of what it finds.

    Raises TripsNotReady.
    """
    return of(current_app).local()


def in_use() -> Questions:
    """Return the index to ask now. A routing server may stand outside the house: for protected files ask ``local()``.

    Raises TripsNotReady.
    """
    keeper = of(current_app)
    return keeper.server() or keeper.local()


def save() -> int:
    """Keep a snapshot for processes that start later; return the number of its trips. Raises OSError."""
    from mobility.carpool.queries import count_trips
    from mobility.geo.travel import snapshots

    keeper = of(current_app)
    # Whoever shares no rides spends no memory on roads.
    return keeper.save() if count_trips() or snapshots.any_in(keeper.folder) else 0


def prepare(network: RoadNetwork) -> None:
    """Keep a snapshot for a network that is about to be put into use, so that servers go over to it in a moment."""
    from mobility.carpool.queries import TRIPS, count_trips
    from mobility.geo.travel import prepared
    from mobility.geo.travel.following import FollowedTrips
    from mobility.geo.travel.local import LocalEngine

    try:
        if not count_trips():
            return
        folder = of(current_app).folder
        hierarchy = prepared.load(network, folder)
        if hierarchy is not None:
            FollowedTrips(LocalEngine(hierarchy), TRIPS, folder).save_snapshot()
    except SQLAlchemyError as error:  # roads may be imported before there is a database
        log.warning("trips_not_indexed_beforehand", error=type(error).__name__)
