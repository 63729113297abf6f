"""After the bank's yes: the signature, the payment to the seller, the instalments that come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.core.money import MAX_CENTS
from mobility.core.text import clean_line
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.journal import services as journal
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.services import keeping
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.errors import DossierInvalid, PaymentInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment, MicrocreditPayment
from mobility.microcredit.dossiers.queries import expected_of, ledger_of
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.errors import TermsImpossible
from mobility.microcredit.rules.repayment import Due
from mobility.microcredit.rules.states import DOSSIERS, RUNNING, Action, Party
from mobility.people.models import Representative
from mobility.people.rules import add_months

# Apart from the name of a bank's line: of an equal sum of that day somebody is asked whether it is the same.
BY_HAND = "main "


@dataclass(frozen=True, slots=True)
class Disbursement:
    """What is known of the payment: the day, to whom, and when the first instalment falls due."""

    on: date
    paid_to: str
    first_due_on: date | None = None
    contract_number: str = ""


def sign(
    *,
    dossier_id: int,
    on: date,
    version: int | None,
    actor_id: int | None,
    now: datetime,
    cosigner_id: int | None = None,
    prepared: Prepared | None = None,
) -> None:
    """Note the day on which the offer was signed, and who signed beside the person; the law of that day holds.

    ``prepared``: the signed offer as a file.

    ``cosigner_id``: None leaves whom the dossier names. Raises StepNotReady, ForbiddenTransition, StaleVersion,
    NotFound (also for a representative of somebody else).
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.SIGN)
        if cosigner_id is not None and load(Representative, cosigner_id).person_id != row.person_id:
            raise NotFound("representative")
        before = row.signed_on, row.cosigner_id
        row.signed_on, row.cosigner_id = on, cosigner_id or row.cosigner_id
        try:
            with session.no_autoflush:
                take(session, row, Action.SIGN, actor_id=actor_id, now=now, on=on)
        except Exception:
            row.signed_on, row.cosigner_id = before
            raise
        _keep(row, prepared, words.OFFER_KIND, actor_id=actor_id, now=now)


def _keep(
    row: MicrocreditDossier, prepared: Prepared | None, kind: str, *, actor_id: int | None, now: datetime
) -> None:
    """Keep the file that proves a step with its dossier, where there is one."""
    if prepared is not None:
        documents.store(
            prepared=prepared,
            kind=kind,
            owner_kind=words.OWNER,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )


def disburse(
    *,
    dossier_id: int,
    details: Disbursement,
    version: int | None,
    actor_id: int | None,
    now: datetime,
    prepared: Prepared | None = None,
) -> None:
    """Note that the bank has paid the seller, and write the instalments that are expected.

    ``prepared``: what proves the payment, as a file.

    Raises DossierInvalid, StepNotReady, ForbiddenTransition, StaleVersion, NotFound.
    """
    first = details.first_due_on or add_months(details.on, 1)
    if first <= details.on:
        raise DossierInvalid("La première mensualité vient après le versement.", field="first_due_on")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.DISBURSE)
        _check_end(row, details.on, first)
        with session.no_autoflush:
            row.disbursed_on, row.paid_to = details.on, (clean_line(details.paid_to) or "")[:160]
            row.first_due_on = first
            row.contract_number = (clean_line(details.contract_number) or "")[:40]
            take(session, row, Action.DISBURSE, actor_id=actor_id, now=now, on=details.on)
        session.add_all(
            MicrocreditInstalment(
                dossier_id=row.id, number=one.number, due_on=one.due_on, amount_cents=one.amount_cents
            )
            for one in _expected(row)
        )  # fmt: skip
        _keep(row, prepared, words.PAYMENT_KIND, actor_id=actor_id, now=now)


def _check_end(row: MicrocreditDossier, paid_on: date, first: date) -> None:
    """Refuse a first instalment that takes the last one beyond the law's months after the payment (R518-61)."""
    most = room.limits(on=row.signed_on or paid_on).months
    if add_months(first, row.months - 1) > add_months(paid_on, most):
        raise DossierInvalid(
            "Un micro-crédit se rembourse en %(most)s mois au plus après le versement : avancez la première mensualité.",
            field="first_due_on",
            most=most,
        )


def _expected(row: MicrocreditDossier) -> list[Due]:
    try:
        return expected_of(row)
    except TermsImpossible as error:
        raise DossierInvalid("%(why)s", why=error.message, field="first_due_on") from error


def note_payment(
    *,
    dossier_id: int,
    on: date,
    amount_cents: int,
    actor_id: int | None,
    now: datetime,
    reference: str = "",
    from_bank: bool = False,
) -> bool:
    """Note money that the bank got; False where that very line was noted before. The dossier's state follows.

    ``reference``: what names the line in the bank's file; without one the day and the amount do, as noted by hand.
    Raises PaymentInvalid, NotFound.
    """
    if not 1 <= amount_cents <= MAX_CENTS:
        raise PaymentInvalid
    if on > day_of(now):
        raise PaymentInvalid("Cette date n’est pas encore arrivée.", field="paid_on")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state not in RUNNING:
            raise PaymentInvalid("Ce micro-crédit n’est pas en cours de remboursement.")
        if row.disbursed_on is not None and on < row.disbursed_on:
            raise PaymentInvalid("Le paiement vient après le versement du crédit.", field="paid_on")
        named = (clean_line(reference) or f"{BY_HAND}{on.isoformat()} {amount_cents}")[:80]
        known = session.scalar(
            select(MicrocreditPayment.id).where(
                MicrocreditPayment.dossier_id == dossier_id, MicrocreditPayment.reference == named
            )
        )
        if known is not None:
            return False
        session.add(
            MicrocreditPayment(
                dossier_id=dossier_id, paid_on=on, amount_cents=amount_cents, reference=named, from_bank=from_bank,
                noted_at=now, noted_by_id=actor_id,
            )
        )  # fmt: skip
        session.flush()
        journal.write_act(
            person_id=row.person_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            action=words.PAID_KIND,
            kind=words.PAID_KIND,
            now=now,
            actor_id=actor_id,
            changes={"amount_cents": (None, amount_cents)},
        )
        watch(session, row, actor_id=actor_id, now=now)
        return True


def watch(session: Session, row: MicrocreditDossier, *, actor_id: int | None, now: datetime) -> None:
    """Let the state of a running loan follow what is expected and paid; an incident ends with its plan of arrears."""
    goes_on = keeping.follow_plan(session, row, actor_id=actor_id, now=now)
    ledger = ledger_of(row.id, on=day_of(now))
    acts: list[Action] = []
    if ledger.late and DOSSIERS.allows(row.state, Action.MISS):
        acts = [Action.MISS]
    elif not ledger.late and not goes_on and DOSSIERS.allows(row.state, Action.CURE):
        acts = [Action.CURE]
    elif ledger.rows and ledger.rows[0].paid_cents and DOSSIERS.allows(row.state, Action.BEGIN):
        acts = [Action.BEGIN]
    for action in acts:
        take(session, row, action, actor_id=actor_id, now=now, party=Party.CLOCK)
    if ledger.is_whole and DOSSIERS.allows(row.state, Action.CLOSE):
        take(session, row, Action.CLOSE, actor_id=actor_id, now=now, party=Party.CLOCK)
