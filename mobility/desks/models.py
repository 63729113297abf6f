"""Tables of the desks.

Ranges of one day that overlap are not refused by the database: ``OpeningCalendar`` merges them,
so they say nothing false, and the form refuses them where they are typed.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.desks.rules import ALL_MONTH_WEEKS, DeskKind
from mobility.geo.geocoding import Precision


class Desk(Versioned, Base):
    """A place where people are received."""

    __tablename__ = "desk"
    __table_args__ = (
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (position_precision IS NULL)",
            name="position_whole",
        ),
        CheckConstraint(
            "latitude IS NULL OR (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
            name="position_on_earth",
        ),
        CheckConstraint("(key_box_code_encrypted IS NULL) = (key_box_code_set_at IS NULL)", name="key_box_code_dated"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[DeskKind] = mapped_column(enum_type(DeskKind), default=DeskKind.MAIN)
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(5))
    city: Mapped[str] = mapped_column(String(120))
    insee_code: Mapped[str] = mapped_column(String(5), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_precision: Mapped[Precision | None] = mapped_column(enum_type(Precision, name="position_precision"))
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    place_note: Mapped[str] = mapped_column(String(500), default="")
    key_box: Mapped[bool] = mapped_column(default=False)
    # Where the box hangs; the code is told to borrowers alone, and is in no log.
    key_box_note: Mapped[str] = mapped_column(String(300), default="")
    key_box_code_encrypted: Mapped[str | None] = mapped_column(Text, info={"nir": "exempt"})
    key_box_code_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def address(self) -> str:
        """The address on one line: « 12 rue de Villars, 59220 Denain »."""
        street = f"{self.street}, " if self.street else ""
        return f"{street}{self.postcode} {self.city}"

    openings: Mapped[list[DeskOpening]] = relationship(
        back_populates="desk",
        lazy="raise",
        cascade="all, delete-orphan",
        order_by="(DeskOpening.weekday, DeskOpening.opens)",
    )
    exceptions: Mapped[list[DeskException]] = relationship(
        back_populates="desk",
        lazy="raise",
        cascade="all, delete-orphan",
        order_by="DeskException.day_on",
    )
    communes: Mapped[list[DeskCommune]] = relationship(
        back_populates="desk", lazy="raise", cascade="all, delete-orphan"
    )


class DeskOpening(Base):
    """One range of opening hours of one day of the week, Paris wall time."""

    __tablename__ = "desk_opening"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_range"),
        CheckConstraint("opens < closes", name="opens_before_closes"),
        CheckConstraint("month_weeks BETWEEN 1 AND 31", name="month_weeks_range"),
        UniqueConstraint("desk_id", "weekday", "opens", "month_weeks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
    # Bit n-1 set: open in the n-th such weekday of the month (« les 1er et 3e jeudis »).
    month_weeks: Mapped[int] = mapped_column(default=ALL_MONTH_WEEKS)

    desk: Mapped[Desk] = relationship(back_populates="openings", lazy="raise")


class DeskException(Base):
    """What replaces the weekly hours on one date: closed, or one range of other hours."""

    __tablename__ = "desk_exception"
    __table_args__ = (
        CheckConstraint(
            "(closed AND opens IS NULL AND closes IS NULL) OR "
            "(NOT closed AND opens IS NOT NULL AND closes IS NOT NULL AND opens < closes)",
            name="closed_or_hours",
        ),
        UniqueConstraint("desk_id", "day_on", "opens"),
        Index(
            "uq_desk_exception_one_closure",
            "desk_id",
            "day_on",
            unique=True,
            sqlite_where=text("closed"),
            postgresql_where=text("closed"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), index=True)
    day_on: Mapped[date] = mapped_column(index=True)
    closed: Mapped[bool] = mapped_column(default=True)
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    reason: Mapped[str] = mapped_column(String(200), default="")

    desk: Mapped[Desk] = relationship(back_populates="exceptions", lazy="raise")


class DeskCommune(Base):
    """A commune that a desk serves; several desks may share one."""

    __tablename__ = "desk_commune"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True)
    insee_code: Mapped[str] = mapped_column(String(5), primary_key=True, index=True)

    desk: Mapped[Desk] = relationship(back_populates="communes", lazy="raise")
