"""Which engine answers: the settings that begin with ROUTING."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mobility.core.errors import ConfigError
from mobility.geo.travel.breaker import Breaker, BreakerState
from mobility.geo.travel.fallback import FallbackEngine
from mobility.geo.travel.interface import TravelTimes
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.remote import RemoteEngine
from mobility.geo.travel.transport import RoutingServer
from mobility.geo.travel.valhalla import ValhallaEngine

SERVERS: Mapping[str, type[RemoteEngine]] = {"osrm": OsrmEngine, "valhalla": ValhallaEngine}
CHOICES = ("local", *SERVERS)


def choose_server(settings: Mapping[str, Any], local: Callable[[], TravelTimes]) -> FallbackEngine | None:
    """Return the routing server of the settings, backed by the local engine; None where there is none.

    Raises ConfigError. Nothing is asked yet: a server that is down at start is met like one that goes down later.
    """
    name = str(settings["ROUTING"])
    if name == "local":
        return None
    url = str(settings["ROUTING_URL"])
    if not url:
        raise ConfigError(f"ROUTING_URL: the address of the {name} server is wanted where ROUTING is {name}")
    engine = SERVERS[name](
        RoutingServer(url),
        timeout_seconds=float(settings["ROUTING_TIMEOUT_SECONDS"]),
        table_size=int(settings["ROUTING_TABLE_SIZE"]),
        max_speed_kmh=float(settings["ROUTING_MAX_SPEED_KMH"]),
    )
    return FallbackEngine(engine, local, Breaker())


def health(server: FallbackEngine) -> dict[str, str]:
    """Return what /healthz tells of a server: which one, and whether the local engine stands in for it."""
    state = server.state()
    return {"engine": server.name, "state": "ok" if state is BreakerState.CLOSED else "fallen back to local"}
