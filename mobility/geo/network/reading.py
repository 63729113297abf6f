"""The roads of an OpenStreetMap file as arrays, read in two passes: the ways, then the nodes that they use.

The named places (town halls, stops) are read along with the ways. Little but numbers is kept: some 40 bytes for each
node of a road, some 40 for each place, and during the second pass 16 bytes for each
node of the file (on disk where the file is large).
"""

from __future__ import annotations

import stat
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
import osmium
from numpy.typing import NDArray

from mobility.geo.errors import BadNetworkFile
from mobility.geo.landmarks import TAGS
from mobility.geo.network.landmarks import Gathered
from mobility.geo.network.model import Floats, Ints, Landmarks, no_landmarks
from mobility.geo.network.tags import KEYS, may_be_driven, read_way

FORMATS = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf", ".xml", ".xml.gz", ".xml.bz2", ".gz", ".bz2")
# An extract may cut ways at its border (a small one many); a file that lacks more of its nodes than this is torn.
MISSING_SHARE_MAX = 0.5
# Above this the nodes may be there, but in no order.
_MISSING_SHARE_ODD = 0.01
_REPORT_EVERY = 20_000
# The positions of all nodes, 16 bytes each, are kept on disk for files above this.
_ON_DISK_ABOVE_BYTES = 100_000_000
# Beside « highway », which roads have too.
_PLACE_KEYS = tuple(sorted({key for key, _value, _kind in TAGS} - {"highway"}))

