"""The tables of local aids."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.local_aids.rules import LicenceRule, UseState


class LocalAid(Versioned, Base):
    """One entry of the catalogue: what a partner does, for whom, from when, at what cost.

    ``family`` names the room that will do this one day: once there is one, its aid stands in the entry's place.
    ``lifts`` are barriers of the diagnosis. An entry is ended by its date, never deleted: plans were made of it.
    """

    __tablename__ = "local_aid"
    __table_args__ = (
        CheckConstraint("label <> ''", name="named"),
        CheckConstraint("delay_days BETWEEN 0 AND 730", name="delay_plausible"),
        CheckConstraint("duration_days BETWEEN 1 AND 1100", name="duration_plausible"),
        CheckConstraint(
            "person_once_cents >= 0 AND person_monthly_cents >= 0 AND funder_cents >= 0", name="costs_positive"
        ),
        CheckConstraint("min_age IS NULL OR max_age IS NULL OR min_age <= max_age", name="ages_forward"),
        CheckConstraint("max_km >= 1", name="reach_positive"),
        CheckConstraint("(serves_from IS NULL) = (serves_until IS NULL)", name="hours_whole"),
        CheckConstraint("carries OR (max_km IS NULL AND serves_from IS NULL)", name="limits_of_journeys"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= valid_from_on", name="period_forward"),
        Index("uq_local_aid_label", text("coalesce(desk_id, 0)"), "label", "valid_from_on", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    family: Mapped[str] = mapped_column(String(40), default="")
    label: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    lifts: Mapped[list[str]] = mapped_column(JSON)
    only_for: Mapped[list[str]] = mapped_column(JSON, default=list)
    lasting: Mapped[bool] = mapped_column(default=False)
    carries: Mapped[bool] = mapped_column(default=False)
    at_night: Mapped[bool] = mapped_column(default=True)
    person_drives: Mapped[bool] = mapped_column(default=False)
    max_km: Mapped[int | None]
    """As the crow flies, between home and the objective's place. Nothing: however far."""
    serves_weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    serves_from: Mapped[time | None]
    serves_until: Mapped[time | None]
    delay_days: Mapped[int] = mapped_column(default=0)
    duration_days: Mapped[int] = mapped_column(default=30)
    person_once_cents: Mapped[int] = mapped_column(default=0)
    person_monthly_cents: Mapped[int] = mapped_column(default=0)
    funder_cents: Mapped[int] = mapped_column(default=0)
    funder_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    statuses: Mapped[list[str]] = mapped_column(JSON, default=list)
    communes: Mapped[list[str]] = mapped_column(JSON, default=list)
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    licence: Mapped[LicenceRule] = mapped_column(enum_type(LicenceRule), default=LicenceRule.ANY)
    contact: Mapped[str] = mapped_column(String(300), default="")
    papers: Mapped[str] = mapped_column(Text, default="")
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LocalAidUse(Versioned, Base):
    """One request for a local aid, for one person; the pathway's step follows it."""

    __tablename__ = "local_aid_use"
    __table_args__ = (
        CheckConstraint("reason <> '' OR state NOT IN ('refused', 'dropped')", name="reason_given"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    local_aid_id: Mapped[int] = mapped_column(ForeignKey("local_aid.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    objective_id: Mapped[int | None] = mapped_column(ForeignKey("objective.id"))
    state: Mapped[UseState] = mapped_column(enum_type(UseState), default=UseState.ASKED)
    reason: Mapped[str] = mapped_column(String(300), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
