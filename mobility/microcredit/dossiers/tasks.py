"""What dossiers ask of advisers: an instalment missed before the second one is, and what a bank has answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.dossiers import parameters, queries, waiting
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditTransmission
from mobility.microcredit.rules.debts import DEBT_WAY_LABELS
from mobility.microcredit.rules.repayment import days_to_second_miss
from mobility.microcredit.rules.states import OPEN, State
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

_ANSWERED = {
    State.MORE_INFORMATION: "Répondre à la banque",
    State.REFUSED: "Parler du refus de la banque, et voir ce qui le changerait",
    State.GRANTED: "Lire l’offre de la banque avec la personne",
}
# A bank's answer is talked about within some days.
ANSWER_DAYS = 3


def _rows(who: Actor, whose: Whose, states: Sequence[State]) -> list[tuple[MicrocreditDossier, str]]:
    condition: ColumnElement[bool] = visible_persons(who, Permission.MICROCREDIT_EDIT)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        condition = and_(condition, mine)
    found = db.session.execute(
        select(MicrocreditDossier, Person.first_name, Person.last_name)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(condition, MicrocreditDossier.state.in_(states))
        .order_by(MicrocreditDossier.updated_at, MicrocreditDossier.id)
        .limit(MOST)
    )
    return [(dossier, f"{first} {last}") for dossier, first, last in found]


def late(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return loans with a missed sum, due before the second one is; none whose plan is kept (four queries)."""
    today = day_of(now)
    rows = _rows(who, whose, [State.INCIDENT])
    ledgers = queries.ledgers_of([dossier.id for dossier, _name in rows], on=today)
    tasks = []
    for dossier, name in rows:
        if not ledgers[dossier.id].late:
            continue  # a plan of arrears is kept
        left = days_to_second_miss(ledgers[dossier.id], on=today) or 0
        tasks.append(
            Task(
                kind="credit_late",
                key=f"credit_late:{dossier.id}",
                title=_("Appeler avant la deuxième mensualité manquée"),
                about=name,
                detail=_("Deux mensualités manquées peuvent mener au FICP."),
                url=url_for("microcredit_dossiers.show", dossier_id=dossier.id),
                due_on=today + timedelta(days=max(left - 1, 0)),
            )
        )
    return tasks


def answered(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return dossiers that a bank has answered and that wait for us (one query)."""
    return [
        Task(
            kind="credit_answered",
            key=f"credit_answered:{dossier.id}:{dossier.version}",
            title=_(_ANSWERED[dossier.state]),
            about=name,
            detail="",
            url=url_for("microcredit_dossiers.show", dossier_id=dossier.id),
            due_on=day_of(dossier.updated_at) + timedelta(days=ANSWER_DAYS),
        )
        for dossier, name in _rows(who, whose, list(_ANSWERED))
    ]


def unreceived(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return dossiers that a bank has not said to have, after the delay of the reminder, or can answer no more.

    Two queries.
    """
    today = day_of(now)
    delay = timedelta(days=parameters.remind_days(on=today))
    rows = _rows(who, whose, [State.TRANSMITTED])
    last = select(func.max(MicrocreditTransmission.id)).where(
        MicrocreditTransmission.dossier_id.in_([dossier.id for dossier, _name in rows])
    )
    waiting = {
        one.dossier_id: one
        for one in db.session.scalars(
            select(MicrocreditTransmission).where(
                MicrocreditTransmission.id.in_(last.group_by(MicrocreditTransmission.dossier_id)),
                or_(
                    and_(
                        MicrocreditTransmission.acknowledged_at.is_(None),
                        MicrocreditTransmission.sent_at <= now - delay,
                    ),
                    MicrocreditTransmission.expires_at <= now,
                ),
            )
        )
    }
    return [
        Task(
            kind="credit_unreceived",
            key=f"credit_unreceived:{waiting[dossier.id].id}",
            title=_("Appeler la banque et renouveler son lien : il ne marche plus")
            if waiting[dossier.id].expires_at <= now
            else _("Appeler la banque : elle n’a pas dit qu’elle a le dossier"),
            about=name,
            detail="",
            url=url_for("microcredit_dossiers.show", dossier_id=dossier.id),
            due_on=day_of(waiting[dossier.id].sent_at + delay),
        )
        for dossier, name in rows
        if dossier.id in waiting
    ]


def debts(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return dossiers that wait for debts, due on the day to look at them again (two queries)."""
    rows = _rows(who, whose, list(OPEN))
    plans = waiting.standing_debt_plans([dossier.id for dossier, _name in rows])
    return [
        Task(
            kind="credit_debts",
            key=f"credit_debts:{plans[dossier.id].id}:{plans[dossier.id].review_on}",
            title=_("Faire le point sur les dettes, le dossier attend"),
            about=name,
            detail=DEBT_WAY_LABELS[plans[dossier.id].way],
            url=url_for("microcredit_dossiers.debts", dossier_id=dossier.id),
            due_on=plans[dossier.id].review_on,
        )
        for dossier, name in rows
        if dossier.id in plans
    ]


SOURCES = (
    Source("credit_debts", "Les dettes d’abord", "pause-circle", Permission.MICROCREDIT_EDIT, debts, weight=40),
    Source(
        "credit_unreceived",
        "Dossier sans accusé de réception",
        "envelope-exclamation",
        Permission.MICROCREDIT_EDIT,
        unreceived,
        weight=45,
    ),
    Source("credit_late", "Mensualité manquée", "exclamation-triangle", Permission.MICROCREDIT_EDIT, late, weight=15),
    Source("credit_answered", "Réponse d’une banque", "bank", Permission.MICROCREDIT_EDIT, answered, weight=35),
)
