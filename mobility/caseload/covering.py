"""An adviser is away: who could take each of their appointments over, at the same hour. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobility.agenda.slots import Span


class Treatment(StrEnum):
    """What becomes of an appointment whose adviser is away."""

    COLLEAGUE = "to"
    LATER = "later"
    INVITE = "invite"
    KEEP = "keep"


TREATMENT_LABELS: dict[Treatment, str] = {
    Treatment.COLLEAGUE: "Même heure, avec un collègue",
    Treatment.LATER: "Première heure libre après l’absence",
    Treatment.INVITE: "Annuler, et envoyer un lien pour choisir une autre date",
    Treatment.KEEP: "Ne rien changer",
}


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment of whoever is away, with the pause that follows. ``can_move``: one person's, not a workshop."""

    id: int
    desk_id: int
    starts_at: datetime
    blocked_until_at: datetime
    can_move: bool = True
    allowed: frozenset[int] | None = None
    """Who alone may take over: the named staff of a protected file; None for everybody."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could take over: at which desks, when they are taken, when they receive."""

    user_id: int
    desk_ids: frozenset[int]
    busy: tuple[Span, ...] = ()
    receives: tuple[Span, ...] = ()


def is_free(colleague: Colleague, held: Held) -> bool:
    """Tell whether a colleague of that desk has nothing at that time."""
    if held.allowed is not None and colleague.user_id not in held.allowed:
        return False
    return held.desk_id in colleague.desk_ids and not any(
        span.starts_at < held.blocked_until_at and span.ends_at > held.starts_at for span in colleague.busy
    )


def free_colleagues(held: Held, colleagues: Sequence[Colleague]) -> list[Colleague]:
    """Return who is free at that time, those who receive then first."""
    return sorted(
        (one for one in colleagues if is_free(one, held)), key=lambda one: (not _receives(one, held), one.user_id)
    )


def _receives(colleague: Colleague, held: Held) -> bool:
    return any(
        span.starts_at <= held.starts_at and held.blocked_until_at <= span.ends_at for span in colleague.receives
    )


def suggest(appointments: Sequence[Held], colleagues: Sequence[Colleague]) -> Mapping[int, int | None]:
    """Return for each appointment who might take it over, None for nobody; no colleague is given two at a time.

    The load is shared: of those who are free and receive then, whoever has been given least comes first.
    """
    given: dict[int, list[Span]] = {one.user_id: [] for one in colleagues}
    found: dict[int, int | None] = {}
    for held in sorted(appointments, key=lambda one: (one.starts_at, one.id)):
        free = [
            one
            for one in free_colleagues(held, colleagues)
            if not any(
                span.starts_at < held.blocked_until_at and span.ends_at > held.starts_at for span in given[one.user_id]
            )
        ]
        best = min(free, key=lambda one: (not _receives(one, held), len(given[one.user_id]), one.user_id), default=None)
        found[held.id] = best.user_id if best is not None else None
        if best is not None:
            given[best.user_id].append(Span(held.starts_at, held.blocked_until_at))
    return found
