"""Files under ``VAR_DIR/documents``, by random key; nothing that a person typed becomes a path."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from mobility.core.errors import NotFound
from mobility.core.files import sync_folder, to_disk
from mobility.documents.rules import is_storage_key

_TEMPORARY = ".part"
_PIECE = 1 << 18


def root() -> Path:
    """Return the folder of the files."""
    return Path(str(current_app.config["VAR_DIR"])) / "documents"


def path_of(key: str) -> Path:
    """Return where the file of a key stands. Raises ValueError for anything that is not a key."""
    if not is_storage_key(key):
        raise ValueError("not a storage key")
    return root() / key[:2] / key


def write(data: bytes) -> str:
    """Write a new file whole or not at all, and return its key. It is on the disk when this returns."""
    key = secrets.token_hex(16)
    path = path_of(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(_TEMPORARY)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            to_disk(file)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return key


def adopt(path: Path) -> str:
    """Make a finished file of the workshop one of the storage, without reading it; return its key."""
    key = secrets.token_hex(16)
    kept = path_of(key)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("rb") as file:
        to_disk(file)
    path.chmod(0o600)
    path.replace(kept)
    sync_folder(kept.parent)
    return key


def workshop() -> Path:
    """Return the folder where large files are made before they are adopted; it is on the storage's disk."""
    folder = root().parent / "workshop"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep_workshop(before: datetime) -> int:
    """Delete what processes that died left in the workshop before an instant; return how much there was."""
    gone = 0
    for path in workshop().iterdir():
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            shutil.rmtree(path)
            gone += 1
    return gone


def read(key: str) -> bytes:
    """Return the bytes of a file. Raises NotFound."""
    try:
        return path_of(key).read_bytes()
    except FileNotFoundError:
        raise NotFound("file") from None


def pieces(key: str) -> Iterator[bytes]:
    """Give the bytes of a file in pieces, so that a large one never stands in memory. Raises NotFound."""
    if not exists(key):
        raise NotFound("file")
    return _pieces(path_of(key))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def exists(key: str) -> bool:
    """Tell whether the file is there."""
    return path_of(key).is_file()


def delete(key: str) -> bool:
    """Delete a file; tell whether there was one."""
    try:
        path_of(key).unlink()
    except FileNotFoundError:
        return False
    return True


def walk() -> Iterator[tuple[str, datetime]]:
    """Give every file with the instant at which it was written; unfinished ones under their whole name."""
    if not root().is_dir():
        return
    for folder in sorted(root().iterdir()):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            try:
                written = path.stat().st_mtime
            except FileNotFoundError:  # gone meanwhile
                continue
            yield path.name, datetime.fromtimestamp(written, UTC)


def delete_unfinished(name: str) -> bool:
    """Delete a file that a crash left half written; tell whether there was one."""
    stem = name.removesuffix(_TEMPORARY)
    if stem == name or not is_storage_key(stem):
        return False
    path = path_of(stem).with_suffix(_TEMPORARY)
    existed = path.is_file()
    path.unlink(missing_ok=True)
    return existed
