"""What may happen to a booking of the « standard covoiturage », and who may say so. Pure.

The other service asks for a place with one of our members: the member's answer is ours to give, theirs is to take the
booking back, or to say that the journey was made.
"""

from __future__ import annotations

from enum import StrEnum


class BookingStatus(StrEnum):
    """The statuses of the standard, as it writes them."""

    WAITING_CONFIRMATION = "WAITING_CONFIRMATION"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    COMPLETED_PENDING_VALIDATION = "COMPLETED_PENDING_VALIDATION"
    VALIDATED = "VALIDATED"


BOOKING_STATUS_LABELS = {
    BookingStatus.WAITING_CONFIRMATION: "Attend une réponse",
    BookingStatus.CONFIRMED: "Accepté",
    BookingStatus.CANCELLED: "Annulé",
    BookingStatus.COMPLETED_PENDING_VALIDATION: "Fait, à confirmer",
    BookingStatus.VALIDATED: "Fait",
}


_S = BookingStatus
# With these somebody has a place; the database counts the same (``carpool/ddl.py``).
HELD = (_S.CONFIRMED, _S.COMPLETED_PENDING_VALIDATION, _S.VALIDATED)
OURS: dict[BookingStatus, frozenset[BookingStatus]] = {
    _S.WAITING_CONFIRMATION: frozenset({_S.CONFIRMED, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.CANCELLED}),
    _S.COMPLETED_PENDING_VALIDATION: frozenset({_S.VALIDATED}),
}
THEIRS: dict[BookingStatus, frozenset[BookingStatus]] = {
    _S.WAITING_CONFIRMATION: frozenset({_S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.CANCELLED, _S.COMPLETED_PENDING_VALIDATION, _S.VALIDATED}),
    _S.COMPLETED_PENDING_VALIDATION: frozenset({_S.VALIDATED}),
}


def may_follow(before: BookingStatus, after: BookingStatus, *, ours: bool) -> bool:
    """Tell whether a status may follow another one, said by us (``ours``) or by the other service."""
    return after in (OURS if ours else THEIRS).get(before, frozenset())
