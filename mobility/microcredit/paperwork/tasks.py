"""What papers ask of advisers: pages that a person sent and nobody has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, func, or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.paperwork.models import SentPage
from mobility.microcredit.rules.cards import PageState
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

# A person who took the trouble hears within some days whether it was right.
LOOK_DAYS = 2


def to_look_at(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return dossiers with pages that wait, the longest waiting first (one query)."""
    condition: ColumnElement[bool] = visible_persons(who, Permission.MICROCREDIT_EDIT)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        condition = and_(condition, mine)
    first = func.min(SentPage.sent_at)
    rows = db.session.execute(
        select(SentPage.dossier_id, Person.first_name, Person.last_name, first, func.count())
        .join(MicrocreditDossier, MicrocreditDossier.id == SentPage.dossier_id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(condition, SentPage.state == PageState.WAITING)
        .group_by(SentPage.dossier_id, Person.first_name, Person.last_name)
        .order_by(first, SentPage.dossier_id)
        .limit(MOST)
    )
    return [
        Task(
            kind="credit_papers",
            key=f"credit_papers:{dossier_id}",
            title=_("Regarder les papiers reçus"),
            about=f"{first_name} {last_name}",
            detail=ngettext("%(num)s page", "%(num)s pages", number),
            url=url_for("microcredit_papers.show", dossier_id=dossier_id),
            due_on=day_of(sent_at) + timedelta(days=LOOK_DAYS),
        )
        for dossier_id, first_name, last_name, sent_at, number in rows
    ]


SOURCES = (
    Source(
        "credit_papers", "Papiers reçus", "file-earmark-arrow-up", Permission.MICROCREDIT_EDIT, to_look_at, weight=40
    ),
)
