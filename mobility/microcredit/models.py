"""The tables of bank partners: who lends, and on which dated terms. Those of dossiers stand in ``dossiers.models``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.microcredit.columns import Percent
from mobility.microcredit.dossiers import models as dossiers
from mobility.microcredit.followup import models as followup
from mobility.microcredit.paperwork import models as paperwork
from mobility.microcredit.rules.offers import InsuranceKind
from mobility.microcredit.rules.schedule import Waiting

# Whoever looks for the room's tables finds all of them here.
__all__ = ["CreditOffer", "CreditPartner", "dossiers", "followup", "paperwork"]


class CreditPartner(Versioned, Base):
    """A bank (an organisation of kind bank) that lends to those whom a desk, or every desk, accompanies.

    ``committee``: its agreement wants a committee of ours before a dossier leaves. ``decides_days``: its usual delay.
    """

    __tablename__ = "credit_partner"
    __table_args__ = (
        CheckConstraint("decides_days BETWEEN 0 AND 365", name="delay_plausible"),
        Index("uq_credit_partner_bank", text("coalesce(desk_id, 0)"), "organisation_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    contact: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    committee: Mapped[bool] = mapped_column(default=False)
    decides_days: Mapped[int] = mapped_column(default=15)
    note: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CreditOffer(Versioned, Base):
    """The terms of a partner from a day on. They are ended by their date, never deleted: dossiers were made on them.

    ``bands``, ``insurance`` and ``papers`` are JSON of ``rules.offers.Band``, ``Insurance`` and ``rules.papers.Paper``;
    per cents stand in them as text, exactly.
    """

    __tablename__ = "credit_offer"
    __table_args__ = (
        CheckConstraint("label <> ''", name="named"),
        CheckConstraint("amount_min_cents >= 1 AND amount_min_cents <= amount_max_cents", name="amounts_forward"),
        CheckConstraint("amount_max_cents <= 1000000000", name="amount_plausible"),
        CheckConstraint("months_min >= 1 AND months_min <= months_max", name="months_forward"),
        CheckConstraint("months_max <= 600", name="months_plausible"),
        CheckConstraint("fee_cents >= 0", name="fee_positive"),
        CheckConstraint("insurance_cents >= 0", name="insurance_positive"),
        CheckConstraint("insurance_kind <> 'none' OR NOT insurance_required", name="insurance_there"),
        CheckConstraint("fee_percent >= 0 AND insurance_percent >= 0", name="percents_positive"),
        CheckConstraint("most_wait_months BETWEEN 1 AND 24", name="wait_plausible"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= valid_from_on", name="period_forward"),
        Index("uq_credit_offer_label", "partner_id", "label", "valid_from_on", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("credit_partner.id"))
    label: Mapped[str] = mapped_column(String(120))
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    amount_min_cents: Mapped[int]
    amount_max_cents: Mapped[int]
    months_min: Mapped[int]
    months_max: Mapped[int]
    bands: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    purposes: Mapped[list[str]] = mapped_column(JSON, default=list)
    communes: Mapped[list[str]] = mapped_column(JSON, default=list)
    fee_cents: Mapped[int] = mapped_column(default=0)
    fee_percent: Mapped[str] = mapped_column(Percent, default="0")
    insurance_kind: Mapped[InsuranceKind] = mapped_column(enum_type(InsuranceKind), default=InsuranceKind.NONE)
    insurance_percent: Mapped[str] = mapped_column(Percent, default="0")
    insurance_cents: Mapped[int] = mapped_column(default=0)
    insurance_required: Mapped[bool] = mapped_column(default=False)
    waiting: Mapped[Waiting] = mapped_column(enum_type(Waiting), default=Waiting.SPREAD)
    most_wait_months: Mapped[int] = mapped_column(default=3)
    papers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
