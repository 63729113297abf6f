"""Arrays kept as files: a folder written whole or not at all, checked when it is read, memory-mapped.

::

    hierarchy-3f9a2c…/    manifest.json and one .npy for each array

A folder is written beside its place, brought to the disk, and renamed: whatever dies in between leaves nothing, or what
was there before. The processes of one machine share the pages of what they map, also of a folder that was replaced or
deleted meanwhile.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.core.files import digest_of, sync_folder, to_disk, write_durably

Arrays = Mapping[str, NDArray[Any]]

MANIFEST = "manifest.json"
PARTIAL = ".partial-"


class BrokenFolder(Exception):
    """A folder is not there, or not what was written; the message says why."""


@dataclass(frozen=True, slots=True)
class ArrayFolder:
    """What a folder holds: arrays (memory-mapped, read-only) and facts of its own."""

    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]


def write(target: Path, arrays: Arrays, *, kind: str, facts: Mapping[str, Any]) -> None:
    """Put a folder in its place, also in that of an older one. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=target.parent))
    try:
        described = {name: write_array(partial / f"{name}.npy", array) for name, array in arrays.items()}
        manifest = json.dumps({"kind": kind, "facts": dict(facts), "arrays": described}, indent=1).encode()
        write_durably(partial / MANIFEST, manifest)
        sync_folder(partial)
        if target.exists():
            target.rename(partial.with_name(f"{partial.name}-old"))
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        for rest in (partial, partial.with_name(f"{partial.name}-old")):
            shutil.rmtree(rest, ignore_errors=True)


def read(folder: Path, *, kind: str, verify: bool = True) -> ArrayFolder:
    """Return what a folder holds, every byte checked against its checksum if wanted. Raises BrokenFolder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["kind"] != kind:
            raise BrokenFolder(f"{folder.name} is of another kind: {manifest['kind']}")
        arrays = {
            name: _read_array(folder / f"{name}.npy", described, verify=verify)
            for name, described in manifest["arrays"].items()
        }
        return ArrayFolder(arrays, manifest["facts"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenFolder(f"{folder.name}: {error}") from error


def write_array(path: Path, values: NDArray[Any]) -> dict[str, Any]:
    """Write one array as ``.npy``, durably; return what a manifest tells of it. Raises OSError."""
    array = np.ascontiguousarray(values)
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        to_disk(file)
    return {
        "dtype": array.dtype.str, "shape": list(array.shape), "bytes": path.stat().st_size, "blake2b": digest_of(path),
    }  # fmt: skip


def _read_array(path: Path, described: Mapping[str, Any], *, verify: bool) -> NDArray[Any]:
    if path.stat().st_size != described["bytes"]:
        raise BrokenFolder(f"{path.name} has not the size that was written")
    if verify and digest_of(path) != described["blake2b"]:
        raise BrokenFolder(f"{path.name} has changed")
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if mapped.dtype.str != described["dtype"] or list(mapped.shape) != described["shape"]:
        raise BrokenFolder(f"{path.name} is another array")
    # A plain array over the map: numpy's memmap class costs at every slice.
    plain: NDArray[Any] = mapped.view(np.ndarray)
    return plain
