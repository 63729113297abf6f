"""A driver and a passenger who fit, what they agreed, and their days on the road."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Double, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.carpool.kinds import LIVING_STATES, MatchState, RideState, TripState
from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.pathway.rules import Direction

_LIVING = ", ".join(f"'{state.value}'" for state in LIVING_STATES)


class CarpoolMatch(Versioned, Base):
    """An offer and a request that fit. ``legs`` says how, for each direction; ``score`` why it stands where it does.

    ``legs``: JSON by direction (``there``, ``back``) with pickup and drop-off (label, latitude, longitude, walk_metres,
    walk_seconds), seconds of detour, wait and ride, minutes of the day at which the passenger is picked up and set down
    relative to the shift's beginning or end, metres. ``days``: how many of the request's days of the next eight weeks
    the offer serves (``shared``, ``asked``). Nothing in it names anybody.
    """

    __tablename__ = "carpool_match"
    __table_args__ = (
        CheckConstraint("there OR back", name="one_way_at_least"),
        CheckConstraint(
            "state NOT IN ('trial', 'confirmed', 'suspended')"
            " OR (driver_agreed_at IS NOT NULL AND passenger_agreed_at IS NOT NULL)",
            name="both_agreed",
        ),
        CheckConstraint("(state IN ('refused', 'expired', 'ended')) = (ended_at IS NOT NULL)", name="ended_when_over"),
        CheckConstraint("state <> 'trial' OR trial_until_on IS NOT NULL", name="a_trial_ends"),
        CheckConstraint("contribution_cents >= 0", name="contribution_positive"),
        Index(
            "uq_carpool_match_living",
            "offer_id",
            "request_id",
            unique=True,
            sqlite_where=text(f"only_on IS NULL AND state IN ({_LIVING})"),
            postgresql_where=text(f"only_on IS NULL AND state IN ({_LIVING})"),
        ),
        Index(
            "uq_carpool_match_living_day",
            "offer_id",
            "request_id",
            "only_on",
            unique=True,
            sqlite_where=text(f"only_on IS NOT NULL AND state IN ({_LIVING})"),
            postgresql_where=text(f"only_on IS NOT NULL AND state IN ({_LIVING})"),
        ),
        Index("ix_carpool_match_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("carpool_offer.id"), index=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("carpool_request.id"), index=True)
    state: Mapped[MatchState] = mapped_column(enum_type(MatchState), default=MatchState.PROPOSED)
    there: Mapped[bool]
    back: Mapped[bool]
    legs: Mapped[dict[str, Any]] = mapped_column(JSON)
    days: Mapped[dict[str, Any]] = mapped_column(JSON)
    score: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What the passenger gives for one leg, before what the journey costs bounds it.
    contribution_cents: Mapped[int] = mapped_column(default=0)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None: the search proposed it by itself.
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    driver_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    passenger_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A driver for one day whose own fell through: the day of the passenger's shift. None: every day that both make.
    only_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    trial_until_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(300), default="")


class CarpoolTrip(Versioned, Base):
    """A driver's journey of one day in one direction, with its seats: made when somebody rides in it.

    ``shift_on`` is the day of the driver's shift. ``cost_cents`` is what the journey costs by the scale of that day:
    the contributions of its rides never exceed it (``carpool/ddl.py``).
    """

    __tablename__ = "carpool_trip"
    __table_args__ = (
        UniqueConstraint("offer_id", "shift_on", "direction"),
        CheckConstraint("arrive_at > depart_at", name="time_forward"),
        CheckConstraint("seats BETWEEN 1 AND 8", name="seats_are_1_to_8"),
        CheckConstraint("cost_cents >= 0 AND metres >= 0", name="amounts_positive"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_when_cancelled"),
        Index("ix_carpool_trip_depart_at", "depart_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("carpool_offer.id"))
    shift_on: Mapped[date]
    direction: Mapped[Direction] = mapped_column(enum_type(Direction))
    depart_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrive_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seats: Mapped[int]
    metres: Mapped[int] = mapped_column(default=0)
    cost_cents: Mapped[int] = mapped_column(default=0)
    state: Mapped[TripState] = mapped_column(enum_type(TripState), default=TripState.PLANNED)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CarpoolRide(Versioned, Base):
    """A passenger's place in a trip. ``shift_on`` is the day of the passenger's own shift."""

    __tablename__ = "carpool_ride"
    __table_args__ = (
        UniqueConstraint("trip_id", "match_id"),
        CheckConstraint("dropoff_at > pickup_at", name="time_forward"),
        CheckConstraint("seats BETWEEN 1 AND 8", name="seats_are_1_to_8"),
        CheckConstraint("contribution_cents >= 0", name="contribution_positive"),
        Index("ix_carpool_ride_match_shift", "match_id", "shift_on"),
        Index("ix_carpool_ride_pickup_at", "pickup_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trip_id: Mapped[int] = mapped_column(ForeignKey("carpool_trip.id"))
    match_id: Mapped[int] = mapped_column(ForeignKey("carpool_match.id"))
    shift_on: Mapped[date]
    # The direction of its trip, so that the passenger's days are read without it.
    direction: Mapped[Direction] = mapped_column(enum_type(Direction))
    pickup_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dropoff_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pickup_label: Mapped[str] = mapped_column(String(200), default="")
    pickup_latitude: Mapped[float | None] = mapped_column(Double)
    pickup_longitude: Mapped[float | None] = mapped_column(Double)
    seats: Mapped[int] = mapped_column(default=1)
    metres: Mapped[int] = mapped_column(default=0)
    contribution_cents: Mapped[int] = mapped_column(default=0)
    state: Mapped[RideState] = mapped_column(enum_type(RideState), default=RideState.PLANNED)
    # « Nous étions ensemble »: one tap each; None: not said.
    driver_says: Mapped[bool | None]
    passenger_says: Mapped[bool | None]
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When somebody else was last looked for, after the driver called it off.
    sought_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CarpoolEvent(Base):
    """What happened to a match or to one of its days; never changed."""

    __tablename__ = "carpool_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("carpool_match.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20), default="")
    # Who: the driver, the passenger, or staff.
    by_member_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_member.id"))
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
