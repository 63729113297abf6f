"""The named places of a map file: town halls, stations, stops… kept beside the roads, found near a point. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mobility.core.privacy import find_nir
from mobility.core.text import clean_line
from mobility.geo.distance import EARTH_RADIUS_KM
from mobility.geo.landmarks import NAMELESS, LandmarkKind, NearPlace, kind_of
from mobility.geo.network.model import GEOMETRY_UNIT, Floats, Landmarks, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper, chord_to_metres, unit_vectors

NAME_MAX = 80
# Of each kind, so that no file fills the memory: some four times what France has of stops.
MOST_OF_A_KIND = 200_000
# A place further from any road names no stop of a car.
NEAR_ROAD_METRES = 300.0
# A name is said in messages: nothing that reads as an address of the web.
_NEVER = ("://", "www.", "@", "<", ">")


def usable_name(kind: LandmarkKind, text: str) -> str | None:
    """Return a name fit to be said, empty for a place that needs none; None where the place cannot be named."""
    name = " ".join((clean_line(text) or "").split())
    if len(name) > NAME_MAX or any(part in name.casefold() for part in _NEVER) or find_nir(name):
        return None
    return name if name or kind in NAMELESS else None


@dataclass(slots=True)
class Gathered:
    """Places as the file gives them, one after the other; numbers and one text alone are kept."""

    kind: array[int] = field(default_factory=lambda: array("B"))
    # In GEOMETRY_UNIT; of an outline they come later.
    longitude: array[int] = field(default_factory=lambda: array("i"))
    latitude: array[int] = field(default_factory=lambda: array("i"))
    names: bytearray = field(default_factory=bytearray)
    first_byte: array[int] = field(default_factory=lambda: array("q", [0]))
    # Of outlines: which place it is, and one of its points.
    outlines: array[int] = field(default_factory=lambda: array("q"))
    outline_points: array[int] = field(default_factory=lambda: array("q"))
    _counts: dict[LandmarkKind, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kind)

    def add(self, tags: Mapping[str, str], longitude: float, latitude: float) -> bool:
        """Keep a place that can be named, and tell whether it was."""
        kind = kind_of(tags)
        if kind is None or self._counts.get(kind, 0) >= MOST_OF_A_KIND:
            return False
        name = usable_name(kind, tags.get("name", ""))
        if name is None:
            return False
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self.kind.append(kind)
        self.longitude.append(round(longitude / GEOMETRY_UNIT))
        self.latitude.append(round(latitude / GEOMETRY_UNIT))
        self.names += name.encode()
        self.first_byte.append(len(self.names))
        return True

    def add_outline(self, tags: Mapping[str, str], nodes: Sequence[int]) -> None:
        """Keep a place of which the file gives an outline: its points are placed later (``placed``)."""
        if nodes and self.add(tags, 0.0, 0.0):
            # Two points across from one another: between them lies the middle, near enough to say where it is.
            for node in (nodes[0], nodes[len(nodes) // 2]):
                self.outlines.append(len(self) - 1)
                self.outline_points.append(node)

    def placed(self, longitude: Floats, latitude: Floats) -> Landmarks:
        """Return the places, each outline in the middle of its points (NaN: the file lacks the point)."""
        at = np.column_stack((np.array(self.longitude), np.array(self.latitude))).reshape(-1, 2) * GEOMETRY_UNIT
        outline = np.frombuffer(self.outlines, dtype=np.int64) if self.outlines else np.empty(0, dtype=np.int64)
        at[outline] = 0.0
        np.add.at(at, outline, np.column_stack((longitude, latitude)) / 2)
        found = Landmarks(
            kind=np.array(self.kind, dtype=np.uint8), longitude=at[:, 0].copy(), latitude=at[:, 1].copy(),
            first_byte=np.array(self.first_byte, dtype=np.int64), names=np.frombuffer(bytes(self.names), dtype=np.uint8),
        )  # fmt: skip
        return take(found, np.flatnonzero(~np.isnan(at).any(axis=1)))


def take(landmarks: Landmarks, chosen: NDArray[np.intp]) -> Landmarks:
    """Return the chosen places, in the order given."""
    names = [landmarks.name(int(index)).encode() for index in chosen]
    first = np.zeros(len(names) + 1, dtype=np.int64)
    np.cumsum([len(name) for name in names], out=first[1:])
    return Landmarks(
        kind=landmarks.kind[chosen], longitude=landmarks.longitude[chosen], latitude=landmarks.latitude[chosen],
        first_byte=first, names=np.frombuffer(b"".join(names), dtype=np.uint8),
    )  # fmt: skip


def beside_roads(landmarks: Landmarks, network: RoadNetwork) -> Landmarks:
    """Return the places near which a car can stop; of several of one kind and name at one spot, the first."""
    if not len(landmarks):
        return landmarks
    _nodes, metres = NodeSnapper(network).nearest(landmarks.at())
    cells = np.rint(landmarks.at() * 1000).astype(np.int64).tolist()  # some 100 m
    seen: set[tuple[Any, ...]] = set()
    chosen = []
    for index in np.flatnonzero(metres <= NEAR_ROAD_METRES).tolist():
        same = (int(landmarks.kind[index]), landmarks.name(index), *cells[index])
        if same not in seen:
            seen.add(same)
            chosen.append(index)
    return take(landmarks, np.array(chosen, dtype=np.intp))


class LandmarkFinder:
    """Finds the places near a point of a network."""

    def __init__(self, landmarks: Landmarks) -> None:
        self._landmarks = landmarks
        self._tree = cKDTree(unit_vectors(landmarks.at())) if len(landmarks) else None

    @classmethod
    def of_network(cls, network: RoadNetwork) -> Self:
        """Return the finder of a network's places."""
        return cls(network.landmarks)

    def within(self, longitude: float, latitude: float, metres: float) -> list[NearPlace]:
        """Return the places within so many metres, nearest first."""
        if self._tree is None:
            return []
        here = unit_vectors(np.array([(longitude, latitude)]))[0]
        chord = 2 * np.sin(metres / (EARTH_RADIUS_KM * 1000) / 2)
        found = np.array(sorted(self._tree.query_ball_point(here, chord)), dtype=np.intp)
        far = chord_to_metres(np.linalg.norm(self._tree.data[found] - here, axis=1))
        order = np.argsort(far, kind="stable")
        return [
            NearPlace(LandmarkKind(int(self._landmarks.kind[index])), self._landmarks.name(index), metres)
            for index, metres in zip(found[order].tolist(), far[order].tolist(), strict=True)
        ]
