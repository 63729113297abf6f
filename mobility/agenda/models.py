"""The tables of the agenda.

What metadata cannot say (nobody in two places at once, no more people than seats) is in ``ddl.py`` and is attached to
these tables.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobility.agenda import ddl
from mobility.agenda.earlier import OfferState, WishEnd
from mobility.agenda.reach import Means
from mobility.agenda.rules import (
    AppointmentState,
    AttendanceState,
    Following,
    MeetingKind,
    Origin,
    Place,
    person_may_move,
)
from mobility.core.db import Base, UtcDateTime, Versioned, enum_type


class MeetingType(Versioned, Base):
    """A kind of meeting as the platform offers it: how long, where, to whom, what to bring."""

    __tablename__ = "meeting_type"
    __table_args__ = (
        CheckConstraint("duration_minutes BETWEEN 5 AND 480", name="duration_plausible"),
        CheckConstraint("pause_minutes BETWEEN 0 AND 240", name="pause_plausible"),
        CheckConstraint("notice_hours BETWEEN 0 AND 720", name="notice_plausible"),
        CheckConstraint("seats BETWEEN 1 AND 60", name="seats_plausible"),
        CheckConstraint("kind = 'workshop' OR seats = 1", name="only_workshops_have_seats"),
        CheckConstraint("length(label) > 0", name="named"),
        CheckConstraint("NOT needs_room OR place = 'desk'", name="rooms_are_at_the_desk"),
        CheckConstraint("NOT needs_vehicle OR place = 'home'", name="vehicles_go_to_homes"),
        Index("uq_meeting_type_label", text("coalesce(desk_id, 0)"), "label", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    kind: Mapped[MeetingKind] = mapped_column(enum_type(MeetingKind, name="kind"))
    label: Mapped[str] = mapped_column(String(80))
    duration_minutes: Mapped[int]
    pause_minutes: Mapped[int] = mapped_column(default=0)
    notice_hours: Mapped[int] = mapped_column(default=24)
    place: Mapped[Place] = mapped_column(enum_type(Place, name="place"), default=Place.DESK)
    seats: Mapped[int] = mapped_column(default=1)
    by_person: Mapped[bool] = mapped_column(default=False)
    by_prescriber: Mapped[bool] = mapped_column(default=False)
    instructions: Mapped[str] = mapped_column(Text, default="")
    papers: Mapped[str] = mapped_column(Text, default="")
    needs_room: Mapped[bool] = mapped_column(default=False)
    needs_vehicle: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def movable(self) -> bool:
        """Tell whether people move their own appointment of this type by themselves."""
        return person_may_move(self.kind, self.place, by_person=self.by_person)


class AgendaOpening(Base):
    """Hours in which an adviser receives. Stopped by its end, never deleted: appointments were made in it."""

    __tablename__ = "agenda_opening"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_range"),
        CheckConstraint("opens < closes", name="opens_before_closes"),
        CheckConstraint("every_weeks BETWEEN 1 AND 4", name="rhythm_range"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adviser_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
    every_weeks: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    type_ids: Mapped[list[int]] = mapped_column(JSON, default=list)


class AgendaAbsence(Base):
    """A time in which an adviser receives nobody. Why is nobody's business: no reason is kept."""

    __tablename__ = "agenda_absence"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="period_not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    adviser_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AgendaRoom(Base):
    """A room of a desk in which people are received; closed, never deleted."""

    __tablename__ = "agenda_room"
    __table_args__ = (
        CheckConstraint("length(name) > 0", name="named"),
        Index(
            "uq_agenda_room_name",
            "desk_id",
            "name",
            unique=True,
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    name: Mapped[str] = mapped_column(String(80))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Interpreter(Versioned, Base):
    """Somebody who translates at a desk. Never a child: whoever notes them declares that they are of age."""

    __tablename__ = "interpreter"
    __table_args__ = (
        CheckConstraint("length(name) > 0", name="named"),
        CheckConstraint("adult", name="never_a_child"),
        CheckConstraint("on_site OR by_phone", name="reachable_somehow"),
        Index("ix_interpreter_desk_id_archived_at", "desk_id", "archived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    name: Mapped[str] = mapped_column(String(120))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    on_site: Mapped[bool]
    by_phone: Mapped[bool]
    phone: Mapped[str] = mapped_column(String(20), default="")
    hours: Mapped[str] = mapped_column(String(200), default="")
    adult: Mapped[bool]
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_PLANNED = text("state = 'planned'")


class Appointment(Versioned, Base):
    """A meeting at an hour, with one adviser. Two that are not cancelled never overlap (see ``ddl.py``).

    ``blocked_until_at`` holds the pause that follows.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="period_not_empty"),
        CheckConstraint("blocked_until_at >= ends_at", name="block_holds_the_period"),
        CheckConstraint("seats BETWEEN 1 AND 60", name="seats_plausible"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_with_instant"),
        CheckConstraint("(state = 'held') = (held_at IS NOT NULL)", name="held_with_instant"),
        CheckConstraint("companion = '' OR companion_adult", name="companion_never_a_child"),
        UniqueConstraint("id", "starts_at", "ends_at", name="uq_appointment_hours"),
        Index("ix_appointment_adviser_id_starts_at", "adviser_id", "starts_at"),
        Index("ix_appointment_desk_id_starts_at", "desk_id", "starts_at"),
        # What is planned and over waits for its report: few, among years of appointments (``queries.list_unreported``).
        Index("ix_appointment_planned_of_desk", "desk_id", "ends_at", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
        Index(
            "ix_appointment_planned_of_adviser",
            "adviser_id",
            "ends_at",
            sqlite_where=_PLANNED,
            postgresql_where=_PLANNED,
        ),
        Index("ix_appointment_room_id_starts_at", "room_id", "starts_at"),
        Index("ix_appointment_interpreter_id_starts_at", "interpreter_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("meeting_type.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    adviser_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seats: Mapped[int] = mapped_column(default=1)
    state: Mapped[AppointmentState] = mapped_column(
        enum_type(AppointmentState, name="state"), default=AppointmentState.PLANNED
    )
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_room.id"))
    interpreter_id: Mapped[int | None] = mapped_column(ForeignKey("interpreter.id"))
    companion: Mapped[str] = mapped_column(String(80), default="")
    companion_adult: Mapped[bool] = mapped_column(default=False)
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("vehicle_reservation.id"), unique=True)
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    back_asked: Mapped[int] = mapped_column(default=0)
    back_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Written out, in the index and in what asks for it alike: a database uses such an index only for its very words.
UNANSWERED = text("attendance.state IN ('absent', 'excused', 'desk_fault') AND attendance.following IS NULL")


class Attendance(Versioned, Base):
    """One person at one appointment. The hours are the appointment's: the database carries them over."""

    __tablename__ = "attendance"
    __table_args__ = (
        ForeignKeyConstraint(
            ["appointment_id", "starts_at", "ends_at"],
            ["appointment.id", "appointment.starts_at", "appointment.ends_at"],
            onupdate="CASCADE",
            name="fk_attendance_hours",
        ),
        CheckConstraint("(state = 'expected') = (recorded_at IS NULL)", name="recorded_with_instant"),
        CheckConstraint("state <> 'present' OR following IS NOT NULL", name="nobody_leaves_without_what_follows"),
        CheckConstraint(
            "CASE following WHEN 'meeting' THEN next_attendance_id IS NOT NULL AND next_on IS NULL"
            " WHEN 'date' THEN next_on IS NOT NULL AND next_attendance_id IS NULL"
            " WHEN 'none' THEN next_on IS NULL AND next_attendance_id IS NULL AND next_reason <> ''"
            " ELSE next_on IS NULL AND next_attendance_id IS NULL AND next_reason = '' END",
            name="following_whole",
        ),
        UniqueConstraint("appointment_id", "person_id"),
        Index("ix_attendance_person_id_starts_at", "person_id", "starts_at"),
        # Who is expected again, who was met last and who came at all, of a whole desk, without reading a visit
        # (``queries.list_lapsed``, counts).
        Index("ix_attendance_standing", "person_id", "state", "starts_at", "ends_at"),
        # Who was expected in vain and was given nothing since: few, among years of visits.
        Index("ix_attendance_unanswered", "starts_at", sqlite_where=UNANSWERED, postgresql_where=UNANSWERED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[AttendanceState] = mapped_column(
        enum_type(AttendanceState, name="state"), default=AttendanceState.EXPECTED
    )
    origin: Mapped[Origin] = mapped_column(enum_type(Origin, name="origin"))
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    following: Mapped[Following | None] = mapped_column(enum_type(Following, name="following"))
    next_attendance_id: Mapped[int | None] = mapped_column(ForeignKey("attendance.id"))
    next_on: Mapped[date | None] = mapped_column(index=True)
    next_reason: Mapped[str] = mapped_column(Text, default="")


class EarlierWish(Base):
    """Somebody who wants to be told when an hour falls free earlier than theirs; one at a time a person and type.

    ``known``: the stretches that were free when they asked, as pairs of seconds since 1970.
    """

    __tablename__ = "earlier_wish"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        Index(
            "uq_earlier_wish_open",
            "person_id",
            "type_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_earlier_wish_desk_id_ended_at", "desk_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("meeting_type.id"))
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    attendance_id: Mapped[int | None] = mapped_column(ForeignKey("attendance.id"), index=True)
    known: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[WishEnd | None] = mapped_column(enum_type(WishEnd, name="end_reason"))


class EarlierOffer(Base):
    """One hour offered to one person. One that waits for an answer a wish, and the same hour never twice."""

    __tablename__ = "earlier_offer"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_with_instant"),
        CheckConstraint("offered_at < expires_at AND expires_at <= starts_at", name="answer_before_the_hour"),
        UniqueConstraint("wish_id", "adviser_id", "starts_at"),
        Index(
            "uq_earlier_offer_open",
            "wish_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_earlier_offer_open_hour",
            "adviser_id",
            "starts_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("earlier_wish.id"))
    adviser_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[OfferState] = mapped_column(enum_type(OfferState, name="state"), default=OfferState.OPEN)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AgendaReach(Base):
    """When and how a person can come to a desk, as they or their adviser said; the last word counts."""

    __tablename__ = "agenda_reach"
    __table_args__ = (
        CheckConstraint("leave_from IS NULL OR home_by IS NULL OR leave_from < home_by", name="day_in_order"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    means: Mapped[Means | None] = mapped_column(enum_type(Means, name="means"))
    no_days: Mapped[list[int]] = mapped_column(JSON, default=list)
    leave_from: Mapped[time | None]
    home_by: Mapped[time | None]
    first_bus: Mapped[time | None]
    last_bus: Mapped[time | None]
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class AgendaFeed(Base):
    """The address of an adviser's calendar; the address itself is signed, not kept. A new serial ends the old one."""

    __tablename__ = "agenda_feed"
    __table_args__ = (CheckConstraint("serial > 0", name="serial_positive"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False)
    serial: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


ddl.GUARDS.attach(Appointment.__table__, Attendance.__table__)
