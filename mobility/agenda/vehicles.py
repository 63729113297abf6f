"""What the fleet asks of home visits: where they are looked at, and whether they may go by another vehicle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from sqlalchemy import select

from mobility.agenda import access
from mobility.agenda.models import Appointment, Attendance
from mobility.core.db import db
from mobility.core.web.access import Permission, actor


class HomeVisits:
    """The owner of reservations of kind « home_visit »."""

    def urls(self, reservation_ids: Iterable[int]) -> dict[int, str]:
        """Return the addresses of the visits whose appointment the actor sees in lists; one query."""
        if not actor().permits(Permission.AGENDA_VIEW):
            return {}
        rows = db.session.execute(
            select(Appointment.reservation_id, Attendance.id)
            .join(Attendance, Attendance.appointment_id == Appointment.id)
            .where(Appointment.reservation_id.in_(list(reservation_ids)), access.visible_at(actor()))
        )
        return {
            reservation_id: url_for("agenda.visit", attendance_id=attendance_id)
            for reservation_id, attendance_id in rows
            if reservation_id is not None
        }

    def vehicle_changed(self, *, reservation_id: int, vehicle_id: int, actor_id: int | None, now: datetime) -> None:
        """Follow nothing: the visit reads its vehicle from the reservation, whichever it is."""
