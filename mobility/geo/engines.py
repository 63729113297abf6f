"""The travel-time engine of the application: a routing server where the settings name one, else our own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flask import Flask, current_app

from mobility.geo import networks

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.travel.current import LocalEngines
    from mobility.geo.travel.interface import TravelTimes
    from mobility.geo.travel.local import LocalEngine

_KEEPER = "mobility.engines"


class _Keeper:
    """Makes the engines of an application when they are first asked for."""

    def __init__(self, app: Flask) -> None:
        self._networks = networks.of(app)
        self._lock = threading.Lock()
        self._local: LocalEngines | None = None

    def local(self) -> LocalEngines:
        """Return the engines on our own networks."""
        with self._lock:
            if self._local is None:
                from mobility.geo.travel.current import LocalEngines

                self._local = LocalEngines(self._networks)
            return self._local


def init_app(app: Flask) -> None:
    """Set up the engine of an application, after its network."""
    app.extensions[_KEEPER] = _Keeper(app)


def in_use() -> TravelTimes:
    """Return the engine in use now. Keep the answer while one question is being answered."""
    return local()


def local() -> LocalEngine:
    """Return the engine on our own network."""
    found: _Keeper = current_app.extensions[_KEEPER]
    return found.local().in_use()
