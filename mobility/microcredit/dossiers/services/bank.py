"""The way to the bank and back: the frozen paper, the signed link, one answer a transmission.

The paper is made before the transaction and written with it. Whoever holds the link may answer once: the row of the
dossier is locked, the table of states refuses a second answer, and the database one answer more for a transmission.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.core.retry import retried
from mobility.core.text import clean_line, clean_text
from mobility.documents import services as documents
from mobility.journal import services as journal
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import checklist, paper, parameters, words
from mobility.microcredit.dossiers.errors import AlreadyAnswered, DossierInvalid
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier, MicrocreditReask, MicrocreditTransmission
from mobility.microcredit.dossiers.services.bank_mail import mailbox_of, write_to_bank
from mobility.microcredit.dossiers.services.steps import REASON_MAX, take
from mobility.microcredit.paperwork.joining import drop_file
from mobility.microcredit.rules.states import BANK_ACTIONS, Action, Party, State

NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bank says. ``words``: the conditions of a grant, or why not. ``codes``: the papers that it wants again.

    ``motive``: the code of a refusal's motive, one of the list of the day.
    """

    action: Action
    words: str = ""
    name: str = ""
    codes: Collection[str] = ()
    motive: str = ""


def transmit(*, dossier_id: int, version: int | None, actor_id: int | None, now: datetime) -> int:
    """Freeze the paper and send the dossier to its bank; return the transmission's id.

    It takes seconds: the desk asks for it (``paperwork.services.ask_sending``) and a job does it.
    Raises StepNotReady, ForbiddenTransition, StaleVersion, NotFound, PaperNotMade.
    """
    with paper.made(dossier_id, now=now) as made:
        prepared = documents.keep_made(made, "dossier-microcredit.pdf")
    try:
        with transaction() as session:
            row = lock(MicrocreditDossier, dossier_id)
            check_version(row, version)
            take(session, row, Action.TRANSMIT, actor_id=actor_id, now=now)
            # What was being prepared is this file, or is out of date.
            drop_file(session, row.id, now=now)
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
                sha256=prepared.sha256,
                email=mailbox_of(row),
                sent_at=now,
                sent_by_id=actor_id,
                expires_at=now + timedelta(days=parameters.link_days(on=day_of(now))),
            )
            session.add(sent)
            if row.budget_id is not None:
                budget = lock(Budget, row.budget_id)
                budget.frozen_at = budget.frozen_at or now
            session.flush()
            write_to_bank(row, sent, now=now)
            return sent.id
    finally:
        if not prepared.taken:
            documents.discard(prepared)


def _newest(session: Session, dossier_id: int) -> int | None:
    return session.scalar(
        select(func.max(MicrocreditTransmission.id)).where(MicrocreditTransmission.dossier_id == dossier_id)
    )


def acknowledge(*, transmission_id: int, name: str, now: datetime) -> None:
    """Note that the bank has the dossier in hands; the first who says so stands.

    Raises AlreadyAnswered where the dossier waits for nobody by this link, DossierInvalid, NotFound.
    """
    said = (clean_line(name) or "")[:NAME_MAX]
    if not said:
        raise DossierInvalid("Écrivez votre nom.", field="name")
    with transaction() as session:
        sent = load(MicrocreditTransmission, transmission_id)
        row = lock(MicrocreditDossier, sent.dossier_id)
        if sent.id != _newest(session, row.id) or row.state is not State.TRANSMITTED:
            raise AlreadyAnswered
        if sent.acknowledged_at is None:
            sent.acknowledged_at, sent.acknowledged_by = now, said
            journal.write_act(
                person_id=row.person_id, subject_kind=words.SUBJECT, subject_id=row.id, action=words.RECEIVED_KIND,
                kind=words.RECEIVED_KIND, now=now, actor_id=None,
            )  # fmt: skip


def note_view(*, transmission_id: int, what: str, now: datetime) -> None:
    """Write down that the bank's link was opened: ``what`` is the page or the file."""
    with transaction():
        sent = lock(MicrocreditTransmission, transmission_id)
        sent.viewed_at = now
        row = load(MicrocreditDossier, sent.dossier_id)
        audit.record(
            actor_id=None,
            action="microcredit.bank_view",
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            person_id=row.person_id,
            now=now,
            changes={"transmission": (None, sent.number), "what": (None, what)},
        )


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
    refuses = said.action is Action.REFUSE
    if refuses and said.motive not in {one.code for one in room.motives(on=day_of(now))}:
        raise DossierInvalid("Choisissez le motif dans la liste.", field="motive")
    with transaction() as session:
        sent = load(MicrocreditTransmission, transmission_id)
        row = lock(MicrocreditDossier, sent.dossier_id)
        if sent.id != _newest(session, row.id):
            raise AlreadyAnswered
        if said.action is Action.GRANT:
            row.granted_on = on or day_of(now)
            row.conditions = (clean_text(said.words) or "")[:REASON_MAX]
        try:
            take(
                session, row, said.action, actor_id=None, now=now, reason=said.words, party=Party.BANK,
                transmission_id=sent.id, motive=said.motive if refuses else "",
            )  # fmt: skip
        except ForbiddenTransition:
            raise AlreadyAnswered from None
        if said.action is Action.ASK_MORE:
            listed = {one.paper.code for one in checklist.of_dossier(row, on=day_of(now))}
            for code in sorted(set(said.codes) & listed):
                session.add(MicrocreditReask(dossier_id=row.id, transmission_id=sent.id, code=code, asked_at=now))
        if sent.acknowledged_at is None:
            sent.acknowledged_at, sent.acknowledged_by = now, name
        return row.state
