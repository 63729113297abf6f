"""Files that last: what is written is on the disk before anything points to it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_CHUNK = 1 << 20


def to_disk(file: IO[str] | IO[bytes]) -> None:
    """Wait until what was written to an open file is on the disk. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def write_durably(path: Path, content: bytes) -> None:
    """Write a file; it is on the disk when this returns. Raises OSError."""
    with path.open("wb") as file:
        file.write(content)
        to_disk(file)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder last: without it a power cut could forget the files. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write into a folder; the others wait. Raises OSError."""
    with (folder / ".lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest_of(path: Path) -> str:
    """Return the checksum of a file (BLAKE2b, 16 bytes, in hexadecimal), read in pieces. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
