"""The end of a loan moves: asked for, decided, or proposed because the objective's own end has moved."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of, format_instant
from mobility.core.db import load, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleRetired, VehicleTaken
from mobility.fleet.facts import Busy
from mobility.loans import parameters, words
from mobility.loans.errors import BadPeriod, ExtensionBlocked, ExtensionPending, NotEligible
from mobility.loans.models import ExtensionRequest, Loan, LoanPolicy, LoanRight
from mobility.loans.queries import facts
from mobility.loans.rules.extension import Running, assess_new_end, propose_end
from mobility.loans.rules.periods import Setting, Wish
from mobility.loans.rules.policy import terms_from
from mobility.loans.rules.reasons import Reason
from mobility.loans.rules.states import (
    AWAITED,
    EXTENSIONS,
    HOLDING,
    ON_THE_ROAD,
    ExtensionAction,
    ExtensionOrigin,
    ExtensionState,
    LoanAction,
)
from mobility.loans.services.common import (
    adviser_of,
    check_move,
    clean_reason,
    lock_loan,
    log,
    tell_person,
    tell_staff,
    urgency,
)
from mobility.loans.services.dates import days_of, write_dates
from mobility.loans.services.messages import tell_new_end
from mobility.loans.services.vehicles import make_room, put_on_another
from mobility.pathway.hooks import ObjectiveMoved


def setting_of(loan: Loan, now: datetime) -> Setting:
    """Return what the loan's own policy says; its row is never changed, so all its terms still hold."""
    desk = facts.get_desk_setting(loan.desk_id)
    tolerated = parameters.tolerated_balance_cents(on=day_of(now))
    return facts.setting_for(desk, terms_from(load(LoanPolicy, loan.policy_id)), now=now, tolerated_cents=tolerated)


def reasons_against(loan: Loan, new_due_at: datetime, *, now: datetime) -> list[Reason]:
    """Return every reason against the new end of a loan; the vehicle's next loans are another question."""
    person = facts.get_person(loan.person_id)
    who = facts.person_facts(
        person, starts_on=day_of(loan.start_at), until_on=day_of(max(new_due_at, loan.start_at)), except_loan_id=loan.id
    )
    papers: date | None = None
    vehicles = facts.candidates(
        desk_ids=[loan.desk_id],
        category=loan.category,
        start_at=loan.start_at,
        end_at=loan.due_at,
        vehicle_ids=[loan.vehicle_id],
        exclude_reservation_id=loan.reservation_id,
    )
    if vehicles:
        papers = vehicles[0].lendable_until_on
    running = Running(
        wish=Wish(loan.category, loan.start_at, loan.due_at, loan.objective_id),
        renewals=loan.renewals,
        right_id=loan.right_id,
        vehicle_lendable_until_on=papers,
    )
    # Left out above so that limits do not count it against itself; its own days are drawn all the same.
    return assess_new_end(
        running, new_due_at, who.with_days_used(loan.right_id, running.wish.days), setting_of(loan, now)
    )


@retried
def extend(
    *,
    loan_id: int,
    new_due_at: datetime,
    actor_id: int | None,
    now: datetime,
    override_reason: str | None = None,
    version: int | None = None,
) -> None:
    """Move the end of a loan, later or sooner; clears overdue and makes the reminders anew.

    The vehicle's next loans are put on other vehicles where they must. ``override_reason`` sets aside the
    reasons that may be. Raises NotEligible, ExtensionBlocked, ForbiddenTransition, StaleVersion.
    """
    written = clean_reason(override_reason, field="override_reason")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.EXTEND)
        _check(session, loan, new_due_at, written, actor_id=actor_id, now=now)
        _withdraw_question(session, loan, actor_id=actor_id, now=now)
        _move_end(session, loan, new_due_at, actor_id=actor_id, now=now)


def _check(
    session: Session, loan: Loan, new_due_at: datetime, written: str, *, actor_id: int | None, now: datetime
) -> None:
    reasons = reasons_against(loan, new_due_at, now=now)
    overridden = [reason for reason in reasons if written and reason.overridable]
    standing = [reason for reason in reasons if reason not in overridden]
    if standing:
        raise NotEligible(standing)
    if overridden:
        codes = [reason.code for reason in overridden]
        loan.overridden = [*loan.overridden, *codes]
        loan.override_reason = "\n".join(text for text in (loan.override_reason, written) if text)
        log(
            session,
            loan,
            LoanAction.OVERRIDE,
            actor_id=actor_id,
            now=now,
            from_state=loan.state,
            facts={"reasons": codes},
            note=written,
        )


