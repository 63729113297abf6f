"""What every use case of loans does besides its own change: log, journal, pathway, messages, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core.db import check_version, db, load, lock
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.loans import words
from mobility.loans.errors import ReasonNeeded, TextTooLong
from mobility.loans.models import REASON_LENGTH, Loan, LoanEvent
from mobility.loans.rules.reminders import dedup_prefix
from mobility.loans.rules.states import LOANS, LoanAction, LoanState
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.pathway import services as pathway
from mobility.pathway.rules import StepState
from mobility.people import services as people
from mobility.people.models import Person

STEP_STATES = {
    LoanState.REQUESTED: StepState.AGREED,
    LoanState.APPROVED: StepState.AGREED,
    LoanState.CONTRACTED: StepState.AGREED,
    LoanState.OUT: StepState.ACTIVE,
    LoanState.OVERDUE: StepState.ACTIVE,
    LoanState.RETURNED: StepState.DONE,
    LoanState.SETTLED: StepState.DONE,
    LoanState.REFUSED: StepState.DROPPED,
    LoanState.CANCELLED: StepState.DROPPED,
    LoanState.NO_SHOW: StepState.DROPPED,
}
MINUTE = timedelta(minutes=1)


def clean_reason(reason: str | None, *, needed: bool = False, field: str = "reason") -> str:
    """Return a written reason without its margins. Raises ReasonNeeded, TextTooLong."""
    text = (reason or "").strip()
    if needed and not text:
        raise ReasonNeeded(field=field)
    if len(text) > REASON_LENGTH:
        raise TextTooLong(field=field, limit=REASON_LENGTH)
    return text


def hold(model: type[Desk | Person], identity: int) -> None:
    """Hold a row against others who hold it, until the transaction ends. Raises NotFound.

    Weaker than ``lock``: whoever only writes rows that point to it (a note of the desk, a message) does not
    wait, and so cannot wait crosswise.
    """
    session = db.session
    found = None
    if 0 <= identity < 2**31:
        found = session.scalar(select(model.id).where(model.id == identity).with_for_update(key_share=True))
    if found is None:
        raise NotFound(f"{model.__tablename__} {identity}")


def lock_loan(loan_id: int, *, version: int | None = None) -> Loan:
    """Return the loan, held together with its desk. Raises NotFound, StaleVersion.

    The desk is held first, by every act that gives vehicles: who assigns at a desk sees what the one
    before has assigned, and two acts never wait for each other crosswise.
    """
    desk_id = load(Loan, loan_id).desk_id
    hold(Desk, desk_id)
    loan = lock(Loan, loan_id)
    check_version(loan, version)
    return loan


def log(
    session: Session,
    loan: Loan,
    action: LoanAction,
    *,
    actor_id: int | None,
    now: datetime,
    from_state: LoanState | None = None,
    facts: Mapping[str, Any] | None = None,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> None:
    """Write one line into the loan's log, the person's journal and the audit log."""
    session.flush()
    told = {"loan_id": loan.id, "start_at": loan.start_at, "due_at": loan.due_at, **(facts or {})}
    stored = {key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()}
    session.add(
        LoanEvent(
            loan_id=loan.id,
            at=now,
            action=action,
            from_state=from_state,
            to_state=loan.state,
            actor_id=actor_id,
            facts=stored,
        )
    )
    audit.record(
        actor_id=actor_id,
        action=words.journal_kind(action),
        subject_kind=words.SUBJECT,
        subject_id=loan.id,
        person_id=loan.person_id,
        now=now,
        changes={"state": (from_state, loan.state), **(changes or {})},
    )
    journal.write(
        person_id=loan.person_id,
        kind=words.journal_kind(action),
        now=now,
        actor_id=actor_id,
        subject_kind=words.SUBJECT,
        subject_id=loan.id,
        facts=told,
        note=note or None,
    )


def move(
    session: Session,
    loan: Loan,
    action: LoanAction,
    *,
    actor_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> None:
    """Take the loan along its table, and log it. Set the columns that the new state needs before.

    Raises ForbiddenTransition.
    """
    before = loan.state
    loan.state = LOANS.after(before, action)
    log(session, loan, action, actor_id=actor_id, now=now, from_state=before, facts=facts, note=note, changes=changes)


def check_move(loan: Loan, action: LoanAction) -> None:
    """Raise ForbiddenTransition before anything else is asked."""
    LOANS.after(loan.state, action)


def follow(loan: Loan, *, now: datetime) -> None:
    """Bring the person's pathway up to date with the loan: its step, its cost, the legs that it carries."""
    starts_at = loan.departed_at or loan.start_at
    ends_at = loan.returned_at or loan.due_at
    state = STEP_STATES[loan.state]
    pathway.put_step(
        person_id=loan.person_id,
        objective_id=loan.objective_id,
        aid_kind=words.AID_KIND,
        aid_ref=loan.id,
        title=words.step_title(loan.category),
        state=state,
        starts_at=starts_at,
        ends_at=max(ends_at, starts_at + MINUTE),
        cost_cents=loan.person_cents,
        funder_cents=loan.funder_cents,
        covers=state is not StepState.DROPPED and loan.state is not LoanState.REQUESTED,
        now=now,
    )


def message_params(desk: Desk, loan: Loan) -> dict[str, Any]:
    """Return the values that every message of loans may use: what, where, when."""
    return {
        "vehicle": words.vehicle_word(loan.category),
        "place": desk.name,
        "address": desk.address,
        "phone": desk.phone,
        "start": words.when(loan.start_at),
        "due": words.when(loan.due_at),
        "url": render.public_url(f"/mon-espace/prets/{loan.id}"),
    }


def tell_person(
    session: Session,
    loan: Loan,
    template: str,
    *,
    key: str,
    now: datetime,
    message_class: MessageClass = MessageClass.NORMAL,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    **params: Any,
) -> None:
    """Queue a message to the borrower."""
    person = session.get_one(Person, loan.person_id)
    desk = session.get_one(Desk, loan.desk_id)
    notifications.queue(
        recipient_id=person.recipient_id,
        template=template,
        params={**message_params(desk, loan), **params},
        message_class=message_class,
        dedup_key=f"loan:{loan.id}:{key}",
        now=now,
        due_at=due_at,
        person_id=person.id,
        expires_at=expires_at,
    )


def urgency(instant: datetime, now: datetime) -> MessageClass:
    """Return urgent for what concerns the next 24 hours."""
    return MessageClass.URGENT if instant - now <= timedelta(hours=24) else MessageClass.NORMAL


def tell_staff(loan: Loan, user_ids: list[int], *, key: str, title: str, text: str, now: datetime) -> int:
    """Queue an alert about the loan to members of staff; the text names nobody. Returns how many."""
    url = render.public_url(f"/prets/{loan.id}")
    return people.tell_staff(
        person_id=loan.person_id, user_ids=user_ids, key=key, title=title, text=text, url=url, now=now
    )


def adviser_of(session: Session, loan: Loan) -> list[int]:
    """Return the person's adviser, else whoever booked the loan at the desk."""
    referent = session.get_one(Person, loan.person_id).referent_user_id
    if referent is not None:
        return [referent]
    return [loan.booked_by_id] if loan.booked_by_id is not None else []


def forget_reminders(loan: Loan, *, now: datetime) -> None:
    """Cancel the reminders of the loan that have not left: they would speak of an end that holds no more."""
    notifications.cancel(dedup_prefix=dedup_prefix(loan.id), now=now)
