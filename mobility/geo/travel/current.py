"""The local engine in use, for one process: that of the network in use, as soon as its hierarchy is prepared.

An import prepares the hierarchy before it puts a network into use, so a server finds it and maps it. Where it does not
(files lost, a new calibration), small networks are prepared on the spot, and large ones beside the running server:
until that is done the engine before answers, on its own network, and where there is none yet plain Dijkstra.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from mobility.geo.network.current import Networks
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import prepared
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.search import HierarchyEngine

log = structlog.get_logger(__name__)

# So many nodes are ready within some two seconds.
AT_ONCE = 20_000


class LocalEngines:
    """Gives the local engine in use; safe for threads."""

    def __init__(self, networks: Networks) -> None:
        self.folder = networks.prepared_folder
        self._networks = networks
        self._lock = threading.Lock()
        self._ready: LocalEngine | None = None
        # What answers while the engine of another network is being prepared, and the thread that does it.
        self._meanwhile: LocalEngine | None = None
        self._preparing: tuple[RoadNetwork, threading.Thread] | None = None

    def in_use(self) -> LocalEngine:
        """Return the engine in use now. Keep the answer while one question is being answered."""
        network = self._networks.in_use().network
        ready = self._ready
        if ready is not None and ready.network is network:
            return ready
        with self._lock:
            if self._ready is None or self._ready.network is not network:
                if self._is_being_prepared(network):
                    return self._stand_in(network)
                found = self._find(network)
                if found is None:
                    self._start(network)
                    return self._stand_in(network)
                self._ready = LocalEngine(found)
            return self._ready

    def open_prepared(self) -> None:
        """Open the files of the network in use, if they are there; nothing is begun where they are not."""
        network = self._networks.in_use().network
        with self._lock:
            if self._ready is None and (found := prepared.load(network, self.folder)) is not None:
                self._ready = LocalEngine(found)

    def prepared(self, tell: Callable[[RoadNetwork], None]) -> LocalEngine:
        """Return the engine in use, prepared here and now where nobody has; ``tell`` is called before that takes long."""
        network = self._networks.in_use().network
        with self._lock:
            if self._ready is None or self._ready.network is not network:
                found = self._find(network)
                if found is None:
                    tell(network)
                    found = self._prepared(network)
                self._ready = LocalEngine(found)
            return self._ready

    def wait(self, seconds: float) -> None:
        """Wait until what is being prepared is ready."""
        if self._preparing is not None:
            self._preparing[1].join(seconds)

    def _find(self, network: RoadNetwork) -> HierarchyEngine | None:
        if network.node_count <= AT_ONCE:
            return self._prepared(network)
        return prepared.load(network, self.folder)

    def _prepared(self, network: RoadNetwork) -> HierarchyEngine:
        try:
            return prepared.prepare(network, self.folder)
        except OSError as error:
            log.warning("prepared_files_not_kept", reason=str(error))
            return HierarchyEngine.prepare(network)

    def _is_being_prepared(self, network: RoadNetwork) -> bool:
        return self._preparing is not None and self._preparing[0] is network and self._preparing[1].is_alive()

    def _start(self, network: RoadNetwork) -> None:
        def prepare() -> None:
            engine = LocalEngine(self._prepared(network))
            with self._lock:
                self._ready = engine
                self._meanwhile = None
            log.info("network_prepared", nodes=network.node_count)

        log.warning("network_not_prepared", nodes=network.node_count)
        thread = threading.Thread(target=prepare, name="prepare-network", daemon=True)
        self._preparing = (network, thread)
        thread.start()

    def _stand_in(self, network: RoadNetwork) -> LocalEngine:
        if self._ready is not None:
            return self._ready
        if self._meanwhile is None or self._meanwhile.network is not network:
            self._meanwhile = LocalEngine(DijkstraEngine(network))
        return self._meanwhile
