"""Road networks kept as files: one folder a version, and a pointer to the one in use.

::

    network/
      current                      one line: the name of the version in use
      20261122T071500Z-3f9a2c…/    manifest.json and one .npy for each array (memory-mapped when read)

A version is written into a folder of its own, brought to the disk, renamed, and only then named in ``current``, which
is replaced in one step: whatever dies in between leaves the network that was in use. Versions are never changed.
On loading, format, sizes, types and shapes are checked, and that is quick; ``verify`` reads every byte against its
checksum, which the import does before it lets anybody use the version.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mobility.core.files import digest_of, locked, sync_folder, write_durably
from mobility.geo.array_folder import write_array
from mobility.geo.errors import BadNetworkFile
from mobility.geo.network.calibration import Factors
from mobility.geo.network.model import ARRAYS, Landmarks, NetworkFacts, RoadClass, RoadNetwork, no_landmarks

FORMAT = 1
# Beside the versions, what is made from them for speed; a dot, so that it is not taken for one.
PREPARED = ".prepared"
CURRENT = "current"
MANIFEST = "manifest.json"
KEPT_VERSIONS = 2
_PARTIAL = ".partial-"
_TYPES = {
    "longitude": "float64", "latitude": "float64", "stoppable": "bool", "osm_id": "int64", "first_out": "int64",
    "head": "int32", "seconds": "int32", "free_flow_seconds": "float32", "metres": "float32", "road_class": "uint8",
    "first_point": "int64", "points": "int32",
}  # fmt: skip
# Of the named places; a version that was made before there were any has none of these files.
_PLACES = "landmark_"
_PLACE_TYPES = {
    f"{_PLACES}kind": "uint8", f"{_PLACES}longitude": "float64", f"{_PLACES}latitude": "float64",
    f"{_PLACES}first_byte": "int64", f"{_PLACES}names": "uint8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Version:
    """A network that is kept: what its manifest says."""

    name: str
    folder: Path
    facts: NetworkFacts
    factors: Factors
    node_count: int
    arc_count: int
    size_bytes: int
    # Of all that does not change with the calibration: what is computed from the roads alone hangs on it.
    topology: str
    manifest: dict[str, Any]


def broken(name: str, reason: str) -> BadNetworkFile:
    """Return the error for a version that cannot be used."""
    return BadNetworkFile(
        "Le réseau routier enregistré « %(name)s » est abîmé (%(reason)s) : importez-le à nouveau.",
        name=name, reason=reason,
    )  # fmt: skip


def save(folder: Path, network: RoadNetwork, *, factors: Factors, now: datetime) -> Version:
    """Write a new version, check it byte by byte, and put it into use. Raises OSError, BadNetworkFile."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return _save(folder, network, factors, now)


