"""The tables of the pathway."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.geo.geocoding import Precision
from mobility.pathway.plan.models import Plan, PlanTemplate, PlanVersion, StepDependency
from mobility.pathway.plan.rules.terms import Doer, Evidence, StepKind
from mobility.pathway.rules import (
    Direction,
    MeansKind,
    ObjectiveKind,
    ObjectiveState,
    RosterKind,
    StepState,
)

__all__ = [
    "Coverage",
    "Objective",
    "OwnMeans",
    "Plan",
    "PlanTemplate",
    "PlanVersion",
    "Roster",
    "Step",
    "StepDependency",
]


class Objective(Versioned, Base):
    """What a person travels for: a job, a training, an interview, or the search itself."""

    __tablename__ = "objective"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title_named"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_forward"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (position_precision IS NULL)",
            name="position_whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ObjectiveKind] = mapped_column(enum_type(ObjectiveKind))
    title: Mapped[str] = mapped_column(String(160))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    employer_name: Mapped[str] = mapped_column(String(160), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(5), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    insee_code: Mapped[str | None] = mapped_column(String(5))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_precision: Mapped[Precision | None] = mapped_column(enum_type(Precision, name="position_precision"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    state: Mapped[ObjectiveState] = mapped_column(enum_type(ObjectiveState), default=ObjectiveState.OPEN)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    rosters: Mapped[list[Roster]] = relationship(
        back_populates="objective",
        lazy="raise",
        order_by="Roster.valid_from_on, Roster.id",
    )
    own_means: Mapped[list[OwnMeans]] = relationship(
        back_populates="objective",
        lazy="raise",
        order_by="OwnMeans.starts_on, OwnMeans.id",
    )


class Roster(Base):
    """The working days of an objective over a period; ``pattern`` is versioned JSON read by ``pathway.roster``."""

    __tablename__ = "roster"
    __table_args__ = (
        CheckConstraint(
            "valid_until_on IS NULL OR valid_until_on >= valid_from_on",
            name="period_forward",
        ),
        UniqueConstraint("objective_id", "valid_from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id"), index=True)
    kind: Mapped[RosterKind] = mapped_column(enum_type(RosterKind))
    pattern: Mapped[dict[str, Any]] = mapped_column(JSON)
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    confirmed_on: Mapped[date]

    objective: Mapped[Objective] = relationship(back_populates="rosters", lazy="raise")


class OwnMeans(Base):
    """How the person travels without us, on some weekdays, one way or both (« moyens propres »)."""

    __tablename__ = "own_means"
    __table_args__ = (
        CheckConstraint("there OR back", name="one_way_at_least"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_forward"),
        CheckConstraint("length(note) <= 500", name="note_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id"), index=True)
    kind: Mapped[MeansKind] = mapped_column(enum_type(MeansKind))
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    there: Mapped[bool] = mapped_column(default=True)
    back: Mapped[bool] = mapped_column(default=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(500), default="")

    objective: Mapped[Objective] = relationship(back_populates="own_means", lazy="raise")


class Step(Versioned, Base):
    """One step on the way: an aid, a meeting or a task.

    An aid writes its own step: state, cost and window; ``aid_ref`` is the aid's own row, ``option_key`` says which of
    its offers is meant until there is one. A step of the plan says who does it and when it is meant to be.
    """

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("aid_kind", "aid_ref"),
        CheckConstraint("(kind = 'aid') = (aid_kind <> '')", name="aid_named"),
        CheckConstraint("title <> ''", name="title_named"),
        CheckConstraint(
            "kind <> 'aid' OR aid_ref IS NOT NULL OR state IN ('proposed', 'dropped')"
            " OR (plan_id IS NOT NULL AND state IN ('agreed', 'suspended'))",
            name="aid_ref_once_open",
        ),
        CheckConstraint("kind = 'aid' OR (aid_ref IS NULL AND NOT covers)", name="aids_alone_carry"),
        CheckConstraint("kind = 'meeting' OR (meeting_type_id IS NULL AND attendance_id IS NULL)", name="meeting_own"),
        CheckConstraint("kind = 'aid' OR plan_id IS NOT NULL", name="on_a_plan"),
        CheckConstraint("doer <> 'partner' OR doer_name <> ''", name="partner_named"),
        CheckConstraint(
            "reason <> '' OR aid_ref IS NOT NULL OR plan_id IS NULL OR state NOT IN ('suspended', 'dropped')",
            name="reason_given",
        ),
        CheckConstraint("done_at IS NULL OR state = 'done'", name="done_with_instant"),
        CheckConstraint(
            "planned_until_on IS NULL OR planned_from_on IS NULL OR planned_until_on >= planned_from_on",
            name="planned_forward",
        ),
        CheckConstraint(
            "ends_at IS NULL OR starts_at IS NULL OR ends_at > starts_at",
            name="window_forward",
        ),
        CheckConstraint("cost_cents IS NULL OR cost_cents >= 0", name="cost_positive"),
        CheckConstraint("funder_cents IS NULL OR funder_cents >= 0", name="funder_cost_positive"),
        Index("ix_step_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    objective_id: Mapped[int | None] = mapped_column(ForeignKey("objective.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    kind: Mapped[StepKind] = mapped_column(enum_type(StepKind), default=StepKind.AID)
    aid_kind: Mapped[str] = mapped_column(String(40), default="")
    aid_ref: Mapped[int | None]
    option_key: Mapped[str] = mapped_column(String(60), default="")
    meeting_type_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_type.id"))
    attendance_id: Mapped[int | None] = mapped_column(ForeignKey("attendance.id"), index=True)
    title: Mapped[str] = mapped_column(String(160))
    note: Mapped[str] = mapped_column(String(500), default="")
    doer: Mapped[Doer] = mapped_column(enum_type(Doer), default=Doer.ADVISER)
    doer_name: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[StepState] = mapped_column(enum_type(StepState))
    reason: Mapped[str] = mapped_column(String(300), default="")
    planned_from_on: Mapped[date | None]
    planned_until_on: Mapped[date | None]
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cost_cents: Mapped[int | None]
    """What the person pays."""
    funder_cents: Mapped[int | None]
    """What the funders pay together."""
    covers: Mapped[bool] = mapped_column(default=False)
    serves: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """On which weekdays and hours it carries; nothing: always (see ``roster.Serving``)."""
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[Evidence | None] = mapped_column(enum_type(Evidence, name="done_by"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Coverage(Base):
    """One leg that a step carries: there or back, on one shift's date."""

    __tablename__ = "coverage"
    __table_args__ = (
        UniqueConstraint("step_id", "objective_id", "shift_on", "direction"),
        Index("ix_coverage_objective_id_shift_on", "objective_id", "shift_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id", ondelete="CASCADE"))
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id"))
    shift_on: Mapped[date]
    direction: Mapped[Direction] = mapped_column(enum_type(Direction))
