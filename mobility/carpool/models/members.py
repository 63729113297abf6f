"""Who takes part in carpooling, and who must not be brought together."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobility.carpool.kinds import MemberKind, MemberState
from mobility.core.db import Base, UtcDateTime, Versioned, enum_type


class CarpoolMember(Versioned, Base):
    """Somebody who drives or rides: a person who is accompanied, a volunteer, or staff of an employer.

    Name and contact of a person are those of their file; volunteers and staff have no account and no file: their name
    stands here, and they act by a signed link whose ``link_serial`` rises when it is revoked.
    """

    __tablename__ = "carpool_member"
    __table_args__ = (
        CheckConstraint("(kind = 'person') = (person_id IS NOT NULL)", name="a_person_has_a_file"),
        CheckConstraint(
            "kind <> 'staff' OR organisation_id IS NOT NULL OR erased_at IS NOT NULL", name="staff_employed"
        ),
        CheckConstraint("fiscal_power_cv BETWEEN 1 AND 60", name="fiscal_power_plausible"),
        CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name="check_is_whole"),
        CheckConstraint("erased_at IS NULL OR (name = '' AND state = 'left')", name="an_erased_member_is_nobody"),
        Index("uq_carpool_member_person_id", "person_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # What other carpooling services call them by: says nothing of the row, nor of anybody.
    public_id: Mapped[str] = mapped_column(
        String(36), default=lambda: str(uuid4()), unique=True, info={"nir": "exempt"}
    )
    kind: Mapped[MemberKind] = mapped_column(enum_type(MemberKind))
    state: Mapped[MemberState] = mapped_column(enum_type(MemberState), default=MemberState.ACTIVE)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    # Through whose poster they came.
    hub_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_hub.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipient.id"))
    name: Mapped[str] = mapped_column(String(160), default="")
    # Said by themselves, only for « entre femmes »; None: not said.
    is_woman: Mapped[bool | None]
    smokes_in_car: Mapped[bool] = mapped_column(default=False)
    # Of the car that they drive, for the dated scale of what a journey costs.
    fiscal_power_cv: Mapped[int | None]
    electric: Mapped[bool] = mapped_column(default=False)
    car: Mapped[str] = mapped_column(String(80), default="")
    # They said that they hold a licence and that their car is insured: no offer without it.
    declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Licence and insurance were seen by staff.
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # Journeys may be shown to other carpooling services (« standard covoiturage »).
    shared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_serial: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CarpoolBlock(Base):
    """Two members who are never proposed to each other; neither is told of it."""

    __tablename__ = "carpool_block"
    __table_args__ = (
        UniqueConstraint("by_member_id", "other_member_id"),
        CheckConstraint("by_member_id <> other_member_id", name="two_members"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    by_member_id: Mapped[int] = mapped_column(ForeignKey("carpool_member.id"))
    other_member_id: Mapped[int] = mapped_column(ForeignKey("carpool_member.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None: the member themselves.
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CarpoolReport(Versioned, Base):
    """A problem that somebody tells of, for the staff of the desk alone."""

    __tablename__ = "carpool_report"
    __table_args__ = (
        CheckConstraint("(handled_at IS NULL) = (handled_by_id IS NULL)", name="handled_by_somebody"),
        Index("ix_carpool_report_waiting", "desk_id", "handled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    match_id: Mapped[int] = mapped_column(ForeignKey("carpool_match.id"), index=True)
    by_member_id: Mapped[int] = mapped_column(ForeignKey("carpool_member.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
