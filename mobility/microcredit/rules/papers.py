"""Which papers a bank asks for, by purpose and situation. Pure; the lists are data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobility.funding.rules import Purpose
from mobility.people.kinds import PersonStatus


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


def file_kind(code: str) -> str:
    """Return a paper's code as a kind of document: one lower case word; two papers do not share a file."""
    return re.sub(r"[^a-z0-9_]+", "_", f"paper_{code}".lower())[:40]


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
