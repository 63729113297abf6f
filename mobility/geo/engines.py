"""The travel-time engine of the application: a routing server where the settings name one, else our own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, current_app

from mobility.core.web.observe import register_health
from mobility.geo import networks

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.network.model import RoadNetwork
    from mobility.geo.travel.current import LocalEngines
    from mobility.geo.travel.fallback import FallbackEngine
    from mobility.geo.travel.interface import TravelTimes
    from mobility.geo.travel.local import LocalEngine

_KEEPER = "mobility.engines"


class _Keeper:
    """Makes the engines of an application when they are first asked for."""

    def __init__(self, app: Flask) -> None:
        self._networks = networks.of(app)
        self._lock = threading.Lock()
        self._local: LocalEngines | None = None
        self.server: FallbackEngine | None = None
        if app.config["ROUTING"] != "local":
            # At once, so that a setting that is wrong stops the start.
            from mobility.geo.travel.choose import choose_server

            self.server = choose_server(app.config, lambda: self.local().in_use())

    def health(self) -> dict[str, str]:
        """Return what /healthz tells of who computes journeys."""
        if self.server is None:
            return {"engine": "local", "state": "ok"}
        from mobility.geo.travel.choose import health

        return health(self.server)

    def local(self) -> LocalEngines:
        """Return the engines on our own networks."""
        with self._lock:
            if self._local is None:
                from mobility.geo.travel.current import LocalEngines

                self._local = LocalEngines(self._networks)
            return self._local


def init_app(app: Flask) -> None:
    """Set up the engine of an application, after its network. Raises ConfigError."""
    keeper = _Keeper(app)
    app.extensions[_KEEPER] = keeper
    register_health(app, "routing", keeper.health)


def in_use() -> TravelTimes:
    """Return the engine in use now. Keep the answer while one question is being answered.

    A routing server may stand outside the house: what concerns a protected file asks ``local()``.
    """
    keeper = _keeper()
    return keeper.server or keeper.local().in_use()


def local() -> LocalEngine:
    """Return the engine on our own network."""
    return _keeper().local().in_use()


def prepared(tell: Callable[[RoadNetwork], None]) -> LocalEngine:
    """Return the engine on our own network, prepared now where nobody has; ``tell`` is called before that takes long.

    For commands, which nobody waits for beside the one who gave them.
    """
    return _keeper().local().prepared(tell)


def open_prepared() -> None:
    """Open what is prepared of the network in use, before processes fork; where nothing is, do nothing."""
    keeper = _keeper()
    if any(networks.of(current_app).prepared_folder.glob("hierarchy-*")):
        keeper.local().open_prepared()


def server() -> FallbackEngine | None:
    """Return the routing server with the local engine behind it; None where the settings name none."""
    return _keeper().server


def _keeper() -> _Keeper:
    found: _Keeper = current_app.extensions[_KEEPER]
    return found
