"""The way to the bank and back: the frozen paper, the signed link, one answer a transmission.

The paper is made before the transaction and written with it. Whoever holds the link may answer once: the row of the
dossier is locked, the table of states refuses a second answer, and the database one answer more for a transmission.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from mobility.core import links
from mobility.core.clock import day_of
from mobility.core.db import check_version, end_read, load, lock, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.core.retry import retried
from mobility.core.text import clean_line, clean_text
from mobility.documents import services as documents
from mobility.microcredit.dossiers import parameters, words
from mobility.microcredit.dossiers.errors import AlreadyAnswered, DossierInvalid
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier, MicrocreditTransmission
from mobility.microcredit.dossiers.paper import render
from mobility.microcredit.dossiers.services.steps import REASON_MAX, take
from mobility.microcredit.rules.states import BANK_ACTIONS, Action, Party, State
from mobility.organisations.models import Organisation

NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bank says. ``words``: the conditions of a grant, or why not."""

    action: Action
    words: str = ""
    name: str = ""


def transmit(*, dossier_id: int, version: int | None, actor_id: int | None, now: datetime) -> int:
    """Freeze the paper and send the dossier to its bank; return the transmission's id.

    Raises StepNotReady, ForbiddenTransition, StaleVersion, NotFound.
    """
    made = render(dossier_id, now=now)
    end_read()
    prepared = documents.prepare_bytes(made, "dossier-microcredit.pdf")
    try:
        with transaction() as session:
            row = lock(MicrocreditDossier, dossier_id)
            check_version(row, version)
            take(session, row, Action.TRANSMIT, actor_id=actor_id, now=now)
            assert row.bank_id is not None  # noqa: S101 - the step needs a bank
            document_id = documents.store(
                prepared=prepared,
                kind=words.PAPER_KIND,
                owner_kind=words.OWNER,
                owner_id=row.id,
                person_id=row.person_id,
                actor_id=actor_id,
                now=now,
            )
            last = session.scalar(
                select(func.max(MicrocreditTransmission.number)).where(MicrocreditTransmission.dossier_id == row.id)
            )
            sent = MicrocreditTransmission(
                dossier_id=row.id,
                number=(last or 0) + 1,
                bank_id=row.bank_id,
                document_id=document_id,
                sha256=hashlib.sha256(made).hexdigest(),
                email=load(Organisation, row.bank_id).email,
                sent_at=now,
                sent_by_id=actor_id,
                expires_at=now + timedelta(days=parameters.link_days(on=day_of(now))),
            )
            session.add(sent)
            if row.budget_id is not None:
                budget = lock(Budget, row.budget_id)
                budget.frozen_at = budget.frozen_at or now
            session.flush()
            return sent.id
    finally:
        if not prepared.taken:
            documents.discard(prepared)


def link_of(sent: MicrocreditTransmission) -> str:
    """Return the address by which the bank reads and answers; the same whenever it is asked for."""
    token = links.sign(words.LINK_PURPOSE, {"t": sent.id}, now=sent.sent_at, lifetime=sent.expires_at - sent.sent_at)
    return links.public_url("microcredit_links.answer", token=token)


def acknowledge(*, transmission_id: int, name: str, now: datetime) -> None:
    """Note that the bank has the dossier in hands; the first who says so stands. Raises DossierInvalid, NotFound."""
    said = (clean_line(name) or "")[:NAME_MAX]
    if not said:
        raise DossierInvalid("Écrivez votre nom.", field="name")
    with transaction():
        sent = lock(MicrocreditTransmission, transmission_id)
        if sent.acknowledged_at is None:
            sent.acknowledged_at, sent.acknowledged_by = now, said


@retried
def answer(*, transmission_id: int, said: Answer, now: datetime, on: date | None = None) -> State:
    """Write the bank's answer; the first one counts. Return the state that follows.

    Raises AlreadyAnswered, ReasonMissing, DossierInvalid, NotFound.
    """
    if said.action not in BANK_ACTIONS:
        raise ValueError("a bank grants, refuses or asks for more")
    name = (clean_line(said.name) or "")[:NAME_MAX]
    if not name:
        raise DossierInvalid("Écrivez votre nom.", field="name")
    with transaction() as session:
        sent = load(MicrocreditTransmission, transmission_id)
        row = lock(MicrocreditDossier, sent.dossier_id)
        newest = session.scalar(
            select(func.max(MicrocreditTransmission.id)).where(MicrocreditTransmission.dossier_id == row.id)
        )
        if newest != sent.id:
            raise AlreadyAnswered
        if said.action is Action.GRANT:
            row.granted_on = on or day_of(now)
            row.conditions = (clean_text(said.words) or "")[:REASON_MAX]
        try:
            take(
                session, row, said.action, actor_id=None, now=now, reason=said.words, party=Party.BANK,
                transmission_id=sent.id,
            )  # fmt: skip
        except ForbiddenTransition:
            raise AlreadyAnswered from None
        if sent.acknowledged_at is None:
            sent.acknowledged_at, sent.acknowledged_by = now, name
        return row.state
