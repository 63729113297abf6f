"""Real extracts of OpenStreetMap for the tests: one that any machine can install, and larger ones where they are at hand.

© OpenStreetMap contributors, ODbL. None of them is part of the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.routing import helsinki

ROOT = Path(__file__).resolve().parent.parent.parent
__all__ = ["helsinki", "shared_extract"]


def shared_extract(name: str) -> Path:
    """Return an extract of the folder that SHARED_DATA names, else of ../shared/data; skip without it."""
    folder = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "osm" / name
    if not path.is_file():
        pytest.skip(f"!!! NOT TESTED: {path} is not there; SHARED_DATA names the folder that holds osm/")
    return path
