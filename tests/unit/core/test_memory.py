"""The memory of this process alone, whoever started it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from mobility.core.memory import peak_megabytes

HELD = 400


def test_the_peak_grows_with_what_is_held_and_stays() -> None:
    before = peak_megabytes()
    block = np.ones(int(before + 50) << 20, dtype=np.uint8)
    held = peak_megabytes()
    assert held >= before + 40
    del block
    assert peak_megabytes() >= held - 1  # the kernel counts pages in batches


@pytest.mark.skipif(sys.platform != "linux", reason="ONLY LINUX TELLS A PROCESS ITS OWN PEAK")
def test_a_large_parent_is_not_counted() -> None:
    parent = (
        "import subprocess, sys\n"
        f"block = b'x' * ({HELD} << 20)\n"
        "child = 'from mobility.core.memory import peak_megabytes; print(peak_megabytes())'\n"
        "print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True, check=True).stdout)"
    )
    told = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, check=True).stdout
    assert 1 < float(told) < HELD / 2
