"""Where resources stand: from source, editable and as a wheel alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def resource_dir(name: str) -> Path:
    """Return the folder ``templates`` or ``static``: inside the package (wheel) or beside it (source)."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def default_var_dir() -> Path:
    """Return ``var/`` beside the sources, or in the current folder for an installed wheel."""
    if (PACKAGE.parent / "pyproject.toml").is_file():
        return PACKAGE.parent / "var"
    return Path.cwd() / "var"
