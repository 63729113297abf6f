"""Lists that managers type as lines: rates by band, papers by purpose and situation. There and back, refused by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from mobility.funding.rules import PURPOSE_LABELS, Purpose
from mobility.microcredit.rules.papers import Paper, keep_papers, own_code, read_papers
from mobility.organisations.rules import search_key
from mobility.parameters import rules
from mobility.parameters.rules import Column, Kind, Shape
from mobility.people.kinds import STATUS_LABELS, PersonStatus

BANDS = Shape(
    Kind.TABLE,
    columns=(
        Column("up_to_cents", "Jusqu’à (euros)", Kind.MONEY, required=False),
        Column("up_to_months", "Jusqu’à (mois)", Kind.INTEGER, required=False),
        Column("percent", "Taux", Kind.PERCENT),
    ),
)
PAPERS = Shape(
    Kind.TABLE,
    columns=(
        Column("label", "Papier"),
        Column("purposes", "Pour", required=False),
        Column("statuses", "Situations", required=False),
        Column("most_months", "Moins de (mois)", Kind.INTEGER, required=False),
    ),
)
LABEL_MAX = 120
E = TypeVar("E", bound=StrEnum)


def parse_bands(typed: str) -> list[dict[str, Any]]:
    """Return the JSON of the rates typed « jusqu’à ; mois ; taux ». Raises UnreadableValue."""
    kept: list[dict[str, Any]] = rules.parse(BANDS, typed)
    return kept


def show_bands(kept: Iterable[Mapping[str, Any]]) -> str:
    """Return rates as a person would type them."""
    return rules.as_typed(BANDS, list(kept))


def parse_papers(typed: str, known: Iterable[Paper]) -> list[dict[str, Any]]:
    """Return the JSON of the papers typed « papier ; pour ; situations ; mois ». Raises ValueError, which says the line.

    A paper keeps the code of the known one of the same name: what was brought for one bank is found by it.
    """
    codes = {search_key(paper.label): paper.code for paper in known}
    papers = []
    for number, row in enumerate(rules.parse(PAPERS, typed), start=1):
        label = row["label"]
        if len(label) > LABEL_MAX:
            raise ValueError(f"Ligne {number} : ce nom est trop long.")
        months = row["most_months"]
        papers.append(
            Paper(
                codes.get(search_key(label)) or own_code(search_key(label)),
                label,
                frozenset(_codes(number, row["purposes"], PURPOSE_LABELS)),
                frozenset(_codes(number, row["statuses"], STATUS_LABELS)),
                months,
            )
        )
        if months is not None and not 1 <= months <= 120:
            raise ValueError(f"Ligne {number} : écrivez un nombre de mois entre 1 et 120.")
    if len({paper.code for paper in papers}) != len(papers):
        raise ValueError("Un papier est écrit deux fois.")
    return keep_papers(papers)


def _codes(number: int, typed: str | None, labels: Mapping[E, str]) -> list[E]:
    by_name = {search_key(label.replace(",", " ")): code for code, label in labels.items()}
    found = []
    for part in (typed or "").split("/"):
        if not part.strip():
            continue
        code = by_name.get(search_key(part.replace(",", " ")))
        if code is None:
            raise ValueError(f"Ligne {number} : « {part.strip()[:60]} » n’est pas dans la liste.")
        found.append(code)
    return found


def show_papers(kept: Iterable[Mapping[str, Any]]) -> str:
    """Return papers as a person would type them."""
    return "\n".join(_line(paper) for paper in read_papers(list(kept)))


def _line(paper: Paper) -> str:
    purposes = " / ".join(PURPOSE_LABELS[code] for code in Purpose if code in paper.purposes)
    statuses = " / ".join(STATUS_LABELS[code] for code in PersonStatus if code in paper.statuses)
    return f"{paper.label} ; {purposes} ; {statuses} ; {paper.most_months or ''}".rstrip()
