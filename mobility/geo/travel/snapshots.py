"""The detour index kept as files, so that a server starts with it instead of making it anew.

::

    prepared/trips-<network>/000000004711-x7f3…/     the trips as of revision 4711, and their bucket entries

A snapshot belongs to the network that it was made on, times included. It is a help and never the truth: that is the
source of the trips, which whoever loads a snapshot catches up with.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from mobility.geo import array_folder
from mobility.geo.array_folder import PARTIAL, BrokenFolder
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel.buckets import Buckets, Segment, TripTable
from mobility.geo.travel.order import weights_digest

log = structlog.get_logger(__name__)

_KIND = "trips-1"
_FOLDER = "trips-"
# What is kept for a network that is not in use yet is left alone for so long.
ANOTHER_KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The trips as of a revision of their source."""

    revision: int
    segment: Segment


def folder_of(prepared: Path, network: RoadNetwork) -> Path:
    """Return where the snapshots of a network are kept, among prepared files."""
    return prepared / f"{_FOLDER}{weights_digest(network)}"


def any_in(prepared: Path) -> bool:
    """Tell whether there are snapshots among prepared files, of whatever network."""
    return any(prepared.glob(f"{_FOLDER}*"))


def forget_other_networks(prepared: Path, network: RoadNetwork) -> None:
    """Forget the snapshots of all networks but one: nobody catches up with them, and they tell where people live."""
    kept, too_young = folder_of(prepared, network), time.time() - ANOTHER_KEPT_SECONDS
    for folder in prepared.glob(f"{_FOLDER}*"):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if folder != kept and folder.stat().st_mtime < too_young:
                shutil.rmtree(folder, ignore_errors=True)


def save(folder: Path, snapshot: Snapshot) -> Path:
    """Keep a snapshot and forget the older ones, which tell of trips that are gone. Raises OSError."""
    segment = snapshot.segment
    arrays = {f"trips_{name}": getattr(segment.trips, name) for name in TripTable.__slots__}
    arrays |= {name: getattr(segment, name) for name in ("alone", "budget", "by_key")}
    for side in ("origins", "destinations"):
        arrays |= {f"{side}_{name}": array for name, array in getattr(segment, side).arrays().items()}
    path = folder / f"{snapshot.revision:012d}-{secrets.token_hex(4)}"
    array_folder.write(path, arrays, kind=_KIND, facts={"revision": snapshot.revision})
    for old in folder.iterdir():
        if old != path and (old.name.startswith(PARTIAL) or old.name < path.name):
            shutil.rmtree(old, ignore_errors=True)
    return path


def newest(folder: Path) -> Path | None:
    """Return where the newest snapshot is kept."""
    if not folder.is_dir():
        return None
    return max((path for path in folder.iterdir() if not path.name.startswith(".")), default=None)


def revision_of(path: Path) -> int:
    """Return the revision of a snapshot, by its name."""
    return int(path.name.partition("-")[0])


def load(path: Path) -> Snapshot | None:
    """Return a snapshot, memory-mapped; None where it is damaged, or gone since somebody kept a newer one."""
    try:
        found = array_folder.read(path, kind=_KIND)
        arrays = found.arrays
        buckets = [
            Buckets(**{name: arrays[f"{side}_{name}"] for name in Buckets.__slots__})
            for side in ("origins", "destinations")
        ]
        trips = TripTable(**{name: arrays[f"trips_{name}"] for name in TripTable.__slots__})
        rest = {name: arrays[name] for name in ("alone", "budget", "by_key")}
        return Snapshot(
            int(found.facts["revision"]), Segment(trips, **rest, origins=buckets[0], destinations=buckets[1])
        )
    except (BrokenFolder, KeyError, TypeError, ValueError) as error:
        log.warning("trip_snapshot_unusable", folder=path.name, reason=str(error))
        return None
