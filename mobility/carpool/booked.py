"""The seats that users of other services have in our drivers' cars (« standard covoiturage »)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from mobility.carpool.models import CarpoolBooking
from mobility.carpool.rules.bookings import HELD
from mobility.core.db import db
from mobility.pathway.rules import Direction


def booked_seats(offer_ids: Collection[int], *, first_on: date, last_on: date) -> Counter[tuple[int, date, Direction]]:
    """Return the seats that are booked by offer, day of the driver's shift and direction (one query).

    A booking that names no day holds no seat.
    """
    found: Counter[tuple[int, date, Direction]] = Counter()
    rows = db.session.execute(
        select(CarpoolBooking.offer_id, CarpoolBooking.shift_on, CarpoolBooking.direction, func.count())
        .where(
            CarpoolBooking.offer_id.in_(offer_ids),
            CarpoolBooking.shift_on.between(first_on, last_on),
            CarpoolBooking.status.in_(HELD),
        )
        .group_by(CarpoolBooking.offer_id, CarpoolBooking.shift_on, CarpoolBooking.direction)
    )
    for offer_id, shift_on, direction, count in rows:
        if offer_id is not None and shift_on is not None and direction is not None:
            found[offer_id, shift_on, direction] = count
    return found
