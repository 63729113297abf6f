"""The accounts of a loan: charge, funder's share, deposit; payment and settlement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from mobility.core.db import transaction
from mobility.core.money import format_cents
from mobility.core.retry import retried
from mobility.ledger import services as ledger
from mobility.ledger.models import LedgerEntry
from mobility.ledger.queries import get_balance
from mobility.ledger.rules import Balance, LedgerKind
from mobility.loans import words
from mobility.loans.errors import BadAmount, BalanceDue, TooEarly
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.rules.policy import DepositKind
from mobility.loans.rules.states import CHARGED, LoanAction
from mobility.loans.services.common import check_move, clean_reason, follow, lock_loan, log, move

# Only what has a price is posted: legally a hire, and called so (facts §3).
PRICE_LABEL = "Location solidaire de véhicule"
SHARE_LABEL = "Part du financeur"
DEPOSIT_LABEL = "Dépôt de garantie"


def balance_of(loan: Loan) -> Balance:
    """Return what is owed for the loan, and the deposit held for it."""
    return get_balance(loan.person_id, subject_kind=words.SUBJECT, subject_id=loan.id)


def _post(
    loan: Loan,
    kind: LedgerKind,
    cents: int,
    label: str,
    *,
    actor_id: int | None,
    now: datetime,
    organisation_id: int | None = None,
) -> None:
    if cents <= 0:
        return
    ledger.post(
        person_id=loan.person_id,
        kind=kind,
        amount_cents=cents,
        label=label,
        now=now,
        actor_id=actor_id,
        subject_kind=words.SUBJECT,
        subject_id=loan.id,
        organisation_id=organisation_id,
    )


def _standing(session: Session, loan: Loan, kinds: tuple[LedgerKind, ...]) -> list[LedgerEntry]:
    undoing = aliased(LedgerEntry)
    return list(
        session.scalars(
            select(LedgerEntry)
            .outerjoin(undoing, undoing.reverses_id == LedgerEntry.id)
            .where(
                LedgerEntry.subject_kind == words.SUBJECT,
                LedgerEntry.subject_id == loan.id,
                LedgerEntry.kind.in_(kinds),
                undoing.id.is_(None),
            )
            .order_by(LedgerEntry.id)
        )
    )


def post_price(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    """Bring the price and the funder's share in the ledger up to the loan's quote; nothing is ever rewritten.

    The whole price is charged to the person and the funder's share taken off it, so that both show.
    """
    if loan.state not in CHARGED:
        return
    wanted = {LedgerKind.CHARGE: loan.total_cents, LedgerKind.FUNDER_SHARE: loan.funder_cents}
    labels = {LedgerKind.CHARGE: PRICE_LABEL, LedgerKind.FUNDER_SHARE: SHARE_LABEL}
    for kind, cents in wanted.items():
        entries = [e for e in _standing(session, loan, (kind,)) if e.label == labels[kind]]
        if sum(entry.amount_cents for entry in entries) == cents:
            continue
        for entry in entries:
            ledger.reverse(entry_id=entry.id, actor_id=actor_id, now=now)
        funder = loan.funder_organisation_id if kind is LedgerKind.FUNDER_SHARE else None
        _post(loan, kind, cents, labels[kind], actor_id=actor_id, now=now, organisation_id=funder)


def post_deposit(loan: Loan, kind: DepositKind | None, *, actor_id: int | None, now: datetime) -> None:
    """Note the deposit that is received; a waiver leaves no entry."""
    if kind is not None and kind is not DepositKind.WAIVER:
        _post(loan, LedgerKind.DEPOSIT, loan.deposit_cents, DEPOSIT_LABEL, actor_id=actor_id, now=now)


def post_extra(loan: Loan, cents: int, label: str, *, actor_id: int | None, now: datetime) -> None:
    """Charge something beside the price: kilometres, damage."""
    _post(loan, LedgerKind.CHARGE, cents, label, actor_id=actor_id, now=now)


def undo_accounts(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    """Take back what a loan that does not take place had made due, and give the deposit back."""
    for entry in _standing(session, loan, (LedgerKind.CHARGE, LedgerKind.FUNDER_SHARE)):
        ledger.reverse(entry_id=entry.id, actor_id=actor_id, now=now)
    held = balance_of(loan).deposit_cents
    _post(loan, LedgerKind.DEPOSIT_RETURN, held, DEPOSIT_LABEL, actor_id=actor_id, now=now)


@retried
def record_payment(*, loan_id: int, paid_cents: int, actor_id: int | None, now: datetime) -> None:
    """Note a payment for the loan. Raises BadAmount when nothing, or less, is owed."""
    with transaction() as session:
        loan = lock_loan(loan_id)
        _pay(session, loan, paid_cents, actor_id=actor_id, now=now)


def _pay(session: Session, loan: Loan, cents: int, *, actor_id: int | None, now: datetime) -> None:
    owed = balance_of(loan).owed_cents
    if cents <= 0:
        raise BadAmount(field="paid_cents", why="écrivez une somme positive.")
    if cents > owed:
        raise BadAmount(field="paid_cents", why=f"il reste {format_cents(max(owed, 0))} à régler.")
    _post(loan, LedgerKind.PAYMENT, cents, "Paiement reçu", actor_id=actor_id, now=now)
    log(session, loan, LoanAction.PAY, actor_id=actor_id, now=now, from_state=loan.state, facts={"paid_cents": cents})


@retried
def settle(
    *,
    loan_id: int,
    actor_id: int | None,
    now: datetime,
    paid_cents: int = 0,
    retained_cents: int = 0,
    extra_cents: int = 0,
    extra_reason: str | None = None,
    version: int | None = None,
) -> None:
    """Close the accounts of a returned loan and give the deposit back.

    ``extra_cents`` is charged with its written reason (damage, cleaning), ``retained_cents`` is paid out of
    the deposit. Raises BalanceDue while something is owed, BadAmount, ReasonNeeded, ForbiddenTransition.
    """
    reason = clean_reason(extra_reason, needed=extra_cents > 0, field="extra_reason")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.SETTLE)
        if _unchecked(session, loan):
            raise TooEarly(why="un relevé de la boîte à clés reste à vérifier.")
        if min(paid_cents, retained_cents, extra_cents) < 0:
            raise BadAmount(field="paid_cents", why="une somme ne peut pas être négative.")
        post_extra(loan, extra_cents, f"En plus : {reason}", actor_id=actor_id, now=now)
        if paid_cents:
            _pay(session, loan, paid_cents, actor_id=actor_id, now=now)
        _give_deposit_back(loan, retained_cents, actor_id=actor_id, now=now)
        owed = balance_of(loan).owed_cents
        if owed > 0:
            raise BalanceDue(amount=format_cents(owed))
        loan.settled_at = now
        move(session, loan, LoanAction.SETTLE, actor_id=actor_id, now=now, note=reason)
        follow(loan, now=now)


def _unchecked(session: Session, loan: Loan) -> bool:
    return (
        session.scalar(
            select(LoanInspection.id).where(
                LoanInspection.loan_id == loan.id,
                LoanInspection.checked_at.is_(None),
            )
        )
        is not None
    )


def _give_deposit_back(loan: Loan, retained_cents: int, *, actor_id: int | None, now: datetime) -> None:
    """Give the whole deposit back; what is retained comes in again as a payment, so that both show."""
    balance = balance_of(loan)
    if retained_cents > balance.deposit_cents:
        raise BadAmount(
            field="retained_cents", why=f"le dépôt de garantie est de {format_cents(balance.deposit_cents)}."
        )
    if retained_cents > max(balance.owed_cents, 0):
        raise BadAmount(
            field="retained_cents", why=f"il ne reste que {format_cents(max(balance.owed_cents, 0))} à régler."
        )
    _post(loan, LedgerKind.DEPOSIT_RETURN, balance.deposit_cents, DEPOSIT_LABEL, actor_id=actor_id, now=now)
    _post(loan, LedgerKind.PAYMENT, retained_cents, "Retenu sur le dépôt de garantie", actor_id=actor_id, now=now)
