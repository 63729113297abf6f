"""A dossier of twenty scans of 5 MB joined into one file: time beside the same dossier without papers, and memory.

Usage: ``python -m benchmarks.joining [--scans 20] [--megabytes 5] [--runs 3]``. Scans are noise, so that they weigh what
they say: once as PDFs (they keep their bytes), once as pictures. « Here » is within the process that measures, as a
request did before; « apart » is the process of its own that the job uses.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.measure import Line, show, time_of
from mobility.core import pdf
from mobility.core.memory import peak_megabytes

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EMPTY: dict[str, Any] = {
    **dict.fromkeys(("person", "born", "city", "bank", "adviser", "desk", "phone", "made", "legal", "opinion"), ""),
    "committee": "", "asked": [], "schedule": [], "not_needed": [], "pieces": [], "budget": None,
    "project": {"title": "", "purpose": "", "cost": "", "missing": "", "lines": [], "quotes": []},
}  # fmt: skip


def scan(megabytes: float, *, seed: int) -> bytes:
    """Return a JPEG of about that weight, of the size to which photographs are kept."""
    grain = np.random.default_rng(seed).integers(0, 255, (1300, 975, 3), dtype=np.uint8)
    picture, kept, quality = Image.fromarray(grain).resize((1950, 2600)), b"", 70
    while len(kept) < megabytes * 1_000_000 and quality < 100:
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality)
        kept, quality = target.getvalue(), quality + 2
    return kept


def laid_out(folder: Path, scans: int, megabytes: float, kind: str) -> tuple[dict[str, Any], dict[str, Path]]:
    """Return the data and the files of a dossier."""
    files, pieces = {}, []
    for number in range(scans):
        name = f"{number}.{kind}"
        data = scan(megabytes, seed=number)
        if kind == "pdf":
            Image.open(io.BytesIO(data)).save(folder / name, "PDF", quality=92)
        else:
            (folder / name).write_bytes(data)
        files[name] = folder / name
        sheet = {"file": name, "page": 1}
        pieces.append({"number": number + 1, "label": f"Papier {number}", "dated": "", "sheets": [sheet]})
    return {**EMPTY, "pieces": pieces}, files


def main() -> None:
    """Measure and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.joining", description=__doc__)
    parser.add_argument("--scans", type=int, default=20)
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    bare = time_of(lambda: pdf.render("microcredit_dossier", EMPTY, title="Dossier", now=NOW), runs=max(given.runs, 10))
    lines, weights = [], []
    for kind in ("pdf", "jpg"):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            data, files = laid_out(folder, given.scans, given.megabytes, kind)
            asked: dict[str, Any] = {"title": "Dossier", "now": NOW, "files": files, "target": folder / "made.pdf"}

            def apart(data: dict[str, Any] = data, asked: dict[str, Any] = asked) -> None:
                pdf.render_apart("microcredit_dossier", data, **asked)

            def here(data: dict[str, Any] = data, asked: dict[str, Any] = asked) -> None:
                pdf.write_with_files(pdf.order("microcredit_dossier", data, **asked))

            before = peak_megabytes()
            took = time_of(apart, runs=given.runs)
            between = peak_megabytes()
            within = time_of(here, runs=given.runs)
            weight = sum(path.stat().st_size for path in files.values()) / 1e6
            lines += [
                Line(f"{given.scans} {kind} ({weight:.0f} MB), here", within, "the dossier without papers", bare),
                Line(f"{given.scans} {kind} ({weight:.0f} MB), apart", took, "the same here", within),
            ]
            weights.append(
                f"{kind}: this process grew by {between - before:.0f} MB while it was made apart,"
                f" by {peak_megabytes() - between:.0f} MB here; the file has"
                f" {asked['target'].stat().st_size / 1e6:.0f} MB"
            )
    print(show(lines), *weights, sep="\n")


if __name__ == "__main__":
    main()
