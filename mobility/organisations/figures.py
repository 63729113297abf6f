"""The figures that a funder sees: counts of its own agreements, told by the rooms that have them.

A room registers a label and a function, which gets all the windows of the page at once so that it
needs one query however many they are::

    figures.register(app, "loans.made", "Prêts réalisés", loans_made, order=10)

    def loans_made(windows: Sequence[Window]) -> Mapping[int, int]:
        span = figures.span(windows)
        rows = db.session.execute(select(Loan.desk_id, …day…, func.count()).where(…span…).group_by(…))
        return figures.fold(windows, rows)

The function gets periods and desks, and gives a whole number by agreement. It never gets to see who
asks, and never gives names; small numbers are masked here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app

from mobility.organisations import rules
from mobility.organisations.queries import AgreementCard

_KEY = "mobility.figures"


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted: an agreement's own days and desks within the year asked for.

    ``desk_ids`` None means every desk. Both ends are included.
    """

    agreement_id: int
    organisation_id: int
    first_on: date
    last_on: date
    desk_ids: frozenset[int] | None


FigureFunction = Callable[[Sequence[Window]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the page."""

    key: str
    label: str
    function: FigureFunction
    order: int = 100


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure as it is shown; ``count`` None means masked."""

    label: str
    count: int | None


def register(app: Flask, key: str, label: str, function: FigureFunction, *, order: int = 100) -> None:
    """Add a figure to the page of the funders. Raises RuntimeError for a key that is taken."""
    known: dict[str, Figure] = app.extensions.setdefault(_KEY, {})
    if key in known:
        raise RuntimeError(f"two figures are named {key}")
    known[key] = Figure(key, label, function, order)


def all_figures() -> list[Figure]:
    """Return the figures in their order."""
    known: dict[str, Figure] = current_app.extensions.get(_KEY, {})
    return sorted(known.values(), key=lambda figure: (figure.order, figure.label))


def window_of(agreement: AgreementCard, *, first_on: date, last_on: date) -> Window | None:
    """Return what is counted for an agreement between two days, or None where it did not hold then."""
    start = max(first_on, agreement.valid_from_on)
    end = last_on if agreement.valid_until_on is None else min(last_on, agreement.valid_until_on)
    if end < start:
        return None
    return Window(agreement.id, agreement.organisation_id, start, end, agreement.desk_ids or None)


@dataclass(frozen=True, slots=True)
class Span:
    """The days and desks that hold all of some windows; ``desk_ids`` None means every desk."""

    first_on: date
    last_on: date
    desk_ids: frozenset[int] | None


def span(windows: Sequence[Window]) -> Span:
    """Return what one query must read to answer all the windows (at least one)."""
    desk_ids: set[int] | None = set()
    for window in windows:
        desk_ids = None if desk_ids is None or window.desk_ids is None else desk_ids | window.desk_ids
    return Span(
        min(window.first_on for window in windows),
        max(window.last_on for window in windows),
        None if desk_ids is None else frozenset(desk_ids),
    )


def fold(windows: Sequence[Window], rows: Iterable[tuple[int, date, int]]) -> dict[int, int]:
    """Add up (desk, day, count) rows into the windows that hold them, by agreement."""
    counts = {window.agreement_id: 0 for window in windows}
    for desk_id, day, count in rows:
        for window in windows:
            here = window.desk_ids is None or desk_id in window.desk_ids
            if here and window.first_on <= day <= window.last_on:
                counts[window.agreement_id] += count
    return counts


def lines_for(windows: Sequence[Window]) -> dict[int, list[FigureLine]]:
    """Return the figures of each agreement, small ones masked."""
    lines: dict[int, list[FigureLine]] = {window.agreement_id: [] for window in windows}
    if not windows:
        return lines
    for figure in all_figures():
        counts = figure.function(windows)
        for agreement_id, shown in lines.items():
            count = max(0, int(counts.get(agreement_id, 0)))
            shown.append(FigureLine(figure.label, rules.masked_count(count)))
    return lines
