"""What is expected and what is paid: payments go to the oldest instalment first. Pure.

FICP: a default of two monthly instalments, or of more than 60 days, may be entered (domain facts § 1): the alert comes
before the second one is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """Where one instalment stands."""

    AHEAD = "ahead"
    PAID = "paid"
    PART = "part"
    LATE = "late"


STANDING_LABELS: dict[Standing, str] = {
    Standing.AHEAD: "À venir",
    Standing.PAID: "Payée",
    Standing.PART: "Payée en partie",
    Standing.LATE: "En retard",
}
STANDING_TONES: dict[Standing, str] = {
    Standing.AHEAD: "neutral",
    Standing.PAID: "success",
    Standing.PART: "warning",
    Standing.LATE: "danger",
}


class DueKind(StrEnum):
    """What is due: an instalment, a line of a plan of arrears, or what was paid of an instalment that a plan took on."""

    INSTALMENT = "instalment"
    PLAN = "plan"
    PART = "part"


DUE_LABELS: dict[DueKind, str] = {
    DueKind.INSTALMENT: "Mensualité",
    DueKind.PLAN: "Plan amiable",
    DueKind.PART: "Partie payée d’une mensualité",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One sum that is expected, in cents."""

    number: int
    due_on: date
    amount_cents: int
    kind: DueKind = DueKind.INSTALMENT

    def order(self) -> tuple[date, bool, int]:
        """Return what payments go by: the oldest first; on one day the instalment before the line of a plan."""
        return self.due_on, self.kind is DueKind.PLAN, self.number


@dataclass(frozen=True, slots=True)
class Held:
    """One instalment with what was paid of it by a day."""

    due: Due
    paid_cents: int
    standing: Standing

    @property
    def missing_cents(self) -> int:
        """What is still owed of it."""
        return self.due.amount_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class Ledger:
    """All instalments with what was paid. ``over_cents``: paid beyond what is expected."""

    rows: tuple[Held, ...]
    over_cents: int

    @property
    def late(self) -> tuple[Held, ...]:
        """The instalments whose day has passed and that are not whole."""
        return tuple(row for row in self.rows if row.standing in {Standing.LATE, Standing.PART})

    @property
    def late_cents(self) -> int:
        """What is owed and late."""
        return sum(row.missing_cents for row in self.late)

    @property
    def left_cents(self) -> int:
        """What is still to be paid, late or ahead."""
        return sum(row.missing_cents for row in self.rows)

    @property
    def next_due(self) -> Held | None:
        """The next instalment that is not whole."""
        return next((row for row in self.rows if row.missing_cents), None)

    @property
    def coming(self) -> Held | None:
        """The next instalment whose day has not passed."""
        return next((row for row in self.rows if row.missing_cents and row.standing is Standing.AHEAD), None)

    @property
    def in_plan(self) -> bool:
        """Tell whether sums of a plan of arrears are still to be paid."""
        return any(row.due.kind is DueKind.PLAN and row.missing_cents for row in self.rows)

    @property
    def is_whole(self) -> bool:
        """Tell whether everything is paid."""
        return not self.left_cents


def settle(dues: Sequence[Due], paid_cents: int, *, on: date, grace_days: int = 0) -> Ledger:
    """Give what was paid to the oldest instalments first, and say where each stands on a day.

    An instalment is late from the day after its own, ``grace_days`` later.
    """
    left, rows = paid_cents, []
    for due in sorted(dues, key=Due.order):
        given = min(left, due.amount_cents)
        left -= given
        rows.append(Held(due, given, _standing(due, given, on, grace_days)))
    return Ledger(tuple(rows), left)


def _standing(due: Due, given: int, on: date, grace_days: int) -> Standing:
    if given == due.amount_cents:
        return Standing.PAID
    if (on - due.due_on).days <= grace_days:
        return Standing.AHEAD
    return Standing.PART if given else Standing.LATE


def days_to_second_miss(ledger: Ledger, *, on: date) -> int | None:
    """Return how many days are left before a second instalment is missed; None where no first one is.

    Zero or less: two are missed already, or the next one is due today.
    """
    late = ledger.late
    if not late:
        return None
    if len(late) > 1:
        return 0
    ahead = [row for row in ledger.rows if row.standing is Standing.AHEAD]
    return (ahead[0].due.due_on - on).days if ahead else max(60 - (on - late[0].due.due_on).days, 0)
