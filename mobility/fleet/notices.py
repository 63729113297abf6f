"""Which papers an officer must hear of, and when: before the end, after it, and when somebody counts on the vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobility.fleet.inspections import inspection_valid_until
from mobility.fleet.kinds import PaperKind
from mobility.fleet.rules import NEVER, PaperFacts, insured_until, needs_insurance


class NoticeStep(StrEnum):
    """Where a paper stands on its way to its end."""

    FIRST = "first"
    LAST = "last"
    LAPSED = "lapsed"


NOTICE_LABELS = {
    NoticeStep.FIRST: "échéance proche",
    NoticeStep.LAST: "échéance très proche",
    NoticeStep.LAPSED: "échéance passée",
}


@dataclass(frozen=True, slots=True)
class PaperGap:
    """A paper that does not hold through a use. ``last_on`` is its last day (NEVER: it does not hold at all)."""

    kind: PaperKind
    last_on: date


def notice_due(valid_until_on: date, today: date, *, first_days: int, last_days: int) -> NoticeStep | None:
    """Return which notice is due today, the nearest one alone; None while the end is far.

    A day on which nothing ran is made up for on the next: the notice depends on what is left, not on the day.
    """
    left = valid_until_on.toordinal() - today.toordinal()
    if left < 0:
        return NoticeStep.LAPSED
    if left <= last_days:
        return NoticeStep.LAST
    return NoticeStep.FIRST if left <= first_days else None


def gaps_within(papers: PaperFacts, first_on: date, last_on: date) -> list[PaperGap]:
    """Return the papers that do not hold on every day from ``first_on`` to ``last_on``."""
    gaps = []
    inspected = inspection_valid_until(papers.category, papers.first_registered_on, papers.inspections)
    if inspected is not None and inspected < last_on:
        gaps.append(PaperGap(PaperKind.INSPECTION, inspected))
    if needs_insurance(papers.category):
        insured = insured_until(papers.insurances, first_on)
        if insured < last_on:
            gaps.append(PaperGap(PaperKind.INSURANCE, insured if insured != NEVER else _ended(papers, first_on)))
    return gaps


def _ended(papers: PaperFacts, first_on: date) -> date:
    """Return the last day of the insurance before a day without cover; NEVER where there was none."""
    before = [paper.until_on for paper in papers.insurances if paper.until_on < first_on]
    return max(before, default=NEVER)


def first_day_without(gap: PaperGap, first_on: date) -> date:
    """Return the first day of the use on which the paper is missing."""
    return first_on if gap.last_on < first_on else gap.last_on + timedelta(days=1)