def _move_end(session: Session, loan: Loan, new_due_at: datetime, *, actor_id: int | None, now: datetime) -> None:
    old_due_at = loan.due_at
    move_block(session, loan, new_due_at, actor_id=actor_id, now=now)
    if new_due_at > old_due_at:
        loan.renewals += 1
    loan.due_at, loan.due_set_at, loan.return_confirmed_at = new_due_at, now, None
    loan.free_days = min(loan.free_days, days_of(loan) - 1)
    write_dates(session, loan, LoanAction.EXTEND, before={"due_at": old_due_at}, actor_id=actor_id, now=now)
    tell_new_end(session, loan, now=now)


def move_block(session: Session, loan: Loan, new_due_at: datetime, *, actor_id: int | None, now: datetime) -> None:
    """Give the reservation its new end: on the vehicle if its next loans can move, else on another one."""
    until = new_due_at + timedelta(minutes=loan.buffer_minutes)
    staying: list[Busy] = []
    if new_due_at > loan.due_at:
        staying = make_room(session, loan, until_at=until, actor_id=actor_id, now=now)
    if not staying:
        try:
            fleet.move_reservation(reservation_id=loan.reservation_id, ends_at=new_due_at, now=now)
        except (VehicleTaken, VehicleRetired):
            raise ExtensionBlocked(next_start=format_instant(new_due_at)) from None
        return
    if loan.state in AWAITED and put_on_another(session, loan, actor_id=actor_id, now=now, due_at=new_due_at):
        return
    raise ExtensionBlocked(next_start=format_instant(min(block.starts_at for block in staying)))


def _pending(session: Session, loan_id: int) -> ExtensionRequest | None:
    return session.scalar(
        select(ExtensionRequest).where(
            ExtensionRequest.loan_id == loan_id, ExtensionRequest.state == ExtensionState.PENDING
        )
    )