def replace(folder: Path, before: str | None, network: RoadNetwork, *, factors: Factors, now: datetime) -> bool:
    """Do as ``save`` where the version in use is still the one before; tell whether it was."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if current_name(folder) != before:
            return False
        _save(folder, network, factors, now)
    return True


def _save(folder: Path, network: RoadNetwork, factors: Factors, now: datetime) -> Version:
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder))
    try:
        manifest = _write_arrays(partial, network, factors)
        digest = hashlib.blake2b(json.dumps(manifest, sort_keys=True).encode(), digest_size=6).hexdigest()
        name = f"{now:%Y%m%dT%H%M%SZ}-{digest}"
        write_durably(partial / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        sync_folder(partial)
        target = folder / name
        if target.exists():  # the very same network, in the very same second
            shutil.rmtree(target)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_folder(folder)
    version = read_version(folder, name)
    verify(version)
    load(version)
    _point(folder, name)
    _prune(folder)
    return version


def current_name(folder: Path) -> str | None:
    """Return the name of the version in use, None where none was ever imported."""
    try:
        return (folder / CURRENT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def names(folder: Path) -> list[str]:
    """Return the names of the whole versions, the newest first."""
    if not folder.is_dir():
        return []
    found = [entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    return sorted(found, reverse=True)


def read_version(folder: Path, name: str) -> Version:
    """Return what is known of a version. Raises BadNetworkFile."""
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise broken(name[:50], "le nom de la version n’est pas lisible")
    place = folder / name
    try:
        manifest = json.loads((place / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise broken(name, "la version a disparu") from None
    except OSError:
        raise broken(name[:50], "sa description ne se lit pas") from None
    except ValueError:
        raise broken(name, "sa description n’est pas lisible") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise broken(name, "il a été fait par une autre version du logiciel")
    try:
        return _version(place, manifest)
    except (KeyError, TypeError, ValueError):
        raise broken(name, "sa description est incomplète") from None


def _version(place: Path, manifest: dict[str, Any]) -> Version:
    facts, arrays = manifest["facts"], manifest["arrays"]
    return Version(
        name=place.name,
        folder=place,
        facts=NetworkFacts(
            name=facts["name"],
            source=facts["source"],
            demonstration=facts["demonstration"],
            made_at=datetime.fromisoformat(facts["made_at"]),
            attribution=facts["attribution"],
            data_at=datetime.fromisoformat(facts["data_at"]) if facts["data_at"] else None,
        ),
        factors={RoadClass[name]: float(value) for name, value in manifest["factors"].items()},
        node_count=arrays["longitude"]["shape"][0],
        arc_count=arrays["head"]["shape"][0],
        size_bytes=sum(array["bytes"] for array in arrays.values()),
        topology=manifest["topology"],
        manifest=manifest,
    )


def load(version: Version) -> RoadNetwork:
    """Return the network, memory-mapped. Raises BadNetworkFile where files are torn, missing or of another shape."""
    arrays = {name: _load_array(version, name, _TYPES[name]) for name in ARRAYS}
    network = RoadNetwork(facts=version.facts, landmarks=_load_places(version), **arrays)
    _check_shapes(version.name, network)
    return network


def _load_array(version: Version, name: str, dtype: str) -> Any:
    path, said = version.folder / f"{name}.npy", version.manifest["arrays"].get(name)
    try:
        if said is None or path.stat().st_size != said["bytes"]:
            raise broken(version.name, f"le fichier {name}.npy n’a pas la bonne taille")
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise broken(version.name, f"le fichier {name}.npy ne se lit pas") from error
    if array.dtype != dtype or list(array.shape) != said["shape"]:
        raise broken(version.name, f"le fichier {name}.npy n’a pas la bonne forme")
    # A plain array over the map: numpy's memmap class costs at every slice.
    return array.view(np.ndarray)


def _load_places(version: Version) -> Landmarks:
    if f"{_PLACES}kind" not in version.manifest["arrays"]:
        return no_landmarks()
    places = Landmarks(
        **{name.removeprefix(_PLACES): _load_array(version, name, dtype) for name, dtype in _PLACE_TYPES.items()}
    )
    first = places.first_byte
    fits = (
        len(places.longitude) == len(places.latitude) == len(places)
        and len(first) == len(places) + 1
        and int(first[0]) == 0
        and int(first[-1]) == len(places.names)
    )
    if not fits:
        raise broken(version.name, "ses fichiers ne vont pas ensemble")
    return places


def _check_shapes(name: str, network: RoadNetwork) -> None:
    n, m = network.node_count, network.arc_count
    fits = (
        n > 0
        and all(len(getattr(network, key)) == n for key in ("latitude", "stoppable", "osm_id"))
        and all(len(getattr(network, key)) == m for key in ("seconds", "free_flow_seconds", "metres", "road_class"))
        and len(network.first_out) == n + 1
        and len(network.first_point) == m + 1
        and int(network.first_out[-1]) == m
        and int(network.first_point[-1]) == len(network.points)
    )
    if not fits:
        raise broken(name, "ses fichiers ne vont pas ensemble")


def verify(version: Version) -> None:
    """Read every byte against its checksum. Raises BadNetworkFile."""
    for name in version.manifest["arrays"]:
        path = version.folder / f"{name}.npy"
        try:
            digest = digest_of(path)
        except OSError as error:
            raise broken(version.name, f"le fichier {name}.npy ne se lit pas") from error
        if digest != version.manifest["arrays"][name]["blake2b"]:
            raise broken(version.name, f"le fichier {name}.npy a changé")


def _write_arrays(folder: Path, network: RoadNetwork, factors: Factors) -> dict[str, Any]:
    described: dict[str, dict[str, Any]] = {}
    places = {f"{_PLACES}{name}": values for name, values in network.landmarks.arrays().items()}
    types = {**_TYPES, **_PLACE_TYPES}
    for name, values in {**network.arrays(), **places}.items():
        written = write_array(folder / f"{name}.npy", np.asarray(values, dtype=types[name]))
        # The types are fixed by the format.
        described[name] = {key: written[key] for key in ("shape", "bytes", "blake2b")}
    facts = network.facts
    fixed = "".join(described[name]["blake2b"] for name in ARRAYS if name != "seconds")
    return {
        "format": FORMAT,
        "facts": {
            "name": facts.name, "source": facts.source, "demonstration": facts.demonstration,
            "made_at": facts.made_at.isoformat(), "attribution": facts.attribution,
            "data_at": facts.data_at.isoformat() if facts.data_at else None,
        },
        "factors": {road_class.name: float(factors[road_class]) for road_class in RoadClass},
        "topology": hashlib.blake2b(fixed.encode(), digest_size=8).hexdigest(),
        "arrays": described,
    }  # fmt: skip


def _point(folder: Path, name: str) -> None:
    partial = folder / f"{_PARTIAL}{CURRENT}"
    write_durably(partial, f"{name}\n".encode())
    partial.replace(folder / CURRENT)
    sync_folder(folder)


def _prune(folder: Path) -> None:
    """Forget old versions and what died half-written. Who still has one mapped keeps it until it lets go."""
    kept = {current_name(folder), *names(folder)[:KEPT_VERSIONS]}
    for entry in folder.iterdir():
        stale = entry.name.startswith(_PARTIAL) or (not entry.name.startswith(".") and entry.name not in kept)
        if entry.is_dir() and stale:
            shutil.rmtree(entry, ignore_errors=True)
