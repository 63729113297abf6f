"""What agreements ask of advisers: a signature or the bank's paper that is missing, a plan that is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.accords.laid import given_of
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.rules.accords import KIND_LABELS, AccordState, missing_signers
from mobility.microcredit.rules.states import RUNNING, State
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

# What waits for a signature or the bank is asked about within some days; a broken plan at once.
ASK_DAYS = 3


def accords(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return agreements that wait, and incidents whose last plan was not kept (one query)."""
    condition = visible_persons(who, Permission.MICROCREDIT_EDIT)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        condition = and_(condition, mine)
    last = select(func.max(CreditAccord.number)).where(CreditAccord.dossier_id == MicrocreditDossier.id)
    broken = and_(CreditAccord.state == AccordState.BROKEN, MicrocreditDossier.state == State.INCIDENT)
    found = db.session.execute(
        select(CreditAccord, Person.first_name, Person.last_name)
        .join(MicrocreditDossier, MicrocreditDossier.id == CreditAccord.dossier_id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(
            condition,
            MicrocreditDossier.state.in_(RUNNING),
            CreditAccord.number == last.correlate(MicrocreditDossier).scalar_subquery(),
            or_(CreditAccord.state == AccordState.WAITING, broken),
        )
        .order_by(CreditAccord.id)
        .limit(MOST)
    )
    return [_task(row, f"{first} {last_name}") for row, first, last_name in found]


def _task(row: CreditAccord, name: str) -> Task:
    if row.state is AccordState.BROKEN:
        ended = day_of(row.ended_at or row.laid_at)
        return Task(
            kind="credit_accord",
            key=f"credit_accord:{row.id}:broken",
            title=_("Choisir la suite : le plan amiable n’est plus tenu"),
            about=name,
            detail=_("Nouveau plan, nouvel échéancier, ou perte et fonds de garantie."),
            url=url_for("microcredit_followup.show", dossier_id=row.dossier_id),
            due_on=ended,
        )
    waits = missing_signers(row.signs_with, given_of(row))
    return Task(
        kind="credit_accord",
        key=f"credit_accord:{row.id}:{'sign' if waits else 'bank'}",
        title=_("Faire signer : %(what)s", what=KIND_LABELS[row.kind].lower())
        if waits
        else _("Demander l’accord écrit de la banque : %(what)s", what=KIND_LABELS[row.kind].lower()),
        about=name,
        detail="",
        url=url_for("microcredit_accords.show", accord_id=row.id),
        due_on=day_of(row.laid_at) + timedelta(days=ASK_DAYS),
    )


SOURCES = (
    Source(
        "credit_accord", "Plan amiable ou échéancier à suivre", "pen", Permission.MICROCREDIT_EDIT, accords, weight=18
    ),
)
