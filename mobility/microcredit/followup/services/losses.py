"""What is never paid back: the loan is closed with its loss, and the loss split between the fund and the bank."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.journal import services as journal
from mobility.microcredit.accords.services import keeping
from mobility.microcredit.dossiers import parameters, words
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import ledger_of
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.followup.errors import LossInvalid
from mobility.microcredit.followup.models import CreditLoss
from mobility.microcredit.rules.loss import Shares, split
from mobility.microcredit.rules.states import DOSSIERS, Action


def share_percent(row: MicrocreditDossier) -> Decimal:
    """Return the fund's share (per cent) for a loan: that of its bank on the day of the contract."""
    assert row.signed_on is not None  # noqa: S101 - the database refuses a running loan without it
    return parameters.guarantee_percent(on=row.signed_on, bank_id=row.bank_id)


def close_with_loss(
    *,
    dossier_id: int,
    on: date,
    loss_cents: int,
    reason: str,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> Shares:
    """Close a loan of which so much is lost; return who bears it.

    Raises LossInvalid, ReasonMissing, ForbiddenTransition, StaleVersion, NotFound.
    """
    if not reason.strip():
        raise ReasonMissing
    if on > day_of(now):
        raise LossInvalid("Cette date n’est pas encore arrivée.", field="on")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.CLOSE)
        if not 1 <= loss_cents <= ledger_of(row.id, on=day_of(now)).left_cents:
            raise LossInvalid("Une perte va jusqu’à ce qui reste à rembourser.")
        percent = share_percent(row)
        shares = split(loss_cents, percent)
        session.add(
            CreditLoss(
                dossier_id=row.id, on=on, loss_cents=loss_cents, fund_cents=shares.fund_cents,
                bank_cents=shares.bank_cents, percent=f"{percent.normalize():f}", noted_at=now, noted_by_id=actor_id,
            )
        )  # fmt: skip
        keeping.replace(session, row.id, now=now)
        take(session, row, Action.CLOSE, actor_id=actor_id, now=now, reason=reason)
        journal.write_act(
            person_id=row.person_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            action=words.LOSS_KIND,
            kind=words.LOSS_KIND,
            now=now,
            actor_id=actor_id,
            changes={"loss_cents": (None, loss_cents)},
        )
        return shares
