"""How much memory this process has held."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIBIBYTES_IN_A_MEGABYTE = 1024


def peak_megabytes() -> float:
    """Return the most memory that this process has held since its program began, in units of 1024 × 1024 bytes.

    Where the kernel tells (Linux), its own mark is read: ``getrusage`` counts a parent's memory as well, for a process
    that a large one has started.
    """
    try:
        told = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        told = None
    if told:
        return int(told[1]) / _KIBIBYTES_IN_A_MEGABYTE
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    in_bytes = sys.platform == "darwin"
    return peak / (_KIBIBYTES_IN_A_MEGABYTE**2 if in_bytes else _KIBIBYTES_IN_A_MEGABYTE)
