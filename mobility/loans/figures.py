"""What funders are shown of loans: counts by agreement, never a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask import Flask
from sqlalchemy import select

from mobility.core.clock import day_of, end_of, start_of
from mobility.core.db import db
from mobility.loans.models import Loan
from mobility.organisations import figures
from mobility.organisations.figures import Window


def _departures(windows: Sequence[Window]) -> list[tuple[int, date, int, int]]:
    """Return (desk, day, person, days lent) of each vehicle handed over in the windows' span; one query."""
    span = figures.span(windows)
    query = select(Loan.desk_id, Loan.departed_at, Loan.person_id, Loan.days).where(
        Loan.departed_at >= start_of(span.first_on), Loan.departed_at < end_of(span.last_on)
    )
    if span.desk_ids is not None:
        query = query.where(Loan.desk_id.in_(span.desk_ids))
    rows = db.session.execute(query)
    return [(desk_id, day_of(at), person_id, days) for desk_id, at, person_id, days in rows if at is not None]


def loans_made(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count the vehicles handed over."""
    return figures.fold(windows, ((desk_id, day, 1) for desk_id, day, _person, _days in _departures(windows)))


def days_lent(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count the days of the loans that began."""
    return figures.fold(windows, ((desk_id, day, days) for desk_id, day, _person, days in _departures(windows)))


def people_helped(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count the people who got a vehicle, each once by agreement."""
    rows = _departures(windows)
    return {window.agreement_id: len(set(_inside(window, rows))) for window in windows}


def _inside(window: Window, rows: Iterable[tuple[int, date, int, int]]) -> Iterable[int]:
    for desk_id, day, person_id, _days in rows:
        if (window.desk_ids is None or desk_id in window.desk_ids) and window.first_on <= day <= window.last_on:
            yield person_id


def init_app(app: Flask) -> None:
    """Show the figures to funders."""
    figures.register(app, "loans.people", "Personnes à qui un véhicule a été prêté", people_helped, order=20)
    figures.register(app, "loans.made", "Véhicules prêtés", loans_made, order=21)
    figures.register(app, "loans.days", "Journées de prêt", days_lent, order=22)
