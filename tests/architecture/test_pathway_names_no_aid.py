"""The pathway knows what an aid is, and names none: a new aid must not need a line of the hall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# The packages of aids, built or to come (docs/architecture.md), and the words by which they could slip in.
AIDS = ("loans", "carpool", "microcredit", "driving_code", "garage", "transport", "purchase", "grants")
WORDS = re.compile(r"\bloans?\b|\bprêts?\b|\bpret\b|\bcovoitur\w*|\bcarpool\w*|\bmicro-?cr[eé]dit\w*", re.IGNORECASE)
ROOMS = ("mobility/pathway", "mobility/journal", "mobility/ledger", "templates/pathway", "templates/journal")


def sources(repository: Path, *folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((repository / folder).rglob("*"))
        if path.suffix in {".py", ".html"} and path.is_file()
    ]


def test_the_sources_of_the_pathway_are_found(repository: Path) -> None:
    names = {path.name for path in sources(repository, "mobility/pathway", "templates/pathway")}
    assert {"aid.py", "person.html"} <= names
    assert len(names) > 20


@pytest.mark.parametrize("folder", ROOMS)
def test_the_hall_names_no_aid(repository: Path, folder: str) -> None:
    named = [
        f"{path.relative_to(repository)}:{number}: {line.strip()}"
        for path in sources(repository, folder)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if WORDS.search(line) or any(f"mobility.{aid}" in line for aid in AIDS)
    ]
    assert named == []


def test_the_words_that_are_looked_for_would_be_found() -> None:
    assert all(
        WORDS.search(text) for text in ("a loan", "vos prêts", "Covoiturage", "microcrédit", "from x import loans")
    )
