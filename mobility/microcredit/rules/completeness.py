"""Which papers of a bank's list are there, too old, or missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.microcredit.rules.papers import Paper
from mobility.people.rules import add_months


class Holding(StrEnum):
    """Where one paper of a list stands."""

    THERE = "there"
    SOON_OLD = "soon_old"
    OLD = "old"
    MISSING = "missing"
    NOT_NEEDED = "not_needed"


HOLDING_LABELS: dict[Holding, str] = {
    Holding.THERE: "Reçu",
    Holding.SOON_OLD: "Bientôt trop ancien",
    Holding.OLD: "Trop ancien",
    Holding.MISSING: "Manque",
    Holding.NOT_NEEDED: "Ne concerne pas",
}
HOLDING_TONES: dict[Holding, str] = {
    Holding.THERE: "success",
    Holding.SOON_OLD: "warning",
    Holding.OLD: "danger",
    Holding.MISSING: "danger",
    Holding.NOT_NEEDED: "neutral",
}
LACKING = frozenset({Holding.OLD, Holding.MISSING})
# What is there but should be asked for anew.
AGEING = frozenset({Holding.OLD, Holding.SOON_OLD})


@dataclass(frozen=True, slots=True)
class Brought:
    """A paper that is there, or (``dated_on`` None) one that does not concern the person.

    ``unmasked``: a social security number stands in it, and must be hidden before it goes anywhere.
    """

    code: str
    dated_on: date | None
    document_id: int | None = None
    unmasked: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the list with what is known of it. ``good_until_on``: the last day on which its age is right."""

    paper: Paper
    holding: Holding
    brought: Brought | None = None
    good_until_on: date | None = None


def check(papers: Sequence[Paper], brought: Iterable[Brought], *, on: date, notice_days: int) -> tuple[Checked, ...]:
    """Hold a list against what was brought; of one paper the newest counts, whichever bank it was brought for.

    ``notice_days``: so long before its last day a paper is said to grow too old.
    """
    newest: dict[str, Brought] = {}
    for one in brought:
        known = newest.get(one.code)
        if known is None or (one.dated_on or date.min) >= (known.dated_on or date.min):
            newest[one.code] = one
    return tuple(_one(paper, newest.get(paper.code), on, notice_days) for paper in papers)


def _one(paper: Paper, brought: Brought | None, on: date, notice_days: int) -> Checked:
    if brought is None:
        return Checked(paper, Holding.MISSING)
    if brought.dated_on is None:
        return Checked(paper, Holding.NOT_NEEDED, brought)
    if paper.most_months is None:
        return Checked(paper, Holding.THERE, brought)
    until = add_months(brought.dated_on, paper.most_months)
    if until < on:
        return Checked(paper, Holding.OLD, brought, until)
    soon = (until - on).days < notice_days
    return Checked(paper, Holding.SOON_OLD if soon else Holding.THERE, brought, until)


def ageing(checked: Iterable[Checked]) -> tuple[Checked, ...]:
    """Return what is too old, or soon will be, the most pressing first."""
    found = [one for one in checked if one.holding in AGEING]
    return tuple(sorted(found, key=lambda one: (one.good_until_on or date.max, one.paper.label)))


def too_old_by(checked: Iterable[Checked], day: date) -> tuple[Checked, ...]:
    """Return what is there and right in age today, but will be too old on a day to come."""
    return tuple(
        one
        for one in checked
        if one.holding is not Holding.OLD and one.good_until_on is not None and one.good_until_on < day
    )


def lacking(checked: Iterable[Checked]) -> tuple[str, ...]:
    """Return what is still to be brought, by its label."""
    return tuple(one.paper.label for one in checked if one.holding in LACKING)


def unmasked(checked: Iterable[Checked]) -> tuple[str, ...]:
    """Return the papers in which a number is still to be hidden, by their label."""
    return tuple(one.paper.label for one in checked if one.brought is not None and one.brought.unmasked)
