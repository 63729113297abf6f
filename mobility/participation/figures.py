"""What funders are shown of entries and exits: those of their own agreements alone, counts without a name.

People entered and left one agreement, so these counts follow the agreement itself and not its desks: what was done
there for another funder is not in them. Small numbers are masked where all figures are (``organisations.figures``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select

from mobility.core.db import db
from mobility.organisations import figures
from mobility.organisations.figures import Window
from mobility.participation.models import Departure, Participation
from mobility.participation.rules.exits import Outcome


def entered(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count who entered each agreement in its days: one row a person, also after a merge; one query."""
    span = figures.span(windows)
    query: Any = select(Participation.agreement_id, Participation.entered_on).where(
        Participation.agreement_id.in_([window.agreement_id for window in windows]),
        Participation.entered_on.between(span.first_on, span.last_on),
    )
    return _fold(windows, db.session.execute(query))


def left(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count who entered each agreement and left in its days, whatever for; who came back has not left."""
    return _left(windows, tuple(Outcome))


def left_for_work(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count who left for work, a training or with a qualification."""
    return _left(windows, (Outcome.WORK, Outcome.TRAINING, Outcome.QUALIFICATION))


def _left(windows: Sequence[Window], outcomes: Collection[Outcome]) -> Mapping[int, int]:
    """Count standing exits (one a person at most) of those who had entered; one query."""
    span = figures.span(windows)
    query: Any = (
        select(Participation.agreement_id, Departure.left_on)
        .join(Departure, Departure.person_id == Participation.person_id)
        .where(
            Participation.agreement_id.in_([window.agreement_id for window in windows]),
            Departure.returned_on.is_(None),
            Departure.outcome.in_(outcomes),
            Departure.left_on >= Participation.entered_on,
            Departure.left_on.between(span.first_on, span.last_on),
        )
    )
    return _fold(windows, db.session.execute(query))


def _fold(windows: Sequence[Window], rows: Iterable[tuple[int, date]]) -> dict[int, int]:
    spans = {window.agreement_id: (window.first_on, window.last_on) for window in windows}
    counts = dict.fromkeys(spans, 0)
    for agreement_id, day in rows:
        first, last = spans[agreement_id]
        counts[agreement_id] += first <= day <= last
    return counts


def init_app(app: Flask) -> None:
    """Show the figures to funders."""
    figures.register(app, "participation.entered", "Personnes entrées dans l’opération", entered, order=12)
    figures.register(app, "participation.left", "Personnes de l’opération sorties", left, order=13)
    figures.register(
        app, "participation.work", "Dont sorties vers un emploi, une formation ou un diplôme", left_for_work, order=14
    )
