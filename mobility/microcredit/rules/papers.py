"""Which papers a bank asks for, by purpose and situation. Pure; the lists are data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mobility.funding.rules import Purpose
from mobility.people.kinds import PersonStatus

CODE_MAX = 60
_KIND_MAX = 40
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Paper:
    """One line of a checklist. No purpose or situation named: all. ``most_months``: how old the paper may be."""

    code: str
    label: str
    purposes: frozenset[Purpose] = frozenset()
    statuses: frozenset[PersonStatus] = frozenset()
    most_months: int | None = None


def papers_for(papers: Sequence[Paper], *, purpose: Purpose, status: PersonStatus) -> tuple[Paper, ...]:
    """Return the papers that are asked for this purpose from somebody in this situation, in the list's order."""
    return tuple(
        paper
        for paper in papers
        if (not paper.purposes or purpose in paper.purposes) and (not paper.statuses or status in paper.statuses)
    )


def own_code(key: str) -> str:
    """Return the code of a paper that only this bank asks for, from its name as a search key.

    A name that is too long is cut and keeps its digest: two long names that begin alike are two papers.
    """
    code = f"own_{key}"
    return code if len(code) <= CODE_MAX else _cut(code, code, most=CODE_MAX)


def file_kind(code: str) -> str:
    """Return a paper's code as a kind of document: one lower case word; two papers do not share a file."""
    kind = re.sub(r"[^a-z0-9_]+", "_", f"paper_{code}".lower())
    whole = len(kind) <= _KIND_MAX and not re.search(r"[^a-z0-9_ ]", code)
    return kind if whole else _cut(kind, code, most=_KIND_MAX)


def _cut(word: str, whole: str, *, most: int) -> str:
    digest = sha256(whole.encode()).hexdigest()[:_DIGEST]
    return f"{word[: most - _DIGEST - 1]}_{digest}"


def read_papers(kept: Sequence[Mapping[str, Any]]) -> tuple[Paper, ...]:
    """Return the papers behind their JSON. Raises ValueError or KeyError for words that nobody knows."""
    return tuple(
        Paper(
            str(row["code"]),
            str(row["label"]),
            frozenset(Purpose(code) for code in row.get("purposes", ())),
            frozenset(PersonStatus(code) for code in row.get("statuses", ())),
            row.get("most_months"),
        )
        for row in kept
    )


def keep_papers(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    """Return the JSON of papers."""
    return [
        {
            "code": paper.code,
            "label": paper.label,
            "purposes": sorted(paper.purposes),
            "statuses": sorted(paper.statuses),
            "most_months": paper.most_months,
        }
        for paper in papers
    ]
