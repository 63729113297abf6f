"""An OSRM server (project-osrm.org) as a travel-time engine, by its HTTP interface v1: /table, /route, /nearest.

OSRM's tables and routes are exact on its own graph and agree with one another: seconds are given in tenths and
rounded here. Where a profile lets trips begin is the server's matter (docs/operating/roads-servers.md).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from mobility.geo.errors import EngineDown, TooFarFromRoad, Unreachable
from mobility.geo.network.model import Ints, Points
from mobility.geo.travel.interface import Route, Snapped
from mobility.geo.travel.remote import (
    RemoteEngine,
    check_walks,
    durations,
    listed,
    member,
    number,
    position,
    whole_seconds,
)
from mobility.geo.travel.transport import Deadline

# Proxies cut longer addresses (nginx: 8 192 bytes of request line). A point takes up to 24 characters, and 5 as index.
URL_CHARACTERS = 8000
POINT_CHARACTERS = 29
_MATCHED = re.compile(r"coordinate (\d+)", re.IGNORECASE)


class OsrmEngine(RemoteEngine):
    """Times of an OSRM server."""

    name = "OSRM"

    def block(self, sources: int, targets: int) -> tuple[int, int]:
        """Return a table that fits the server's limit and an address."""
        size = min(self.table_size, URL_CHARACTERS // POINT_CHARACTERS)
        columns = min(targets, max(size // 2, size - sources))
        return min(sources, size - columns), columns

    def _table(self, sources: Points, targets: Points, deadline: Deadline) -> Ints:
        count = len(sources)
        query = {
            "sources": ";".join(map(str, range(count))),
            "destinations": ";".join(map(str, range(count, count + len(targets)))),
            "annotations": "duration",
        }
        try:
            body = self._ask("table", np.concatenate((sources, targets)), query, deadline)
        except TooFarFromRoad as error:
            array, start = ("sources", 0) if error.index < count else ("targets", count)
            raise TooFarFromRoad(index=error.index - start, metres=error.metres, array=array) from None
        self._check_walks(listed(member(body, "sources"), count), "sources")
        self._check_walks(listed(member(body, "destinations"), len(targets)), "targets")
        return whole_seconds(np.rint(durations(member(body, "durations"), (count, len(targets)))))

    def _route(self, origin: Points, destination: Points, deadline: Deadline) -> Route:
        query = {"overview": "full", "geometries": "geojson", "steps": "false", "alternatives": "false"}
        both = np.concatenate((origin, destination))
        try:
            body = self._ask("route", both, query, deadline)
        except Unreachable:
            # Said as well of a point in the sea.
            check_walks(self._snap(both, deadline).walk_metres, self.walk_limit_metres)
            raise
        self._check_walks(listed(member(body, "waypoints"), 2), "points")
        found = member(body, "routes", 0)
        line = [position(place) for place in listed(member(found, "geometry", "coordinates"))]
        if len(line) < 2:
            raise EngineDown(reason="wrong_shape")
        seconds = int(np.rint(number(member(found, "duration"))))
        return Route(seconds=seconds, metres=number(member(found, "distance")), line=np.array(line))

    def _snap(self, points: Points, deadline: Deadline) -> Snapped:
        if len(points) == 1:
            body = self._ask("nearest", points, {"number": "1"}, deadline)
            places = listed(member(body, "waypoints"), 1)
        else:
            # One question for all; a table with two points of one source and the rest costs the server next to nothing.
            indices = ";".join(map(str, range(len(points))))
            query = {"sources": "0", "destinations": indices, "annotations": "duration"}
            places = listed(member(self._ask("table", points, query, deadline), "destinations"), len(points))
        return Snapped(
            np.full(len(points), -1, dtype=np.int32),
            np.array([position(member(place, "location")) for place in places]),
            np.array([number(member(place, "distance")) for place in places]),
        )

    def _check_walks(self, places: list[Any], array: str) -> None:
        check_walks(np.array([number(member(place, "distance")) for place in places]), self.walk_limit_metres, array)

    def _ask(self, service: str, points: Points, query: dict[str, str], deadline: Deadline) -> Any:
        """Return what a service says of points. Raises TooFarFromRoad, Unreachable, EngineDown."""
        places = ";".join(f"{longitude:.6f},{latitude:.6f}" for longitude, latitude in points.tolist())
        options = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.server.get(f"/{service}/v1/driving/{places}?{options}&generate_hints=false", deadline)
        code = member(answer.body, "code")
        if code == "Ok" and answer.status == 200:
            return answer.body
        if code == "NoRoute":
            raise Unreachable
        if code == "NoSegment":
            # Only where the server itself limits how far it looks (``--default-radius``).
            named = _MATCHED.search(str(answer.body.get("message", "")))
            index = int(named[1][:9]) if named else 0
            raise TooFarFromRoad(index=min(index, len(points) - 1), metres=self.walk_limit_metres)
        raise EngineDown(reason=f"answered_{code}"[:40] if isinstance(code, str) and code.isalnum() else "wrong_shape")
