"""Hierarchies kept as files, so that they are made once and loaded in a blink.

::

    prepared/
      skeleton-<who is joined to whom>/     survives new times on the same roads: its order costs most
      hierarchy-<and how fast>/             what a server maps

Names are digests of what the content was made from, so a folder is right or is not there; nothing is ever changed.
Whoever wants to make one takes a lock first: of several processes one computes and the others read.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import structlog

from mobility.core.files import locked
from mobility.geo import array_folder
from mobility.geo.array_folder import PARTIAL, BrokenFolder
from mobility.geo.network.model import RoadNetwork
from mobility.geo.network.store import PREPARED
from mobility.geo.travel.hierarchy import Hierarchy, customise
from mobility.geo.travel.kernels import Kernels
from mobility.geo.travel.order import elimination_order, topology_digest, weights_digest
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.skeleton import Skeleton, build_skeleton

log = structlog.get_logger(__name__)

# Part of each kind: another layout is another kind, and is made anew.
SKELETON, HIERARCHY = "skeleton-1", "hierarchy-1"
# Of skeletons and hierarchies each: that of the network in use, of the one before, and of one that is being tried.
KEPT = 3


def prepare_beside(network: RoadNetwork, network_folder: Path) -> None:
    """Make what a server wants to find when a network is put into use. Raises OSError."""
    prepare(network, network_folder / PREPARED)


def load(network: RoadNetwork, folder: Path, kernels: Kernels | None = None) -> HierarchyEngine | None:
    """Return the engine of a network, memory-mapped; None where it is not prepared, or its files are damaged."""
    skeleton = _load_skeleton(network, folder)
    path = folder / f"hierarchy-{weights_digest(network)}"
    if skeleton is None or not path.is_dir():
        return None
    try:
        found = array_folder.read(path, kind=HIERARCHY)
        _used(path)
        return HierarchyEngine(network, Hierarchy.from_arrays(skeleton, found.arrays), kernels)
    except (BrokenFolder, KeyError, TypeError) as error:
        log.warning("prepared_hierarchy_unusable", folder=path.name, reason=str(error))
        return None


def prepare(network: RoadNetwork, folder: Path, kernels: Kernels | None = None) -> HierarchyEngine:
    """Return the engine of a network; what is not kept yet is made and kept. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        found = load(network, folder, kernels)
        if found is not None:
            return found
        skeleton = _load_skeleton(network, folder)
        if skeleton is None:
            skeleton = build_skeleton(network, elimination_order(network))
            path = folder / f"skeleton-{topology_digest(network)}"
            array_folder.write(path, skeleton.arrays(), kind=SKELETON, facts={})
        made = customise(network, skeleton, kernels)
        array_folder.write(folder / f"hierarchy-{weights_digest(network)}", made.arrays(), kind=HIERARCHY, facts={})
        _prune(folder)
        return load(network, folder, kernels) or HierarchyEngine(network, made, kernels)


def _load_skeleton(network: RoadNetwork, folder: Path) -> Skeleton | None:
    path = folder / f"skeleton-{topology_digest(network)}"
    if not path.is_dir():
        return None
    try:
        found = array_folder.read(path, kind=SKELETON)
        _used(path)
        return Skeleton(**found.arrays)
    except (BrokenFolder, TypeError) as error:
        log.warning("prepared_skeleton_unusable", folder=path.name, reason=str(error))
        return None


def _used(path: Path) -> None:
    """Note that a folder is of use; one that may only be read is kept by nobody here."""
    with contextlib.suppress(OSError):
        path.touch()


def _prune(folder: Path) -> None:
    """Forget all but those used last, and what died half-written. Who still has one mapped keeps it until it lets go."""
    for pattern, kept in (("skeleton-*", KEPT), ("hierarchy-*", KEPT), (f"{PARTIAL}*", 0)):
        by_use = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in by_use[kept:]:
            shutil.rmtree(path, ignore_errors=True)
