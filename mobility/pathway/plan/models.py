"""The tables of the plan: the plan itself, its versions to sign, what comes before what, and templates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.pathway import ddl
from mobility.pathway.plan.rules.terms import Manner, PlanState, VersionState
from mobility.people.rules import SignsWith

LIVING = "state IN ('draft', 'agreed', 'suspended')"
WAITING = "state = 'waiting'"


class Plan(Versioned, Base):
    """One person's « plan d’action mobilité ». One lives at a time; those before it stay to be read."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("reason <> '' OR state NOT IN ('suspended', 'abandoned')", name="reason_given"),
        CheckConstraint("(state IN ('abandoned', 'reached')) = (ended_at IS NOT NULL)", name="ended_with_instant"),
        CheckConstraint("agreed_at IS NOT NULL OR state IN ('draft', 'abandoned')", name="agreed_with_instant"),
        CheckConstraint("monthly_budget_cents IS NULL OR monthly_budget_cents >= 0", name="budget_positive"),
        Index(
            "uq_plan_living",
            "person_id",
            unique=True,
            sqlite_where=text(LIVING),
            postgresql_where=text(LIVING),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[PlanState] = mapped_column(enum_type(PlanState), default=PlanState.DRAFT)
    reason: Mapped[str] = mapped_column(String(300), default="")
    profile: Mapped[str] = mapped_column(String(20), default="")
    monthly_budget_cents: Mapped[int | None]
    person_commitment: Mapped[str] = mapped_column(Text, default="")
    desk_commitment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PlanVersion(Base):
    """The plan as it was laid before both to sign: its content never changes, what changes is a new version.

    The database refuses any other change than a signature that was missing, and an erasure (see ``pathway.ddl``).
    ``content`` is what ``rules.content`` freezes, ``sha256`` the digest of its canonical JSON. A signature is a name
    typed, or strokes of a pen (JSON of whole numbers, see ``rules.signature``).
    """

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint(
            "(state = 'signed') = (adviser_signed_at IS NOT NULL AND document_id IS NOT NULL"
            " AND (signs_with = 'by_representative' OR person_signed_at IS NOT NULL)"
            " AND (signs_with = 'alone' OR representative_signed_at IS NOT NULL))",
            name="signed_by_all",
        ),
        CheckConstraint(
            "(representative_signed_at IS NULL) = (representative_manner IS NULL)"
            " AND (representative_signed_at IS NULL) = (representative_id IS NULL)"
            " AND (representative_signed_at IS NULL) = (representative_quality = '')",
            name="representative_signature_whole",
        ),
        CheckConstraint("representative_signed_at IS NULL OR signs_with <> 'alone'", name="represented_signature"),
        CheckConstraint(
            "(person_signed_at IS NULL) = (person_manner IS NULL)",
            name="person_signature_whole",
        ),
        CheckConstraint("(adviser_signed_at IS NULL) = (adviser_id IS NULL)", name="adviser_signature_whole"),
        Index(
            "uq_plan_version_waiting",
            "plan_id",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(enum_type(VersionState), default=VersionState.WAITING)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signs_with: Mapped[SignsWith] = mapped_column(enum_type(SignsWith), default=SignsWith.ALONE)
    person_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person_manner: Mapped[Manner | None] = mapped_column(enum_type(Manner, name="person_manner"))
    person_name: Mapped[str] = mapped_column(String(160), default="")
    person_ink: Mapped[str] = mapped_column(Text, default="")
    representative_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    representative_manner: Mapped[Manner | None] = mapped_column(enum_type(Manner, name="representative_manner"))
    # Their row goes with an erasure: who signed stays as it was written, in their quality.
    representative_id: Mapped[int | None]
    representative_quality: Mapped[str] = mapped_column(String(120), default="")
    representative_name: Mapped[str] = mapped_column(String(160), default="")
    representative_ink: Mapped[str] = mapped_column(Text, default="")
    adviser_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    adviser_name: Mapped[str] = mapped_column(String(160), default="")
    adviser_ink: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StepDependency(Base):
    """One step that waits for another. That they never go round in a circle is held by the service, under a lock."""

    __tablename__ = "step_dependency"
    __table_args__ = (
        UniqueConstraint("step_id", "needs_id"),
        CheckConstraint("step_id <> needs_id", name="not_itself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id", ondelete="CASCADE"))
    needs_id: Mapped[int] = mapped_column(ForeignKey("step.id", ondelete="CASCADE"), index=True)


class PlanTemplate(Versioned, Base):
    """A named list of steps with what comes before what; ``lines`` is JSON read by ``rules.lines``."""

    __tablename__ = "plan_template"
    __table_args__ = (
        CheckConstraint("label <> ''", name="named"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= valid_from_on", name="period_forward"),
        Index("uq_plan_template_label", text("coalesce(desk_id, 0)"), "label", "valid_from_on", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


ddl.GUARDS.attach(PlanVersion.__table__)
