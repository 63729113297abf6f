"""Uses of vehicles through which a paper does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.fleet.facts import Busy
from mobility.fleet.kinds import PAPER_LABELS, STOPS, PaperKind
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.fleet.notices import first_day_without, gaps_within
from mobility.fleet.queries.candidates import busy
from mobility.fleet.queries.papers import paper_facts
from mobility.fleet.queries.scope import in_desks


@dataclass(frozen=True, slots=True)
class PaperConflict:
    """A use that somebody counts on, and a paper that does not hold through it.

    ``last_on`` is the paper's last day (``rules.NEVER``: none); ``missing_on`` the first day without it.
    """

    vehicle_id: int
    vehicle_name: str
    desk_id: int
    desk_name: str
    use: Busy
    kind: PaperKind
    last_on: date
    missing_on: date

    @property
    def label(self) -> str:
        """What the paper is called."""
        return PAPER_LABELS[self.kind]


def list_paper_conflicts(*, desk_ids: frozenset[int], now: datetime) -> list[PaperConflict]:
    """Return the uses ahead or running through which a paper lapses, the soonest first, in two queries."""
    rows = db.session.execute(
        select(VehicleReservation, Vehicle, Desk.name)
        .join(Vehicle, Vehicle.id == VehicleReservation.vehicle_id)
        .join(Desk, Desk.id == Vehicle.desk_id)
        .where(
            in_desks(Vehicle.desk_id, desk_ids),
            or_(Vehicle.retired_on.is_(None), Vehicle.retired_on > day_of(now)),
            VehicleReservation.released_at.is_(None),
            VehicleReservation.ends_at > now,
            VehicleReservation.kind.not_in(STOPS),
        )
        .order_by(VehicleReservation.starts_at, VehicleReservation.id)
    ).all()
    facts = paper_facts(list({vehicle.id: vehicle for _use, vehicle, _name in rows}.values()))
    found = []
    for use, vehicle, desk_name in rows:
        first_on = max(day_of(use.starts_at), day_of(now))
        found += [
            PaperConflict(
                vehicle_id=vehicle.id,
                vehicle_name=vehicle.name,
                desk_id=vehicle.desk_id,
                desk_name=desk_name,
                use=busy(use),
                kind=gap.kind,
                last_on=gap.last_on,
                missing_on=first_day_without(gap, first_on),
            )
            for gap in gaps_within(facts[vehicle.id], first_on, day_of(use.ends_at))
        ]
    return sorted(found, key=lambda one: (one.missing_on, one.use.starts_at, one.use.reservation_id, one.kind))