# What is being done, how much of it is done, and of how much (0: not known).
Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Report nothing."""
    del step, done, total


@dataclass(frozen=True, slots=True)
class RawRoads:
    """Every road that a car may use, as the file has it. The nodes of way i: ``ref[first_ref[i]:first_ref[i + 1]]``."""

    ref: Ints  # [r] index into the nodes
    first_ref: NDArray[np.int64]  # [w + 1]
    forward_kmh: NDArray[np.float32]  # [w] NaN: not in this direction
    backward_kmh: NDArray[np.float32]  # [w]
    road_class: NDArray[np.uint8]  # [w]
    osm_id: NDArray[np.int64]  # [n] ascending
    longitude: Floats  # [n] degrees; NaN where the file lacks the node
    latitude: Floats  # [n]
    data_at: datetime | None
    # All of the file, also those far from any road.
    landmarks: Landmarks = field(default_factory=no_landmarks)

    @property
    def way_count(self) -> int:
        """The number of ways."""
        return len(self.road_class)


def read_roads(path: Path, progress: Progress = silent) -> RawRoads:
    """Read the roads of a file. Raises BadNetworkFile, FileNotFoundError, PermissionError."""
    _check_file(path)
    with _explained(path):
        data_at = _read_date(path)
        places = Gathered()
        refs, counts, forward, backward, classes = _read_ways(path, places, progress)
    if not classes:
        raise BadNetworkFile("Le fichier %(name)s ne contient aucune route pour les voitures.", name=path.name)
    osm_id, ref = _numbered(np.frombuffer(refs, dtype=np.int64))
    del refs
    wanted = np.union1d(osm_id, np.array(places.outline_points, dtype=np.int64))
    with _explained(path):
        all_longitude, all_latitude = _read_nodes(path, wanted, progress)
    of_roads, of_places = np.searchsorted(wanted, osm_id), np.searchsorted(wanted, places.outline_points)
    longitude, latitude = all_longitude[of_roads], all_latitude[of_roads]
    missing = int(np.isnan(longitude).sum())
    if missing > MISSING_SHARE_MAX * len(osm_id):
        raise BadNetworkFile(
            "Le fichier %(name)s est incomplet : il manque la position de %(missing)d points de route sur %(total)d.",
            name=path.name, missing=missing, total=len(osm_id),
        )  # fmt: skip
    first_ref = np.zeros(len(classes) + 1, dtype=np.int64)
    np.cumsum(np.frombuffer(counts, dtype=np.int32), out=first_ref[1:])
    return RawRoads(
        ref=ref, first_ref=first_ref,
        forward_kmh=np.frombuffer(forward, dtype=np.float32), backward_kmh=np.frombuffer(backward, dtype=np.float32),
        road_class=np.frombuffer(classes, dtype=np.uint8),
        osm_id=osm_id, longitude=longitude, latitude=latitude, data_at=data_at,
        landmarks=places.placed(all_longitude[of_places], all_latitude[of_places]),
    )  # fmt: skip


def _numbered(refs: NDArray[np.int64]) -> tuple[NDArray[np.int64], Ints]:
    """Return the different ids, ascending, and where each of those given stands among them."""
    ids = np.sort(refs)
    ids = ids[np.append(True, ids[1:] != ids[:-1])]
    return ids, np.searchsorted(ids, refs).astype(np.int32)


def _check_file(path: Path) -> None:
    """Refuse what is no file with something in it, before osmium gives an answer of its own."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise BadNetworkFile("%(name)s est un dossier, pas un fichier OpenStreetMap.", name=path.name or str(path))
    if not stat.S_ISREG(mode):
        raise BadNetworkFile("%(name)s n’est pas un fichier ordinaire.", name=path.name)
    if not path.name.lower().endswith(FORMATS):
        raise BadNetworkFile(
            "%(name)s n’est pas un fichier OpenStreetMap : son nom doit finir par .osm, .osm.gz, .osm.bz2 ou .osm.pbf.",
            name=path.name,
        )
    with path.open("rb") as file:
        if not file.read(1):
            raise BadNetworkFile("Le fichier %(name)s est vide.", name=path.name)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what osmium says of a broken file into one sentence."""
    try:
        yield
    except RuntimeError as error:
        said = str(error)
        torn = any(
            word in said
            for word in ("EOF", "truncated", "read close failed", "read failed: -7", "unclosed", "no element found")
        )
        sentence = (
            "Le fichier %(name)s est tronqué : téléchargez-le à nouveau (%(reason)s)."
            if torn
            else "Le fichier %(name)s n’est pas un fichier OpenStreetMap lisible (%(reason)s)."
        )
        raise BadNetworkFile(sentence, name=path.name, reason=" ".join(said.split())[:200]) from error


def _read_date(path: Path) -> datetime | None:
    reader = osmium.io.Reader(str(path), osmium.osm.NOTHING)
    try:
        header = reader.header()
    finally:
        reader.close()
    for key in ("osmosis_replication_timestamp", "timestamp"):
        text = header.get(key, "")
        if text:
            try:
                return datetime.fromisoformat(text).astimezone(UTC)
            except ValueError:
                continue
    return None


def _read_ways(
    path: Path, places: Gathered, progress: Progress
) -> tuple[array[int], array[int], array[float], array[float], array[int]]:
    refs, counts = array("q"), array("i")
    forward, backward, classes = array("f"), array("f"), array("B")
    nothing = float("nan")
    points = osmium.filter.TagFilter(*((key, value) for key, value, _kind in TAGS))
    points.enable_for(osmium.osm.NODE)
    lines = osmium.filter.KeyFilter("highway", *_PLACE_KEYS)
    lines.enable_for(osmium.osm.WAY)
    ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_filter(points).with_filter(lines)
    for way in cast("Iterable[osmium.osm.Node | osmium.osm.Way]", ways):
        tags = way.tags
        if way.is_node():
            point = cast("osmium.osm.Node", way).location
            if point.valid():
                places.add(_named(tags), point.lon, point.lat)
            continue
        way = cast("osmium.osm.Way", way)
        if not may_be_driven(tags.get("highway", "")):
            if any(key in tags for key in _PLACE_KEYS):
                places.add_outline(_named(tags), [node.ref for node in way.nodes])
            continue
        road = read_way({key: tags[key] for key in KEYS if key in tags})
        if road is None:
            continue
        nodes = [node.ref for node in way.nodes]
        # The same node twice in a row is a slip of the pen.
        nodes = [ref for ref, before in zip(nodes, [0, *nodes], strict=False) if ref != before]
        if len(nodes) < 2:
            continue
        refs.extend(nodes)
        counts.append(len(nodes))
        forward.append(nothing if road.forward_kmh is None else road.forward_kmh)
        backward.append(nothing if road.backward_kmh is None else road.backward_kmh)
        classes.append(road.road_class)
        if len(classes) % _REPORT_EVERY == 0:
            progress("roads", len(classes), 0)
    progress("roads", len(classes), len(classes))
    return refs, counts, forward, backward, classes


def _named(tags: osmium.osm.TagList) -> dict[str, str]:
    return {key: tags[key] for key in (*_PLACE_KEYS, "highway", "name") if key in tags}


def _read_nodes(path: Path, osm_id: NDArray[np.int64], progress: Progress) -> tuple[Floats, Floats]:
    """Return longitude and latitude of the nodes (ascending ids); NaN for those that the file lacks."""
    with tempfile.TemporaryDirectory() as folder:
        large = path.stat().st_size > _ON_DISK_ABOVE_BYTES
        table = osmium.index.create_map(f"sparse_file_array,{folder}/nodes" if large else "sparse_mem_array")
        handler = osmium.NodeLocationsForWays(table)
        handler.ignore_errors()
        # The ways are read along: at the first of them the handler sorts its table.
        osmium.apply(osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY), handler)
        places = np.full((len(osm_id), 2), np.nan)
        for start in range(0, len(osm_id), _REPORT_EVERY):
            progress("points", start, len(osm_id))
            for index, wanted in enumerate(osm_id[start : start + _REPORT_EVERY].tolist(), start):
                try:
                    location = table.get(wanted)
                except KeyError:
                    continue
                if location.valid():
                    places[index] = location.lon, location.lat
    if np.isnan(places[:, 0]).sum() > _MISSING_SHARE_ODD * len(osm_id):
        _read_unsorted_nodes(path, osm_id, places)
    progress("points", len(osm_id), len(osm_id))
    return places[:, 0].copy(), places[:, 1].copy()


def _read_unsorted_nodes(path: Path, osm_id: NDArray[np.int64], places: Floats) -> None:
    """Look through every node: slow, but right where ways come first (« out body; >; out skel qt; » of Overpass)."""
    at = {wanted: index for index, wanted in enumerate(osm_id.tolist())}
    for node in cast("Iterable[osmium.osm.Node]", osmium.FileProcessor(str(path), osmium.osm.NODE)):
        index = at.get(node.id)
        if index is not None and node.location.valid():
            places[index] = node.location.lon, node.location.lat
