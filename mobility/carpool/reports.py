"""The problems that people told of, for the staff of their desk. Reads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from mobility.carpool.models import CarpoolMember, CarpoolReport
from mobility.carpool.services.telling import name_of, names_of
from mobility.core.db import db, load
from mobility.people.models import Person

MOST = 200


@dataclass(frozen=True)
class Report:
    """A report with the name of whoever told."""

    row: CarpoolReport
    name: str


def list_reports(visible: ColumnElement[bool], *, waiting: bool = False, most: int = MOST) -> list[Report]:
    """Return the reports that the actor may see, those that wait first, then the latest (two queries)."""
    query = (
        select(CarpoolReport, CarpoolMember)
        .join(CarpoolMember, CarpoolMember.id == CarpoolReport.by_member_id)
        .outerjoin(Person, Person.id == CarpoolMember.person_id)
        .where(visible)
        .order_by(CarpoolReport.handled_at.is_not(None), CarpoolReport.at.desc(), CarpoolReport.id.desc())
        .limit(most)
    )
    if waiting:
        query = query.where(CarpoolReport.handled_at.is_(None))
    rows = db.session.execute(query).all()
    names = names_of([member for _row, member in rows])
    return [Report(row, names[member.id]) for row, member in rows]


def get_report(report_id: int) -> Report:
    """Return a report. Raises NotFound."""
    row = load(CarpoolReport, report_id)
    return Report(row, name_of(load(CarpoolMember, row.by_member_id)))
