"""The tables of the fleet.

What metadata cannot say (no overlap of reservations, no odometer going back) is in ``ddl.py`` and is
attached to these tables.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.fleet import ddl
from mobility.fleet.kinds import (
    Category,
    CritAir,
    Energy,
    Gearbox,
    InspectionResult,
    LicenceCategory,
    OdometerSource,
    PaperKind,
    ReservationKind,
)


class Vehicle(Versioned, Base):
    """One vehicle of the fleet, at home at one desk."""

    __tablename__ = "vehicle"
    __table_args__ = (
        CheckConstraint("seats BETWEEN 1 AND 9", name="seats_are_1_to_9"),
        CheckConstraint(
            "fiscal_power_cv IS NULL OR fiscal_power_cv BETWEEN 1 AND 60",
            name="fiscal_power_is_plausible",
        ),
        CheckConstraint(
            "insurer_min_age_years IS NULL OR insurer_min_age_years BETWEEN 14 AND 99",
            name="insurer_age_is_plausible",
        ),
        CheckConstraint(
            "insurer_min_seniority_months IS NULL OR insurer_min_seniority_months BETWEEN 0 AND 600",
            name="insurer_seniority_is_plausible",
        ),
        CheckConstraint(
            "(category IN ('bike', 'ebike')) = (plate IS NULL)",
            name="motor_vehicles_have_a_plate_and_bikes_none",
        ),
        CheckConstraint("plate IS NULL OR plate = upper(plate)", name="plate_is_upper_case"),
        CheckConstraint(
            "category IN ('bike', 'ebike') OR first_registered_on IS NOT NULL",
            name="motor_vehicles_have_a_first_date",
        ),
        CheckConstraint(
            "CASE category WHEN 'car' THEN licence_category = 'B' WHEN 'adapted' THEN licence_category = 'B'"
            " WHEN 'light_car' THEN licence_category = 'AM' WHEN 'moped' THEN licence_category = 'AM'"
            " ELSE licence_category IS NULL END AND (licence_category IS NOT NULL OR category IN ('bike', 'ebike'))",
            name="licence_follows_category",
        ),
        CheckConstraint(
            "(gearbox = 'none') = (category IN ('bike', 'ebike'))",
            name="only_bikes_have_no_gearbox",
        ),
        CheckConstraint(
            "(energy = 'human') = (category = 'bike')",
            name="only_plain_bikes_move_by_muscle",
        ),
        CheckConstraint("category <> 'ebike' OR energy = 'electric'", name="ebikes_are_electric"),
        Index("ix_vehicle_desk_id_category", "desk_id", "category"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    category: Mapped[Category] = mapped_column(enum_type(Category))
    plate: Mapped[str | None] = mapped_column(String(12), unique=True)
    marking: Mapped[str | None] = mapped_column(String(30), unique=True)
    make: Mapped[str] = mapped_column(String(60))
    model: Mapped[str] = mapped_column(String(60))
    energy: Mapped[Energy] = mapped_column(enum_type(Energy))
    gearbox: Mapped[Gearbox] = mapped_column(enum_type(Gearbox))
    fiscal_power_cv: Mapped[int | None]
    critair: Mapped[CritAir | None] = mapped_column(enum_type(CritAir))
    seats: Mapped[int]
    licence_category: Mapped[LicenceCategory | None] = mapped_column(enum_type(LicenceCategory))
    equipment: Mapped[list[str]] = mapped_column(JSON, default=list)
    first_registered_on: Mapped[date | None]
    insurer_min_age_years: Mapped[int | None]
    insurer_min_seniority_months: Mapped[int | None]
    photo_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_on: Mapped[date | None]
    retired_reason: Mapped[str] = mapped_column(Text, default="")

    papers: Mapped[list[VehiclePaper]] = relationship(
        back_populates="vehicle",
        lazy="raise",
        order_by="(VehiclePaper.done_on, VehiclePaper.id)",
    )

    @property
    def name(self) -> str:
        """Make, model and what is written on it: how people tell vehicles apart."""
        mark = self.plate or self.marking
        return f"{self.make} {self.model} ({mark})" if mark else f"{self.make} {self.model}"


class OdometerReading(Base):
    """What the odometer showed at an instant. A voided reading was a slip of the pen and counts for nothing."""

    __tablename__ = "odometer_reading"
    __table_args__ = (
        CheckConstraint("km BETWEEN 0 AND 2000000", name="km_is_plausible"),
        CheckConstraint("(voided_at IS NULL) = (voided_by_id IS NULL)", name="voiding_is_signed"),
        Index("ix_odometer_reading_vehicle_id_read_at", "vehicle_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"))
    km: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[OdometerSource] = mapped_column(enum_type(OdometerSource))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class VehiclePaper(Base):
    """One paper with its dates. ``valid_until_on`` is the last day on which it holds."""

    __tablename__ = "vehicle_paper"
    __table_args__ = (
        CheckConstraint(
            "valid_until_on IS NULL OR valid_until_on >= done_on",
            name="validity_follows_the_act",
        ),
        CheckConstraint(
            "kind = 'registration' OR valid_until_on IS NOT NULL",
            name="dated_papers_end",
        ),
        CheckConstraint(
            "(kind = 'inspection') = (result IS NOT NULL)",
            name="inspections_have_a_result",
        ),
        CheckConstraint(
            "kind = 'inspection' OR NOT counter_visit",
            name="only_inspections_are_counter_visits",
        ),
        CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name="removal_is_signed"),
        Index("ix_vehicle_paper_vehicle_id_kind", "vehicle_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"))
    kind: Mapped[PaperKind] = mapped_column(enum_type(PaperKind))
    done_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    result: Mapped[InspectionResult | None] = mapped_column(enum_type(InspectionResult))
    counter_visit: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str] = mapped_column(String(80), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    vehicle: Mapped[Vehicle] = relationship(back_populates="papers", lazy="raise")


class VehicleReservation(Base):
    """One use of one vehicle. Two that are not released never overlap (see ``ddl.py``).

    ``label`` holds codes and ids only, never a person's name. The blocked range is half-open and holds
    the period and its buffers.
    """

    __tablename__ = "vehicle_reservation"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="period_is_not_empty"),
        CheckConstraint(
            "blocked_from_at <= starts_at AND blocked_until_at >= ends_at",
            name="block_holds_the_period",
        ),
        Index(
            "ix_vehicle_reservation_vehicle_id_blocked_from_at",
            "vehicle_id",
            "blocked_from_at",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"))
    kind: Mapped[ReservationKind] = mapped_column(enum_type(ReservationKind))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    label: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VehicleTransfer(Base):
    """A vehicle changed its home desk."""

    __tablename__ = "vehicle_transfer"
    __table_args__ = (CheckConstraint("from_desk_id <> to_desk_id", name="desks_differ"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    from_desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    to_desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")


ddl.GUARDS.attach(VehicleReservation.__table__, OdometerReading.__table__)
