"""What is offered and what is asked for: a way, its days and hours, and what goes with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Double, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from mobility.carpool.kinds import JourneyState, Luggage, Timing
from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.pathway.rules import Direction

_PLACE = (
    "(origin_latitude IS NULL) = (origin_longitude IS NULL) AND (origin_latitude IS NULL) = (destination_latitude IS NULL)"
    " AND (destination_latitude IS NULL) = (destination_longitude IS NULL)"
)


def _checks() -> tuple[CheckConstraint, ...]:
    """Return what holds of offers and requests alike."""
    return (
        CheckConstraint("there OR back", name="one_way_at_least"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_forward"),
        CheckConstraint("(timing = 'roster') = (objective_id IS NOT NULL)", name="a_roster_is_an_objectives"),
        CheckConstraint("timing <> 'once' OR ends_on = starts_on", name="once_is_one_day"),
        CheckConstraint("seats BETWEEN 1 AND 8", name="seats_are_1_to_8"),
        CheckConstraint("child_seats BETWEEN 0 AND 4", name="child_seats_plausible"),
        CheckConstraint("early_minutes BETWEEN 0 AND 240 AND late_minutes BETWEEN 0 AND 240", name="margins_plausible"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        CheckConstraint(_PLACE, name="places_whole"),
        CheckConstraint("state <> 'open' OR origin_latitude IS NOT NULL", name="an_open_journey_goes_somewhere"),
    )


class Journey(Versioned):
    """What offers and requests have in common.

    « There » goes from origin to destination so as to arrive before the shift, « back » the other way after it. A
    ``pattern`` is what ``pathway.patterns`` writes (weekly, cycle, dates); of a roster's journey it is empty: the
    objective's rosters say it. Margins: how long before the shift one may be there (``early_minutes``), how long after
    it one may wait (``late_minutes``). A journey of somebody who was erased keeps no place.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    origin_label: Mapped[str] = mapped_column(String(200), default="")
    origin_insee: Mapped[str | None] = mapped_column(String(5))
    origin_latitude: Mapped[float | None] = mapped_column(Double)
    origin_longitude: Mapped[float | None] = mapped_column(Double)
    destination_label: Mapped[str] = mapped_column(String(200), default="")
    destination_insee: Mapped[str | None] = mapped_column(String(5))
    destination_latitude: Mapped[float | None] = mapped_column(Double)
    destination_longitude: Mapped[float | None] = mapped_column(Double)
    timing: Mapped[Timing] = mapped_column(enum_type(Timing))
    pattern: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    there: Mapped[bool] = mapped_column(default=True)
    back: Mapped[bool] = mapped_column(default=True)
    early_minutes: Mapped[int] = mapped_column(default=30)
    late_minutes: Mapped[int] = mapped_column(default=30)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    seats: Mapped[int] = mapped_column(default=1)
    child_seats: Mapped[int] = mapped_column(default=0)
    luggage: Mapped[Luggage] = mapped_column(enum_type(Luggage), default=Luggage.SMALL)
    women_only: Mapped[bool] = mapped_column(default=False)
    non_smoking: Mapped[bool] = mapped_column(default=True)
    # Offers: an assistance animal is welcome. Requests: there is one.
    assistance_animal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[JourneyState] = mapped_column(enum_type(JourneyState), default=JourneyState.OPEN)
    # Shown to other carpooling services; says nothing unless the member shares at all.
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When somebody was last looked for; before the last change, or long ago: it is time to look again.
    matched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr
    def member_id(cls) -> Mapped[int]:  # noqa: N805 - a declared attribute is given the class
        return mapped_column(ForeignKey("carpool_member.id"), index=True)

    @declared_attr
    def desk_id(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(ForeignKey("desk.id"))

    @declared_attr
    def objective_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(ForeignKey("objective.id"), index=True)

    # The employer's site at one of its ends, where it is one that we know.
    @declared_attr
    def hub_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(ForeignKey("carpool_hub.id"), index=True)


class CarpoolOffer(Journey, Base):
    """A driver's way, and what they would do for others on it."""

    __tablename__ = "carpool_offer"
    __table_args__ = (
        *_checks(),
        CheckConstraint("max_detour_minutes BETWEEN 0 AND 120", name="detour_plausible"),
        CheckConstraint("price_per_km_cents BETWEEN 0 AND 100", name="price_plausible"),
        Index("ix_carpool_offer_open", "desk_id", "state"),
    )

    max_detour_minutes: Mapped[int] = mapped_column(default=10)
    # For each passenger; 0: free. What is paid in the end never exceeds what the journey costs.
    price_per_km_cents: Mapped[int] = mapped_column(default=0)


class CarpoolRequest(Journey, Base):
    """A passenger's way; it stands until it is met or closed."""

    __tablename__ = "carpool_request"
    __table_args__ = (
        *_checks(),
        CheckConstraint("max_walk_metres BETWEEN 0 AND 5000", name="walk_plausible"),
        Index("ix_carpool_request_open", "desk_id", "state"),
    )

    max_walk_metres: Mapped[int] = mapped_column(default=800)


class CarpoolException(Base):
    """A day on which an offer or a request does not hold, one way or both (direction None)."""

    __tablename__ = "carpool_exception"
    __table_args__ = (
        CheckConstraint("(offer_id IS NULL) <> (request_id IS NULL)", name="of_one_journey"),
        Index(
            "uq_carpool_exception",
            text("coalesce(offer_id, 0)"),
            text("coalesce(request_id, 0)"),
            "day_on",
            text("coalesce(direction, '')"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_offer.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_request.id"), index=True)
    day_on: Mapped[date]
    direction: Mapped[Direction | None] = mapped_column(enum_type(Direction))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