def _withdraw_question(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    pending = _pending(session, loan.id)
    if pending is not None:
        pending.state = EXTENSIONS.after(pending.state, ExtensionAction.WITHDRAW)
        pending.decided_at, pending.decided_by_id = now, actor_id
        session.flush()


@retried
def request_extension(
    *,
    loan_id: int,
    new_due_at: datetime,
    now: datetime,
    actor_id: int | None = None,
    note: str | None = None,
    origin: ExtensionOrigin = ExtensionOrigin.PERSON,
) -> int:
    """Ask for another end; the desk decides. Returns the request's id.

    Raises ExtensionPending while another question stands, BadPeriod, ForbiddenTransition.
    """
    written = clean_reason(note, field="note")
    with transaction() as session:
        loan = lock_loan(loan_id)
        check_move(loan, LoanAction.EXTEND)
        if new_due_at <= max(loan.start_at, now) or new_due_at == loan.due_at:
            raise BadPeriod("Choisissez une autre date, à venir.")
        if new_due_at > now + timedelta(days=366):
            raise BadPeriod("Cette date est trop lointaine.")
        if _pending(session, loan.id) is not None:
            raise ExtensionPending
        return _ask(session, loan, new_due_at, written, origin, actor_id=actor_id, now=now)


def _ask(
    session: Session,
    loan: Loan,
    new_due_at: datetime,
    note: str,
    origin: ExtensionOrigin,
    *,
    actor_id: int | None,
    now: datetime,
) -> int:
    row = ExtensionRequest(
        loan_id=loan.id,
        origin=origin,
        state=ExtensionState.PENDING,
        old_due_at=loan.due_at,
        new_due_at=new_due_at,
        note=note,
        asked_at=now,
        asked_by_id=actor_id,
    )
    session.add(row)
    log(
        session,
        loan,
        LoanAction.ASK_EXTENSION,
        actor_id=actor_id,
        now=now,
        from_state=loan.state,
        facts={"new_due_at": new_due_at, "origin": origin.value},
        note=note,
    )
    tell_staff(
        loan,
        adviser_of(session, loan),
        key=f"loan:{loan.id}:asks:{row.id}",
        title="Une date de retour est à revoir",
        text=f"Retour prévu {format_instant(loan.due_at)}, demandé {format_instant(new_due_at)}.",
        now=now,
    )
    return row.id


@retried
def decide_extension(
    *,
    request_id: int,
    accept: bool,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    override_reason: str | None = None,
) -> None:
    """Answer a request for another end; a refusal is written and sent.

    Raises ReasonNeeded, NotEligible, ExtensionBlocked, ForbiddenTransition, NotFound.
    """
    written = clean_reason(reason, needed=not accept)
    override = clean_reason(override_reason, field="override_reason")
    with transaction() as session:
        loan = lock_loan(load(ExtensionRequest, request_id).loan_id)
        row = session.get_one(ExtensionRequest, request_id, populate_existing=True)
        action = ExtensionAction.APPROVE if accept else ExtensionAction.REFUSE
        decided = EXTENSIONS.after(row.state, action)
        row.decision_reason = written
        row.state, row.decided_at, row.decided_by_id = decided, now, actor_id
        session.flush()
        if accept:
            check_move(loan, LoanAction.EXTEND)
            _check(session, loan, row.new_due_at, override, actor_id=actor_id, now=now)
            _move_end(session, loan, row.new_due_at, actor_id=actor_id, now=now)
            return
        log(
            session,
            loan,
            LoanAction.REFUSE_EXTENSION,
            actor_id=actor_id,
            now=now,
            from_state=loan.state,
            facts={"new_due_at": row.new_due_at},
            note=written,
        )
        tell_person(
            session,
            loan,
            "loan_extension_refused",
            key=f"extension-refused:{row.id}",
            now=now,
            message_class=urgency(loan.due_at, now),
            reason=written,
        )


@retried
def withdraw_extension(*, loan_id: int, actor_id: int | None, now: datetime) -> None:
    """Take one's own question back. Raises NotFound when none stands."""
    with transaction() as session:
        loan = lock_loan(loan_id)
        if _pending(session, loan.id) is None:
            raise NotFound(f"extension request of loan {loan_id}")
        _withdraw_question(session, loan, actor_id=actor_id, now=now)


@retried
def confirm_return(*, loan_id: int, due_at: datetime, now: datetime, actor_id: int | None = None) -> bool:
    """Note « je rends à l'heure » for this very end; False when the end has changed or the vehicle is back."""
    with transaction() as session:
        loan = lock_loan(loan_id)
        if loan.state not in ON_THE_ROAD or loan.due_at != due_at:
            return False
        if loan.return_confirmed_at is None:
            loan.return_confirmed_at = now
            log(session, loan, LoanAction.CONFIRM_RETURN, actor_id=actor_id, now=now, from_state=loan.state)
        return True


def propose_new_ends(event: ObjectiveMoved) -> None:
    """Propose another end for the loans of an objective whose end has moved; joins that transaction."""
    if event.ends_on == event.ends_before_on:
        return
    with transaction() as session:
        loan_ids = session.scalars(
            select(Loan.id)
            .where(Loan.objective_id == event.objective_id, Loan.state.in_(HOLDING))
            .order_by(Loan.desk_id, Loan.id)
        ).all()
        for loan_id in loan_ids:
            _propose(session, lock_loan(loan_id), event)


def _propose(session: Session, loan: Loan, event: ObjectiveMoved) -> None:
    now = event.now
    loan.objective_ends_on = event.ends_on
    right = session.get(LoanRight, loan.right_id) if loan.right_id is not None else None
    limit = day_of(loan.due_at) + timedelta(days=loan.max_days)
    proposed = propose_end(
        due_at=loan.due_at,
        objective_ends_on=event.ends_on,
        setting=setting_of(loan, now),
        max_end_on=limit if right is None else min(limit, right.ends_on),
    )
    pending = _pending(session, loan.id)
    if pending is not None and pending.origin is not ExtensionOrigin.OBJECTIVE:
        return
    _withdraw_question(session, loan, actor_id=event.actor_id, now=now)
    if proposed is None or proposed <= loan.start_at:
        return
    request_id = _ask(session, loan, proposed, "", ExtensionOrigin.OBJECTIVE, actor_id=event.actor_id, now=now)
    tell_person(
        session,
        loan,
        "loan_end_proposed",
        key=f"end-proposed:{request_id}",
        now=now,
        message_class=urgency(min(proposed, loan.due_at), now),
        new_due=words.when(proposed),
    )
