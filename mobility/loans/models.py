"""The tables of loans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.fleet.kinds import Category
from mobility.loans.rules.policy import DepositKind, HandoverMode
from mobility.loans.rules.states import ExtensionOrigin, ExtensionState, LoanAction, LoanState
from mobility.people.kinds import PersonStatus

REASON_LENGTH = 2000


class LoanPolicy(Base):
    """What a desk lends, to whom, on which terms, from a date on.

    Rows are never changed: a later row of the same scope replaces them from its date on, and one
    with ``applies = false`` gives the word back to the wider scope.
    """

    __tablename__ = "loan_policy"
    __table_args__ = (
        CheckConstraint("price_per_day_cents >= 0", name="price_positive"),
        CheckConstraint("deposit_cents >= 0", name="deposit_positive"),
        CheckConstraint("min_days >= 1 AND max_days >= min_days", name="days_order"),
        CheckConstraint("max_renewals >= 0", name="renewals_positive"),
        CheckConstraint("lead_time_hours >= 0", name="lead_time_positive"),
        CheckConstraint("buffer_minutes >= 0", name="buffer_positive"),
        CheckConstraint("km_per_day IS NULL OR km_per_day > 0", name="km_positive"),
        CheckConstraint("extra_km_cents >= 0", name="extra_km_positive"),
        CheckConstraint("max_simultaneous >= 1", name="simultaneous_positive"),
        CheckConstraint(
            "funder_rate_bp BETWEEN 0 AND 10000 AND (funder_rate_bp = 0 OR funder_organisation_id IS NOT NULL)",
            name="funder_coherence",
        ),
        Index(
            "uq_loan_policy_scope",
            text("coalesce(desk_id, 0)"),
            "category",
            text("coalesce(status, '')"),
            "valid_from_on",
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    category: Mapped[Category] = mapped_column(enum_type(Category))
    status: Mapped[PersonStatus | None] = mapped_column(enum_type(PersonStatus, name="status"))
    valid_from_on: Mapped[date]
    applies: Mapped[bool] = mapped_column(default=True)

    price_per_day_cents: Mapped[int] = mapped_column(default=0)
    deposit_cents: Mapped[int] = mapped_column(default=0)
    deposit_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    min_days: Mapped[int] = mapped_column(default=1)
    max_days: Mapped[int] = mapped_column(default=30)
    max_renewals: Mapped[int] = mapped_column(default=1)
    lead_time_hours: Mapped[int] = mapped_column(default=0)
    buffer_minutes: Mapped[int] = mapped_column(default=60)
    km_per_day: Mapped[int | None]
    extra_km_cents: Mapped[int] = mapped_column(default=0)
    handover: Mapped[HandoverMode] = mapped_column(enum_type(HandoverMode), default=HandoverMode.OPENING_HOURS)
    needs_approval: Mapped[bool] = mapped_column(default=True)
    needs_objective: Mapped[bool] = mapped_column(default=True)
    probation_allowed: Mapped[bool] = mapped_column(default=True)
    max_simultaneous: Mapped[int] = mapped_column(default=1)
    max_loans_per_year: Mapped[int | None]
    max_days_per_year: Mapped[int | None]
    required_papers: Mapped[list[str]] = mapped_column(JSON, default=list)
    # [{"from": "2026-12-24", "until": "2027-01-02", "reason": "…"}], both days included.
    blackouts: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)

    funder_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    # Basis points: 9000 is 90 %.
    funder_rate_bp: Mapped[int] = mapped_column(default=0)
    funder_day_cap_cents: Mapped[int | None]
    funder_month_cap_cents: Mapped[int | None]
    funder_max_days: Mapped[int | None]

    note: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoanRight(Base):
    """What an adviser opens for a person: categories, dates, days; loans draw on it."""

    __tablename__ = "loan_right"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates_order"),
        CheckConstraint("days_allowed >= 1", name="days_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    categories: Mapped[list[str]] = mapped_column(JSON)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    days_allowed: Mapped[int]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Loan(Versioned, Base):
    """One vehicle lent to one person, from a start to a due end, on terms copied from a policy."""

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("due_at > start_at", name="period_order"),
        CheckConstraint(
            "(state IN ('out', 'overdue', 'returned', 'settled')) = (departed_at IS NOT NULL)",
            name="departure_coherence",
        ),
        CheckConstraint("(state IN ('returned', 'settled')) = (returned_at IS NOT NULL)", name="return_coherence"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settlement_coherence"),
        CheckConstraint("returned_at IS NULL OR returned_at >= departed_at", name="return_after_departure"),
        CheckConstraint("state <> 'refused' OR decision_reason <> ''", name="refusal_reason"),
        CheckConstraint("days >= 1", name="days_positive"),
        CheckConstraint("free_days >= 0", name="free_days_positive"),
        CheckConstraint("total_cents = person_cents + funder_cents", name="shares_exact"),
        CheckConstraint("person_cents >= 0 AND funder_cents >= 0", name="shares_positive"),
        # Two people never hold the same vehicle at once, whatever the reservations say.
        Index(
            "uq_loan_vehicle_on_the_road",
            "vehicle_id",
            unique=True,
            sqlite_where=text("state IN ('out', 'overdue')"),
            postgresql_where=text("state IN ('out', 'overdue')"),
        ),
        Index("ix_loan_desk_state_due", "desk_id", "state", "due_at"),
        Index("ix_loan_desk_start", "desk_id", "start_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    category: Mapped[Category] = mapped_column(enum_type(Category))
    objective_id: Mapped[int | None] = mapped_column(ForeignKey("objective.id"), index=True)
    # The objective's end as it was when this loan's end was last thought about.
    objective_ends_on: Mapped[date | None]
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    # Kept when the loan is over: the past uses of a vehicle stay in its planning.
    reservation_id: Mapped[int] = mapped_column(ForeignKey("vehicle_reservation.id"), unique=True)
    right_id: Mapped[int | None] = mapped_column(ForeignKey("loan_right.id"), index=True)
    state: Mapped[LoanState] = mapped_column(enum_type(LoanState))
    start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)

    # The terms, copied: a policy in force when the loan was made stays the loan's.
    policy_id: Mapped[int] = mapped_column(ForeignKey("loan_policy.id"))
    price_per_day_cents: Mapped[int]
    deposit_cents: Mapped[int]
    deposit_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    min_days: Mapped[int]
    max_days: Mapped[int]
    max_renewals: Mapped[int]
    buffer_minutes: Mapped[int]
    km_per_day: Mapped[int | None]
    extra_km_cents: Mapped[int]
    handover: Mapped[HandoverMode] = mapped_column(enum_type(HandoverMode))
    funder_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    funder_rate_bp: Mapped[int]
    funder_day_cap_cents: Mapped[int | None]
    funder_month_cap_cents: Mapped[int | None]
    funder_max_days: Mapped[int | None]

    # The quote: what these terms come to for these days.
    days: Mapped[int]
    # Days of the period that nobody pays: the desk was closed at an end of it, and moved that end.
    free_days: Mapped[int] = mapped_column(default=0)
    total_cents: Mapped[int]
    person_cents: Mapped[int]
    funder_cents: Mapped[int]
    funded_days: Mapped[int] = mapped_column(default=0)
    # {"2026-11": cents}: the funder's monthly cap spans several loans.
    funder_months: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    km_allowance: Mapped[int | None]
    renewals: Mapped[int] = mapped_column(default=0)

    deposit_kind: Mapped[DepositKind | None] = mapped_column(enum_type(DepositKind))
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    override_reason: Mapped[str] = mapped_column(Text, default="")
    overridden: Mapped[list[str]] = mapped_column(JSON, default=list)
    decision_reason: Mapped[str] = mapped_column(Text, default="")

    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    departed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the present end was set: no reminder for an end speaks of what came before.
    due_set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The borrower said « je rends à l'heure » for this very end.
    return_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    events: Mapped[list[LoanEvent]] = relationship(back_populates="loan", order_by="LoanEvent.id", lazy="raise")
    inspections: Mapped[list[LoanInspection]] = relationship(
        back_populates="loan", order_by="LoanInspection.id", lazy="raise"
    )
    extensions: Mapped[list[ExtensionRequest]] = relationship(
        back_populates="loan", order_by="ExtensionRequest.id", lazy="raise"
    )


class LoanEvent(Base):
    """One line of the log of a loan; the first one has no state before."""

    __tablename__ = "loan_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[LoanAction] = mapped_column(enum_type(LoanAction))
    from_state: Mapped[LoanState | None] = mapped_column(enum_type(LoanState, name="from_state"))
    to_state: Mapped[LoanState] = mapped_column(enum_type(LoanState, name="to_state"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # Ids, codes, numbers and dates only, as in the journal.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    loan: Mapped[Loan] = relationship(back_populates="events", lazy="raise")


class LoanInspection(Base):
    """The vehicle as it left or came back: odometer, energy, remarks."""

    __tablename__ = "loan_inspection"
    __table_args__ = (
        CheckConstraint("moment IN ('departure', 'return')", name="moment_known"),
        CheckConstraint("odometer_km >= 0", name="odometer_positive"),
        CheckConstraint("energy_percent BETWEEN 0 AND 100", name="energy_percent"),
        CheckConstraint("checked_by_id IS NULL OR checked_at IS NOT NULL", name="check_dated"),
        CheckConstraint("odometer_reading_id IS NULL OR odometer_km IS NOT NULL", name="reading_has_km"),
        UniqueConstraint("loan_id", "moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    moment: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None for a bike, which has no odometer, and where the borrower could not read it.
    odometer_km: Mapped[int | None]
    odometer_reading_id: Mapped[int | None] = mapped_column(ForeignKey("odometer_reading.id"))
    energy_percent: Mapped[int | None]
    remarks: Mapped[str] = mapped_column(Text, default="")
    # Key box: the borrower took or left the vehicle alone, the desk looks at it later.
    by_person: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    loan: Mapped[Loan] = relationship(back_populates="inspections", lazy="raise")


class ExtensionRequest(Base):
    """A wish for another end: later or, when a contract ends sooner, earlier."""

    __tablename__ = "extension_request"
    __table_args__ = (
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decision_coherence"),
        CheckConstraint("state <> 'refused' OR decision_reason <> ''", name="refusal_reason"),
        Index(
            "uq_extension_request_pending",
            "loan_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    origin: Mapped[ExtensionOrigin] = mapped_column(enum_type(ExtensionOrigin))
    state: Mapped[ExtensionState] = mapped_column(enum_type(ExtensionState), default=ExtensionState.PENDING)
    old_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    new_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")

    loan: Mapped[Loan] = relationship(back_populates="extensions", lazy="raise")


class DeskDay(Base):
    """A day that a desk has closed: from then on, what is not back is late."""

    __tablename__ = "desk_day"
    __table_args__ = (UniqueConstraint("desk_id", "day_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    day_on: Mapped[date]
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
