"""A loan that is paid back in full before its end: the bank's paper says so, what was still expected is expected no more."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.microcredit.accords.services import keeping
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment, MicrocreditPayment
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.followup.errors import PayoffInvalid
from mobility.microcredit.followup.services.plans import standing_of
from mobility.microcredit.rules.states import DOSSIERS, Action

PAYOFF_KIND = "microcredit_payoff"
REFERENCE = "remboursement anticipé"


def repay_early(
    *,
    dossier_id: int,
    on: date,
    amount_cents: int,
    prepared: Prepared | None,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Note that a loan is paid back in full: the last payment, the bank's paper, and the end.

    The sum is the bank's: interest that has not run yet is not owed. Raises PayoffInvalid, ForbiddenTransition,
    StaleVersion, NotFound.
    """
    today = day_of(now)
    if on > today:
        raise PayoffInvalid("Cette date n’est pas encore arrivée.", field="repaid_on")
    if prepared is None:
        raise PayoffInvalid("Joignez le papier de la banque : il dit que tout est remboursé.", field="payoff")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.REPAY_EARLY)
        if row.disbursed_on is not None and on < row.disbursed_on:
            raise PayoffInvalid("Le remboursement vient après le versement du crédit.", field="repaid_on")
        standing = standing_of(row, on=today)
        left = sum(one.amount_cents for one in standing.left)
        if not 1 <= amount_cents <= left:
            raise PayoffInvalid("La somme va jusqu’à ce qui reste à rembourser.", field="repaid_cents")
        document_id = documents.store(
            prepared=prepared,
            kind=PAYOFF_KIND,
            owner_kind=words.OWNER,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )
        for one in session.scalars(select(MicrocreditInstalment).where(MicrocreditInstalment.id.in_(standing.ids))):
            one.replaced_at = now
        session.add(
            MicrocreditPayment(
                dossier_id=row.id,
                paid_on=on,
                amount_cents=amount_cents,
                reference=REFERENCE,
                noted_at=now,
                noted_by_id=actor_id,
            )
        )
        keeping.replace(session, row.id, now=now)
        with session.no_autoflush:
            row.repaid_on, row.payoff_document_id = on, document_id
            take(session, row, Action.REPAY_EARLY, actor_id=actor_id, now=now)
