"""What can go wrong with other carpooling services."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class BookingOver(RuleViolation):
    """Another service's booking cannot be answered (any more)."""

    code = "booking_over"
    template = "Cette demande n’attend plus de réponse : elle est annulée, ou le trajet est passé."


class NoSeatLeft(RuleViolation):
    """Every seat of that day is taken."""

    code = "no_seat_left"
    template = "Il n’y a plus de place ce jour-là. Refusez la demande, ou libérez une place."


class OperatorKnown(RuleViolation):
    """Two services cannot have one domain."""

    code = "operator_known"
    field = "domain"
    template = "Un service avec ce nom de domaine est déjà dans la liste."
