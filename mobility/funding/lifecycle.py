"""A person's life, for their projects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.core.db import db, transaction
from mobility.documents import services as documents
from mobility.funding.models import FundingLine, Project, ProjectQuote
from mobility.funding.queries import projects_of
from mobility.funding.rules import PURPOSE_LABELS
from mobility.funding.services import OWNER
from mobility.people.lifecycle import Export, Part

ERASED = "Effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the projects of one file those of the other."""
    with transaction() as session:
        session.execute(
            update(Project)
            .where(Project.person_id == merged_id)
            .values(person_id=kept_id, updated_at=now, version=Project.version + 1)
        )


def export(*, person_id: int) -> Iterable[Export]:
    """Give the projects and what pays them."""
    yield Export(
        title="Projets",
        columns={"title": "Projet", "purpose": "Pour", "amount": "Coût (centimes)", "covered": "Financé (centimes)"},
        rows=[
            {
                "title": project.title,
                "purpose": PURPOSE_LABELS[project.purpose],
                "amount": project.amount_cents,
                "covered": totals.covered,
            }
            for project, totals in projects_of(person_id)
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Take every word away; amounts, sources and states stay for the counts."""
    with transaction() as session:
        of_person = select(Project.id).where(Project.person_id == person_id)
        ids = list(db.session.scalars(of_person))
        session.execute(
            update(Project)
            .where(Project.id.in_(ids), Project.title != ERASED)
            .values(title=ERASED, updated_at=now, version=Project.version + 1)
        )
        session.execute(update(ProjectQuote).where(ProjectQuote.project_id.in_(ids)).values(seller=ERASED, label=""))
        session.execute(
            update(FundingLine)
            .where(FundingLine.project_id.in_(ids), FundingLine.reason.not_in(("", ERASED)))
            .values(reason=ERASED, updated_at=now, version=FundingLine.version + 1)
        )
        session.execute(
            update(FundingLine)
            .where(FundingLine.project_id.in_(ids), FundingLine.source != "grant", FundingLine.label != "")
            .values(label="", updated_at=now, version=FundingLine.version + 1)
        )
        for project_id in ids:
            documents.erase_all_of(owner_kind=OWNER, owner_id=project_id, actor_id=None, now=now)


PART = Part(room="funding", merge=merge, export=export, erase=erase)
