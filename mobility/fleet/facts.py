"""What other rooms decide on: one vehicle as they need to know it, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mobility.fleet.kinds import Category, Energy, Equipment, Gearbox, LicenceCategory, ReservationKind


@dataclass(frozen=True, slots=True)
class Busy:
    """One reservation that is not released; the blocked range is half-open and holds the buffer."""

    reservation_id: int
    vehicle_id: int
    kind: ReservationKind
    starts_at: datetime
    ends_at: datetime
    blocked_from_at: datetime
    blocked_until_at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """A vehicle seen from a window of time.

    ``lendable_until_on``: last day of a loan that begins on the window's first day (``rules.NEVER``: it may
    not begin; None: no limit). ``free_since_at`` and ``free_until_at`` are the nearest end of a block before
    the window and the nearest start after it (None: none). ``overlapping`` are the blocks that meet the window,
    ``nearby`` all that meet the horizon around it, in order: enough to look for other times.
    """

    id: int
    desk_id: int
    category: Category
    plate: str | None
    name: str
    energy: Energy
    gearbox: Gearbox
    seats: int
    equipment: frozenset[Equipment]
    licence_category: LicenceCategory | None
    insurer_min_age_years: int | None
    insurer_min_seniority_months: int | None
    lendable_until_on: date | None
    odometer_km: int | None
    free_since_at: datetime | None
    free_until_at: datetime | None
    overlapping: tuple[Busy, ...]
    nearby: tuple[Busy, ...] = ()

    @property
    def is_free(self) -> bool:
        """Tell whether nothing meets the window."""
        return not self.overlapping

    def can_cover(self, last_on: date) -> bool:
        """Tell whether the papers hold to the last day of the loan."""
        return self.lendable_until_on is None or last_on <= self.lendable_until_on

    def is_free_until(self, instant: datetime) -> bool:
        """Tell whether nothing begins between the window and that instant (the loan's end and its buffer)."""
        return self.is_free and (self.free_until_at is None or instant <= self.free_until_at)

    def gap_before(self, start_at: datetime) -> timedelta | None:
        """Return the unused time left before a loan that begins then; None where nothing came before."""
        return None if self.free_since_at is None else start_at - self.free_since_at

    def gap_after(self, end_at: datetime) -> timedelta | None:
        """Return the unused time left after a block that ends then; None where nothing follows."""
        return None if self.free_until_at is None else self.free_until_at - end_at
