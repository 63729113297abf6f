"""The sites of employers to which many people travel, and through which their staff offer seats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned


class CarpoolHub(Versioned, Base):
    """An organisation at a place. Its link, on a poster, lets its staff offer a seat without an account.

    ``link_serial`` rises when the link is revoked: posters that hang somewhere stop working.
    """

    __tablename__ = "carpool_hub"
    __table_args__ = (
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
        Index("ix_carpool_hub_desk", "desk_id", "archived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    street: Mapped[str] = mapped_column(String(200), default="")
    insee_code: Mapped[str] = mapped_column(String(5))
    latitude: Mapped[float] = mapped_column(Double)
    longitude: Mapped[float] = mapped_column(Double)
    link_serial: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
