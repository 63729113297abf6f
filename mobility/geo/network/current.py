"""The network in use, for one process: loaded once, and again when another version takes its place.

Arrays are memory-mapped: the processes of one machine share the pages, and a server that loads the network before it
forks hands the mapping on. Each question costs one ``stat`` of the pointer file, so that an import takes effect
without a restart. Where nothing was imported, or nothing that was can be read, the demonstration network answers, and
says that it is one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from mobility.geo.errors import BadNetworkFile
from mobility.geo.network import demonstration, store
from mobility.geo.network.calibration import Factors
from mobility.geo.network.model import RoadNetwork

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NetworkInUse:
    """A network and what is known of it. Another ``version`` is another network; nothing of one changes."""

    network: RoadNetwork
    version: str
    # The same for all calibrations of the same roads: an order of the nodes can be kept under this name.
    topology: str
    factors: Factors
    # Where the version is kept; None for the demonstration network.
    folder: Path | None
    # Why it is not the version that was asked for, in French; None where all is well.
    problem: str | None = None


class Networks:
    """Gives the network in use; safe for threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._in_use: NetworkInUse | None = None

    @property
    def prepared_folder(self) -> Path:
        """Where what is made from networks for speed is kept."""
        return self.folder / store.PREPARED

    def in_use(self) -> NetworkInUse:
        """Return the network in use now. Keep the answer while one question is being answered."""
        seen = self._stat()
        in_use = self._in_use
        if in_use is not None and seen == self._seen:
            return in_use
        with self._lock:
            if self._in_use is None or seen != self._seen:
                self._in_use = self._load()
                self._seen = seen
            return self._in_use

    def _stat(self) -> tuple[int, ...]:
        try:
            found = (self.folder / store.CURRENT).stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _load(self) -> NetworkInUse:
        try:
            name = store.current_name(self.folder)
        except (OSError, UnicodeDecodeError) as error:
            return self._instead(None, str(error))
        if name is None:
            return demonstration_in_use()
        try:
            return _load_version(self.folder, name)
        except BadNetworkFile as error:
            return self._instead(name, error.message)

    def _instead(self, name: str | None, problem: str) -> NetworkInUse:
        """Return the network that was in use, else the version before, else the demonstration."""
        log.error("network_unusable", version=name, reason=problem)
        if self._in_use is not None:
            return _with_problem(self._in_use, problem)
        for other in store.names(self.folder):
            if other != name:
                try:
                    return _with_problem(_load_version(self.folder, other), problem)
                except BadNetworkFile as error:
                    log.exception("network_unusable", version=other, reason=error.message)
        return _with_problem(demonstration_in_use(), problem)


def _load_version(folder: Path, name: str) -> NetworkInUse:
    version = store.read_version(folder, name)
    return NetworkInUse(store.load(version), name, version.topology, version.factors, version.folder)


def _with_problem(in_use: NetworkInUse, problem: str) -> NetworkInUse:
    return NetworkInUse(in_use.network, in_use.version, in_use.topology, in_use.factors, in_use.folder, problem=problem)


def demonstration_in_use() -> NetworkInUse:
    """Return the demonstration network as one in use."""
    network = demonstration.load()
    name = f"demonstration-{demonstration.digest()}"
    return NetworkInUse(network, name, name, demonstration.FACTORS, None)
