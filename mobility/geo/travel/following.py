"""A detour index that keeps up with the trips of a database, in every process of a server.

Whoever writes a trip gives it a new revision. Before each question a process asks for what has changed since the
revision that its index knows, and takes it in: so each answer holds everything that was committed before the question,
whichever process wrote it. Processes tell each other nothing else.

They start from a snapshot on disk, which they share memory-mapped; a job writes a new one now and then
(``save_snapshot``), and a process whose own changes have piled up goes over to it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from mobility.geo.travel import snapshots
from mobility.geo.travel.interface import Detours, Trip
from mobility.geo.travel.local import LocalEngine, LocalTrips
from mobility.geo.travel.snapshots import Snapshot
from mobility.geo.travel.trips import TripIndex

log = structlog.get_logger(__name__)

# With so many trips beside those of its snapshot, a process looks for a newer one.
PILED_UP = 2048


class Changes(Protocol):
    """What has to be done to an index that knows everything up to a revision, so that it does up to another one."""

    @property
    def revision(self) -> int:
        """The revision that is known afterwards."""

    @property
    def put(self) -> Sequence[Trip]:
        """Trips that are new or changed."""

    @property
    def dropped(self) -> Sequence[int]:
        """Keys of trips that are gone; some may never have been known."""

    @property
    def whole(self) -> bool:
        """True: ``put`` is all there is, and whatever else the index holds is wrong."""


class TripSource(Protocol):
    """Where trips come from.

    Revisions must become visible in their order (whoever writes holds the counter until the end of the transaction),
    and the answer must be what is committed now, not what a transaction of the caller began with.
    """

    def changes_since(self, revision: int) -> Changes:
        """Return what changed after a revision. 0: nothing is known, everything is wanted.

        Where the source does not know what changed since (forgotten, or an older backup is in use), ``whole``.
        """


@dataclass(frozen=True, slots=True)
class _State:
    """An index and the revision that it knows everything up to; replaced whole."""

    revision: int
    index: LocalTrips
    # The snapshot that it began with.
    base: Path | None


class FollowedTrips:
    """The trips of a source, indexed on one network; safe for threads.

    ``folder`` is that of prepared files; None: nothing is kept. Trips that no road reaches are left out, and logged
    by their keys.
    """

    def __init__(self, engine: LocalEngine, source: TripSource, folder: Path | None) -> None:
        self.engine = engine
        self._source = source
        self._folder = folder and snapshots.folder_of(folder, engine.network)
        self._changing = threading.Lock()
        # Nothing is believed of a snapshot before it was once compared with everything there is.
        self._state = self._reconciled(self._begin(), self._source.changes_since(0))

    def __len__(self) -> int:
        return len(self._state.index)

    @property
    def revision(self) -> int:
        """The revision that the index knows everything up to."""
        return self._state.revision

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip of the source, as of now, that can bear the request. Raises TooFarFromRoad, Unreachable.

        The index may already know of a trip that the caller's own transaction does not see yet.
        """
        index = self.catch_up()
        return index.detours(origin, destination, depart_from=depart_from, depart_until=depart_until)

    def catch_up(self) -> LocalTrips:
        """Take in what has changed, and return the index."""
        state = self._state
        changes = self._source.changes_since(state.revision)
        if not _nothing(changes, state.revision):
            with self._changing:
                if self._state is not state:  # another thread was faster, perhaps with less
                    changes = self._source.changes_since(self._state.revision)
                self._state = self._after(self._state, changes)
        return self._state.index

    def save_snapshot(self) -> int:
        """Keep the index of now for those who start later; return the number of its trips. Raises OSError.

        Nothing is written where the newest snapshot is that of now, and sound.
        """
        self.catch_up()
        with self._changing:
            state = self._state
            trips = state.index.trips
            if self._folder is None or not isinstance(trips, TripIndex):
                return 0
            if self._is_kept(state):
                return len(state.index)
            segment = trips.compact()
            path = snapshots.save(self._folder, Snapshot(state.revision, segment))
            self._state = _State(state.revision, state.index, path)
            return len(segment)

    def _is_kept(self, state: _State) -> bool:
        path = state.base
        return path is not None and snapshots.revision_of(path) == state.revision and snapshots.load(path) is not None

    def _after(self, state: _State, changes: Changes) -> _State:
        """Return the state after changes."""
        if _nothing(changes, state.revision):
            return state
        if changes.whole:
            return self._reconciled(state, changes)
        state.index.drop(changes.dropped)
        _tell(state.index.put_possible(changes.put))
        after = _State(changes.revision, state.index, state.base)
        return self._gone_over(after) or after

    def _reconciled(self, state: _State, everything: Changes) -> _State:
        """Return the state that holds all there is, and nothing else."""
        _tell(state.index.become(everything.put))
        return _State(everything.revision, state.index, state.base)

    def _begin(self) -> _State:
        """Return the newest snapshot, or an empty index."""
        path = snapshots.newest(self._folder) if self._folder else None
        found = self._from(path) if path else None
        return found or _State(0, self.engine.detour_index(), None)

    def _from(self, path: Path) -> _State | None:
        found = snapshots.load(path)
        return _State(found.revision, self.engine.detour_index(found.segment), path) if found else None

    def _gone_over(self, state: _State) -> _State | None:
        """Return a newer snapshot brought up to date, where own changes have piled up and there is one."""
        trips = state.index.trips
        if self._folder is None or not isinstance(trips, TripIndex) or trips.beside_the_base() < PILED_UP:
            return None
        path = snapshots.newest(self._folder)
        if path is None or path == state.base:
            return None
        newer = self._from(path)
        if newer is None or newer.revision > state.revision:
            return None
        changes = self._source.changes_since(newer.revision)
        return newer if _nothing(changes, newer.revision) else self._after(newer, changes)


def _tell(lost: Sequence[int]) -> None:
    if lost:
        log.warning("trips_without_a_road", keys=lost[:20], count=len(lost))


def _nothing(changes: Changes, revision: int) -> bool:
    return changes.revision == revision and not (changes.whole or changes.put or changes.dropped)
