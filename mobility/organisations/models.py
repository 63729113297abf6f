"""Tables of the organisations and of the agreements made with them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.organisations.rules import OrganisationKind


class Organisation(Versioned, Base):
    """A partner of the platform, in one part (kind)."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("siret IS NULL OR length(siret) = 14", name="siret_length"),
        CheckConstraint("name <> ''", name="name_given"),
        UniqueConstraint("kind", "siret"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OrganisationKind] = mapped_column(enum_type(OrganisationKind), index=True)
    name: Mapped[str] = mapped_column(String(200))
    # The name without accents or case: what search compares, kept by the services.
    search_key: Mapped[str] = mapped_column(String(400), index=True)
    siret: Mapped[str | None] = mapped_column(String(14))
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(5), default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    insee_code: Mapped[str] = mapped_column(String(5), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agreements: Mapped[list[Agreement]] = relationship(
        back_populates="organisation", lazy="raise", order_by="Agreement.valid_from_on"
    )


class Agreement(Versioned, Base):
    """A dated agreement (« convention ») that covers some desks."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(
            "valid_until_on IS NULL OR valid_until_on >= valid_from_on",
            name="period_forward",
        ),
        CheckConstraint("first_meeting_days BETWEEN 1 AND 365", name="first_meeting_days_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(80), default="")
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    first_meeting_days: Mapped[int | None]
    """Within how many days somebody sent under it is met; None: as the dated setting says."""
    fse_plus: Mapped[bool] = mapped_column(default=False)
    """An operation of the European fund: who takes part is asked for data, and for papers, at entry and exit."""

    organisation: Mapped[Organisation] = relationship(back_populates="agreements", lazy="raise")
    desks: Mapped[list[AgreementDesk]] = relationship(
        back_populates="agreement", lazy="raise", cascade="all, delete-orphan"
    )


class AgreementDesk(Base):
    """A desk that an agreement covers."""

    __tablename__ = "agreement_desk"

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), primary_key=True, index=True)

    agreement: Mapped[Agreement] = relationship(back_populates="desks", lazy="raise")
