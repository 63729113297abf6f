"""Table of the dated settings.

A value holds from its date until the next value of the same key and scope begins: there is no
end date, so two values cannot overlap; the unique indexes refuse two that begin together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime

_EVERYWHERE = text("desk_id IS NULL AND organisation_id IS NULL")
_DESK = text("desk_id IS NOT NULL")
_ORGANISATION = text("organisation_id IS NOT NULL")


class ParameterValue(Base):
    """One value of one setting, from one date on, everywhere or for one desk or organisation."""

    __tablename__ = "parameter_value"
    __table_args__ = (
        CheckConstraint("desk_id IS NULL OR organisation_id IS NULL", name="one_scope"),
        Index(
            "uq_parameter_value_everywhere",
            "key",
            "valid_from_on",
            unique=True,
            sqlite_where=_EVERYWHERE,
            postgresql_where=_EVERYWHERE,
        ),
        Index(
            "uq_parameter_value_desk",
            "key",
            "desk_id",
            "valid_from_on",
            unique=True,
            sqlite_where=_DESK,
            postgresql_where=_DESK,
        ),
        Index(
            "uq_parameter_value_organisation",
            "key",
            "organisation_id",
            "valid_from_on",
            unique=True,
            sqlite_where=_ORGANISATION,
            postgresql_where=_ORGANISATION,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), index=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_from_on: Mapped[date]
    # NULL: from this date on the scope has no value of its own, the wider one holds again.
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
