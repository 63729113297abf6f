"""What papers ask of advisers: pages that nobody has looked at, papers that grow too old before the bank has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.documents import unmasked
from mobility.documents.models import Document
from mobility.funding.models import ProjectQuote
from mobility.microcredit.dossiers import checklist, parameters
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper
from mobility.microcredit.paperwork import queries
from mobility.microcredit.paperwork.models import SentPage
from mobility.microcredit.rules.cards import PageState
from mobility.microcredit.rules.completeness import ageing
from mobility.microcredit.rules.states import BEFORE_BANK, TAKES_PAPERS
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.people.rules import add_months
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

# A person who took the trouble hears within some days whether it was right.
LOOK_DAYS = 2


# So many dossiers are held against their lists at once.
MOST_HELD = 300
# The youngest age at which a paper of any list may be too old.
LEAST_MONTHS = 1


def _theirs(who: Actor, whose: Whose) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = visible_persons(who, Permission.MICROCREDIT_EDIT)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        condition = and_(condition, mine)
    return condition


def to_look_at(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return dossiers with pages that wait, the longest waiting first (one query)."""
    first = func.min(SentPage.sent_at)
    rows = db.session.execute(
        select(SentPage.dossier_id, Person.first_name, Person.last_name, first, func.count())
        .join(MicrocreditDossier, MicrocreditDossier.id == SentPage.dossier_id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(_theirs(who, whose), SentPage.state == PageState.WAITING)
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


def growing_old(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return dossiers not yet at their bank with papers that are, or soon will be, too old (some ten queries).

    What the person was already asked for, or has sent anew, is left out; a paper that several dossiers of a person
    need is asked for once.
    """
    today = day_of(now)
    rows = _with_older_papers(_theirs(who, whose), today)
    listed = checklist.of_dossiers([row for row, _name in rows], on=today)
    under_way = queries.under_way([row.id for row, _name in rows], now=now)
    named: set[tuple[int, str]] = set()
    tasks = []
    for row, name in rows:
        old = [
            one
            for one in ageing(listed[row.id])
            if one.paper.code not in under_way.get(row.id, ()) and (row.person_id, one.paper.code) not in named
        ]
        if not old:
            continue
        named |= {(row.person_id, one.paper.code) for one in old}
        tasks.append(
            Task(
                kind="credit_ageing",
                key=f"credit_ageing:{row.id}",
                title=_("Redemander des papiers avant qu’ils soient trop anciens"),
                about=name,
                detail=", ".join(one.paper.label for one in old),
                url=url_for("microcredit_papers.show", dossier_id=row.id),
                due_on=old[0].good_until_on,
            )
        )
    return tasks[:MOST]


def _with_older_papers(condition: ColumnElement[bool], today: date) -> list[tuple[MicrocreditDossier, str]]:
    """Return dossiers before their bank that have a paper old enough to matter (one query)."""
    before = add_months(today + timedelta(days=parameters.ageing_days(on=today)), -LEAST_MONTHS)
    papers = exists().where(
        MicrocreditPaper.person_id == MicrocreditDossier.person_id, MicrocreditPaper.dated_on <= before
    )
    quotes = exists().where(
        ProjectQuote.project_id == MicrocreditDossier.project_id,
        ProjectQuote.chosen.is_(True),
        ProjectQuote.dated_on <= before,
    )
    found = db.session.execute(
        select(MicrocreditDossier, Person.first_name, Person.last_name)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(condition, MicrocreditDossier.state.in_(BEFORE_BANK), or_(papers, quotes))
        .order_by(MicrocreditDossier.id)
        .limit(MOST_HELD)
    )
    return [(row, f"{first} {last}") for row, first, last in found]


def to_mask(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return dossiers with papers that show a social security number, the oldest first (four queries).

    Where nobody hides it in time the file is erased (``documents.unmasked``), and asked for again.
    """
    theirs, shows = _theirs(who, whose), and_(Document.nir_found.is_(True), Document.erased_at.is_(None))
    dossiers = select(MicrocreditDossier.id, Person.first_name, Person.last_name, Document.uploaded_at).join(
        Person, Person.id == MicrocreditDossier.person_id
    )
    sources = (
        dossiers.join(SentPage, SentPage.dossier_id == MicrocreditDossier.id)
        .join(Document, Document.id == SentPage.document_id)
        .where(SentPage.state == PageState.WAITING),
        dossiers.join(MicrocreditPaper, MicrocreditPaper.person_id == MicrocreditDossier.person_id).join(
            Document, Document.id == MicrocreditPaper.document_id
        ),
        dossiers.join(ProjectQuote, ProjectQuote.project_id == MicrocreditDossier.project_id)
        .join(Document, Document.id == ProjectQuote.document_id)
        .where(ProjectQuote.chosen.is_(True)),
    )
    since: dict[int, tuple[datetime, str]] = {}
    for source in sources:
        query = source.where(theirs, shows, MicrocreditDossier.state.in_(TAKES_PAPERS | BEFORE_BANK))
        for dossier_id, first_name, last_name, at in db.session.execute(
            query.order_by(Document.uploaded_at, Document.id).limit(MOST)
        ):
            known = since.get(dossier_id)
            if known is None or at < known[0]:
                since[dossier_id] = (at, f"{first_name} {last_name}")
    kept = timedelta(days=unmasked.kept_days(on=day_of(now)))
    return [
        Task(
            kind="credit_unmasked",
            key=f"credit_unmasked:{dossier_id}",
            title=_("Cacher un numéro de sécurité sociale"),
            about=name,
            detail=_("Passé ce jour, le papier est effacé et se redemande."),
            url=url_for("microcredit_papers.show", dossier_id=dossier_id),
            due_on=day_of(at + kept) - timedelta(days=1),
        )
        for dossier_id, (at, name) in sorted(since.items(), key=lambda one: one[1][0])[:MOST]
    ]


SOURCES = (
    Source("credit_unmasked", "Numéros à cacher", "eye-slash", Permission.MICROCREDIT_EDIT, to_mask, weight=38),
    Source(
        "credit_ageing",
        "Papiers bientôt trop anciens",
        "hourglass-split",
        Permission.MICROCREDIT_EDIT,
        growing_old,
        weight=42,
    ),
    Source(
        "credit_papers", "Papiers reçus", "file-earmark-arrow-up", Permission.MICROCREDIT_EDIT, to_look_at, weight=40
    ),
)
