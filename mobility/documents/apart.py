"""Work on a file of a stranger in a process of its own: it may end that process, never the server."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from enum import IntEnum
from typing import Any

import structlog

from mobility.documents.errors import DamagedFile, LockedPdf, MaskInvalid, PdfTooLong, PictureTooLarge

MEMORY_BYTES = 1_500_000_000
SECONDS = 20
TIMEOUT_SECONDS = 40
log = structlog.get_logger(__name__)


class Exit(IntEnum):
    """How such a process ends; whatever else it ends with means that the file broke it."""

    DONE = 0
    BROKEN = 3
    LOCKED = 4
    TOO_LONG = 5
    BESIDE = 6
    TOO_LARGE = 7


class Refused(Exception):
    """The file is not worked on, for this reason."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code.name)
        self.code = code


def bound() -> None:
    """Bound the memory and the processor time of this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def answer(code: Exit, said: dict[str, Any], made: bytes) -> None:
    """End this process with what ``run`` reads: one line of JSON, then bytes."""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)
    sys.stdout.buffer.flush()
    sys.exit(code)


def run(module: str, command: str, asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Run a command of one of our modules on bytes; return what it says and what it made.

    ``asked["most"]`` is the bound that a refusal names. Raises DamagedFile, LockedPdf, MaskInvalid, PdfTooLong,
    PictureTooLarge.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and values as JSON
            [sys.executable, "-I", "-m", module, command, json.dumps(asked)],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("file_took_too_long", command=command, size=len(data))
        raise DamagedFile from None
    if done.returncode == Exit.LOCKED:
        raise LockedPdf
    if done.returncode == Exit.TOO_LONG:
        raise PdfTooLong(limit=asked["most"])
    if done.returncode == Exit.BESIDE:
        raise MaskInvalid
    if done.returncode == Exit.TOO_LARGE:
        raise PictureTooLarge(limit=asked["most"] // 1_000_000)
    if done.returncode:
        if done.returncode != Exit.BROKEN:
            log.warning(
                "file_broke_its_process",
                command=command,
                code=done.returncode,
                said=done.stderr[-500:].decode(errors="replace"),
            )
        raise DamagedFile
    said, _end, made = done.stdout.partition(b"\n")
    return json.loads(said), made
