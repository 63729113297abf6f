"""The tables behind the detour index: what keeps the detour index of every server process at one with the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Double, Index
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base

# What a trip says while it is offered, and nothing of it afterwards.
KEPT_WHILE_OFFERED = ("origin_longitude", "origin_latitude", "destination_longitude", "destination_latitude", "depart_at",
          "max_detour_seconds", "seats")  # fmt: skip


class IndexedTrip(Base):
    """A driver's journey, as the detour index knows it; or that there is none any more.

    Each change gives the row a new ``revision``, higher than all others, and revisions become visible in their order
    (see ``TripRevision``). A trip that was dropped keeps its key and its revision and nothing else: no trace of where
    somebody lives.
    """

    __tablename__ = "indexed_trip"
    __table_args__ = (
        CheckConstraint("key > 0", name="key_is_positive"),
        CheckConstraint("revision > 0", name="revision_is_positive"),
        CheckConstraint(
            f"(dropped_at IS NULL AND {' AND '.join(f'{column} IS NOT NULL' for column in KEPT_WHILE_OFFERED)})"
            f" OR (dropped_at IS NOT NULL AND {' AND '.join(f'{column} IS NULL' for column in KEPT_WHILE_OFFERED)})",
            name="a_dropped_trip_keeps_nothing",
        ),
        CheckConstraint(
            "origin_longitude BETWEEN -180 AND 180 AND destination_longitude BETWEEN -180 AND 180",
            name="longitudes_are_on_earth",
        ),
        CheckConstraint(
            "origin_latitude BETWEEN -90 AND 90 AND destination_latitude BETWEEN -90 AND 90",
            name="latitudes_are_on_earth",
        ),
        CheckConstraint("max_detour_seconds BETWEEN 0 AND 86400", name="detour_is_a_day_at_most"),
        CheckConstraint("seats BETWEEN 1 AND 8", name="seats_are_1_to_8"),
        Index("ix_indexed_trip_revision", "revision", unique=True),
        Index("ix_indexed_trip_depart_at", "depart_at"),
        Index("ix_indexed_trip_dropped_at", "dropped_at"),
    )

    # Given by the caller: the row of theirs that the trip stands for.
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    origin_longitude: Mapped[float | None] = mapped_column(Double)
    origin_latitude: Mapped[float | None] = mapped_column(Double)
    destination_longitude: Mapped[float | None] = mapped_column(Double)
    destination_latitude: Mapped[float | None] = mapped_column(Double)
    depart_at: Mapped[datetime | None]
    max_detour_seconds: Mapped[int | None]
    seats: Mapped[int | None]
    revision: Mapped[int] = mapped_column(BigInteger)
    dropped_at: Mapped[datetime | None]


class TripRevision(Base):
    """The last revision that was given to a trip: one row, held by whoever writes trips until they commit.

    So no revision is drawn while a lower one is still on its way: what is visible is always everything up to some
    revision, without gaps that fill later. Dropped trips up to ``forgotten_through`` are gone from the table: who knows
    less than that has to read everything again.
    """

    __tablename__ = "trip_revision"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one"),
        CheckConstraint("forgotten_through BETWEEN 0 AND last", name="what_is_forgotten_was_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)
    forgotten_through: Mapped[int] = mapped_column(BigInteger)
