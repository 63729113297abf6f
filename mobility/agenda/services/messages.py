"""What people are told of an appointment, and the links by which they change it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from mobility.accounts.models import User
from mobility.agenda import parameters
from mobility.agenda.models import Appointment, Attendance, EarlierOffer, EarlierWish, MeetingType
from mobility.agenda.rules import Place, reminder_instants
from mobility.core import links
from mobility.core.clock import day_of, format_instant
from mobility.desks.models import Desk
from mobility.notifications import facts, render, timing
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people.models import Person

LINK_PURPOSE = "appointment"
INVITATION_PURPOSE = "appointment_invitation"
OFFER_PURPOSE = "appointment_earlier"
# A link still shows what was, and offers a new date, for some days after the meeting.
LINK_AFTER = timedelta(days=14)
INVITATION_LIFETIME = timedelta(days=30)
SOON = timedelta(hours=24)


def prefix_of(attendance_id: int) -> str:
    """Return what the keys of all reminders of an attendance begin with."""
    return f"appointment:{attendance_id}:reminder:"


def change_link(attendance: Attendance, *, now: datetime) -> str:
    """Return the address under which the person changes or cancels."""
    lifetime = max(attendance.ends_at - now, timedelta()) + LINK_AFTER
    token = links.sign(LINK_PURPOSE, {"a": attendance.id}, now=now, lifetime=lifetime)
    return render.public_url(f"/rdv/{token}")


def invitation_link(*, person_id: int, type_id: int, desk_id: int, now: datetime) -> str:
    """Return the address under which a person chooses an hour."""
    payload = {"p": person_id, "t": type_id, "d": desk_id}
    token = links.sign(INVITATION_PURPOSE, payload, now=now, lifetime=INVITATION_LIFETIME)
    return render.public_url(f"/rdv/choisir/{token}")


def where_of(meeting: MeetingType, desk: Desk) -> str:
    """Return where people meet, in words."""
    if meeting.place is Place.PHONE:
        return "par téléphone : nous vous appelons"
    if meeting.place is Place.HOME:
        return "chez vous"
    return f"{desk.name}, {desk.address}"


def tell(
    session: Session,
    attendance: Attendance,
    template: str,
    *,
    now: datetime,
    key: str,
    message_class: MessageClass | None = None,
    due_at: datetime | None = None,
) -> None:
    """Queue a message about the appointment to the person."""
    appointment = session.get_one(Appointment, attendance.appointment_id)
    person = session.get_one(Person, attendance.person_id)
    meeting = session.get_one(MeetingType, appointment.type_id)
    desk = session.get_one(Desk, appointment.desk_id)
    params: dict[str, Any] = {
        "kind": meeting.label,
        "when": format_instant(attendance.starts_at),
        "where": where_of(meeting, desk),
        "place": desk.name if meeting.place is Place.DESK else where_of(meeting, desk),
        "phone": desk.phone,
        "adviser": session.get_one(User, appointment.adviser_id).display_name,
        "instructions": meeting.instructions,
        "papers": meeting.papers,
        "link": change_link(attendance, now=now),
    }
    soon = attendance.starts_at - now <= SOON
    notifications.queue(
        recipient_id=person.recipient_id,
        template=template,
        params=params,
        message_class=message_class or (MessageClass.URGENT if soon else MessageClass.NORMAL),
        dedup_key=f"appointment:{attendance.id}:{key}",
        now=now,
        due_at=due_at,
        person_id=person.id,
        expires_at=attendance.starts_at if attendance.starts_at > now else None,
    )


def plan_reminders(session: Session, attendance: Attendance, *, now: datetime) -> None:
    """Queue the reminders of an appointment, in place of those that told another hour.

    One that is due in quiet hours goes out before they begin; the others leave on the minute.
    """
    forget_reminders(attendance, now=now)
    desk_id = session.get_one(Appointment, attendance.appointment_id).desk_id
    windows = timing.open_windows(quiet=facts.quiet_hours(), safe=None)
    hours = parameters.reminder_hours(on=day_of(now), desk_id=desk_id)
    for due_at in reminder_instants(attendance.starts_at, hours=hours, now=now):
        tell(
            session,
            attendance,
            "appointment_reminder",
            now=now,
            # The instant of planning is part of the key: an hour that is chosen again is reminded again.
            key=f"reminder:{int(due_at.timestamp())}:{int(now.timestamp())}",
            message_class=MessageClass.URGENT if timing.is_open(windows, due_at) else MessageClass.NORMAL,
            due_at=due_at,
        )


def forget_reminders(attendance: Attendance, *, now: datetime) -> None:
    """Cancel the reminders that have not left."""
    notifications.cancel(dedup_prefix=prefix_of(attendance.id), now=now)


def invite(
    session: Session, *, person_id: int, meeting: MeetingType, desk_id: int, key: str, now: datetime
) -> int | None:
    """Queue an invitation to choose an hour, once a key. Returns the message's id, or None."""
    person = session.get_one(Person, person_id)
    desk = session.get_one(Desk, desk_id)
    return notifications.queue(
        recipient_id=person.recipient_id,
        template="appointment_invitation",
        params={
            "kind": meeting.label,
            "place": desk.name,
            "phone": desk.phone,
            "link": invitation_link(person_id=person_id, type_id=meeting.id, desk_id=desk_id, now=now),
        },
        message_class=MessageClass.NORMAL,
        dedup_key=key,
        now=now,
        person_id=person_id,
    )


def offer_link(offer: EarlierOffer, *, now: datetime) -> str:
    """Return the address under which the person takes an hour that fell free."""
    lifetime = max(offer.starts_at - now, timedelta()) + LINK_AFTER
    return render.public_url(f"/rdv/plus-tot/{links.sign(OFFER_PURPOSE, {'o': offer.id}, now=now, lifetime=lifetime)}")


def tell_offer(session: Session, wish: EarlierWish, offer: EarlierOffer, *, now: datetime) -> None:
    """Queue the message that an hour has fallen free; it is worth nothing once the time to answer is over."""
    person = session.get_one(Person, wish.person_id)
    meeting = session.get_one(MeetingType, wish.type_id)
    desk = session.get_one(Desk, wish.desk_id)
    held = session.get_one(Attendance, wish.attendance_id).starts_at if wish.attendance_id is not None else None
    notifications.queue(
        recipient_id=person.recipient_id,
        template="appointment_earlier",
        params={
            "kind": meeting.label,
            "when": format_instant(offer.starts_at),
            "where": where_of(meeting, desk),
            "place": desk.name if meeting.place is Place.DESK else where_of(meeting, desk),
            "phone": desk.phone,
            "link": offer_link(offer, now=now),
            "until": format_instant(offer.expires_at),
            "held": format_instant(held) if held is not None else "",
        },
        # Made in the day only (see ``earlier.awake``): it leaves at once, a digest would come too late.
        message_class=MessageClass.URGENT,
        dedup_key=f"appointment:offer:{offer.id}:told",
        now=now,
        person_id=person.id,
        expires_at=offer.expires_at,
    )


def forget_offer(offer: EarlierOffer, *, now: datetime) -> None:
    """Take back the message of an offer that has not left."""
    notifications.cancel(dedup_prefix=f"appointment:offer:{offer.id}:", now=now)
