"""A Valhalla server (valhalla.github.io) as a travel-time engine: /sources_to_targets, /route, /locate.

Its default matrix (``costmatrix``) is a heuristic whose answer for two points depends on which others are in the
table: on an extract of Porto 5 % of the times moved, by up to 330 s. ``timedistancematrix`` (``thor.
source_to_target_algorithm`` in the server's configuration) searches from each source, but only forwards: with more
sources than targets it searches backwards, and 7 times in 10 answers something else. So every table is asked with at
least as many targets as sources, the last target repeated where they are fewer; the server then searches forwards, and
times are the same whoever else is in the table. /route is a third search, which agrees to the second 99 times in 100.
Times are cut to whole seconds, as the matrix does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import structlog

from mobility.geo.errors import EngineDown, TooFarApart, Unreachable
from mobility.geo.network.model import Ints, Points
from mobility.geo.network.snapping import great_circle_metres
from mobility.geo.travel.interface import UNREACHABLE, Route, Snapped
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

log = structlog.get_logger(__name__)

# Of Valhalla's error codes (docs, "Error codes"): no road near a point, no way, points too far apart for its limits.
NO_ROAD, NO_PATH, TOO_FAR_APART = 171, 442, 154
# Nobody stops on a motorway or a trunk road.
SEARCH_FILTER = {"max_road_class": "primary"}
# How far the server looks for a road when asked where one is.
LOOK_METRES = 35_000
SLACK_METRES = 10


class ValhallaEngine(RemoteEngine):
    """Times of a Valhalla server."""

    name = "Valhalla"
    # A search each: one in a table would go on until it has reached all the others' ends.
    pairs_one_by_one = True
    _warned = False

    def block(self, sources: int, targets: int) -> tuple[int, int]:
        """Return a square table at most: more sources than targets are filled up with targets anyway."""
        rows, columns = super().block(sources, targets)
        return min(rows, self.table_size // 2), columns

    def _table(self, sources: Points, targets: Points, deadline: Deadline) -> Ints:
        filled = max(len(sources), len(targets))
        asked = targets if filled == len(targets) else targets[np.minimum(np.arange(filled), len(targets) - 1)]
        question = {
            **self._costing(), "sources": self._locations(sources), "targets": self._locations(asked), "verbose": False,
        }  # fmt: skip
        answer = self.server.post("/sources_to_targets", question, deadline)
        if answer.status != 200:
            if self._code(answer.body) == NO_PATH:
                return np.full((len(sources), len(targets)), UNREACHABLE, dtype=np.int32)
            self._refuse(answer.body, deadline, sources=sources, targets=targets)
        self._note(answer.body)
        found = durations(member(answer.body, "sources_to_targets", "durations"), (len(sources), filled))
        return whole_seconds(np.floor(found[:, : len(targets)]))

    def _route(self, origin: Points, destination: Points, deadline: Deadline) -> Route:
        places = self._locations(np.concatenate((origin, destination)))
        question = {**self._costing(), "locations": places, "directions_type": "none", "shape_format": "polyline6"}
        answer = self.server.post("/route", question, deadline)
        if answer.status != 200:
            if self._code(answer.body) == NO_PATH:
                raise Unreachable
            self._refuse(answer.body, deadline, points=np.concatenate((origin, destination)))
        trip = member(answer.body, "trip")
        line = decode_line(member(trip, "legs", 0, "shape"))
        if len(line) < 2:
            raise EngineDown(reason="wrong_shape")
        seconds = math.floor(number(member(trip, "summary", "time")))
        return Route(seconds=seconds, metres=number(member(trip, "summary", "length")) * 1000, line=line)

    def _snap(self, points: Points, deadline: Deadline) -> Snapped:
        question = {"locations": self._locations(points, LOOK_METRES), "costing": "auto", "verbose": False}
        answer = self.server.post("/locate", question, deadline)
        if answer.status != 200:
            raise EngineDown(reason=f"answered_{self._code(answer.body)}")
        at = np.empty_like(points)
        walk = np.empty(len(points))
        for index, found in enumerate(listed(answer.body, len(points))):
            edges = member(found, "edges")
            places = [
                position([member(edge, "correlated_lon"), member(edge, "correlated_lat")])
                for edge in (listed(edges) if edges is not None else [])
            ]
            if not places:
                at[index], walk[index] = points[index], LOOK_METRES
                continue
            metres = great_circle_metres(np.array(places), np.repeat(points[index : index + 1], len(places), axis=0))
            nearest = int(np.argmin(metres))
            at[index], walk[index] = places[nearest], metres[nearest]
        return Snapped(np.full(len(points), -1, dtype=np.int32), at, walk)

    def _costing(self) -> dict[str, Any]:
        # The cap makes the bound of the detour index hold whatever the server's data say.
        return {
            "costing": "auto",
            "costing_options": {"auto": {"top_speed": self.max_speed_kmh}},
            "units": "kilometers",
        }

    def _locations(self, points: Points, cutoff: float | None = None) -> list[dict[str, Any]]:
        metres = round(cutoff or self.walk_limit_metres)
        return [
            {"lon": longitude, "lat": latitude, "search_cutoff": metres, "search_filter": SEARCH_FILTER}
            for longitude, latitude in points.tolist()
        ]

    @staticmethod
    def _code(body: Any) -> int:
        code = member(body, "error_code")
        return code if type(code) is int and 0 <= code < 1000 else -1

    def _refuse(self, body: Any, deadline: Deadline, **arrays: Points) -> None:
        """Raise what an error means; where a point may have no road, look which."""
        code = self._code(body)
        if code in {NO_ROAD, TOO_FAR_APART}:
            for name, points in arrays.items():
                # The server's own measure differs from ours by less than the slack.
                check_walks(self._snap(points, deadline).walk_metres, self.walk_limit_metres - SLACK_METRES, name)
        if code == TOO_FAR_APART:
            raise TooFarApart
        raise EngineDown(reason=f"answered_{code}")

    def _note(self, body: Any) -> None:
        """Say once that the server is set up for approximate times."""
        algorithm = body.get("algorithm") if isinstance(body, dict) else None
        if isinstance(algorithm, str) and algorithm != "timedistancematrix" and not self._warned:
            self._warned = True
            log.warning("valhalla_matrix_is_approximate", algorithm=algorithm[:40], wanted="timedistancematrix")


def decode_line(text: Any, decimals: int = 6) -> Points:
    """Return the points of an encoded polyline (Google's algorithm), longitude first. Raises EngineDown."""
    if not isinstance(text, str):
        raise EngineDown(reason="wrong_shape")
    numbers: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 63
        if not 0 <= bits < 64 or shift > 35:
            raise EngineDown(reason="wrong_shape")
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise EngineDown(reason="wrong_shape")
    steps = np.array(numbers, dtype=np.int64).reshape(-1, 2)
    line: Points = np.cumsum(steps, axis=0)[:, ::-1] / 10.0**decimals
    if not (np.abs(line) <= (180.0, 90.0)).all():
        raise EngineDown(reason="not_a_place")
    return line
