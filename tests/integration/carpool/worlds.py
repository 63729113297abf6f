"""A driver without account and people who work the same hours, as the tests of matches and days need them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from mobility.carpool.kinds import Timing
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.services import agreeing
from mobility.carpool.states import Side
from mobility.core.clock import at_paris
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel
from tests.factories.carpool import a_colleague, a_match, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.notifications import make_point
from tests.factories.pathway import a_roster, an_objective
from tests.factories.people import make_person

# A Sunday at noon: the first shift of everybody is on the next morning at five.
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
PICKUP = at_paris(MONDAY, time(4, 12))
LEGS: dict[str, Any] = {
    "there": {
        "pickup": {"label": "Mairie de Raismes", "latitude": 50.39, "longitude": 3.485},
        "dropoff": {"label": "Usine", "latitude": 50.385, "longitude": 3.6},
        "pickup_minutes": -48, "dropoff_minutes": -20, "metres": 9000, "trip_metres": 12000,
        "detour_seconds": 360, "walk_seconds": 120, "wait_seconds": 0, "ride_seconds": 1680,
    },
    "back": {
        "pickup": {"label": "Usine", "latitude": 50.385, "longitude": 3.6},
        "dropoff": {"label": "Mairie de Raismes", "latitude": 50.39, "longitude": 3.485},
        "pickup_minutes": 10, "dropoff_minutes": 38, "metres": 9000, "trip_metres": 12000,
        "detour_seconds": 360, "walk_seconds": 120, "wait_seconds": 0, "ride_seconds": 1680,
    },
}  # fmt: skip


@dataclass
class World:
    """A desk, Sophie who drives (staff of an employer), and Nadia who works at five."""

    desk: Desk
    driver: CarpoolMember
    offer: CarpoolOffer
    passenger: CarpoolMember
    objective_id: int
    request: CarpoolRequest
    match: CarpoolMatch

    def agree(self, match: CarpoolMatch | None = None, *, now: datetime = NOW) -> None:
        """Both say yes."""
        match_id = (match or self.match).id
        for side in Side:
            agreeing.accept(match_id=match_id, side=side, actor_id=None, now=now)

    def another(self, **values: Any) -> tuple[CarpoolMember, CarpoolRequest, CarpoolMatch]:
        """Somebody else who asks for the same way, and is proposed to the driver."""
        return a_passenger(self.desk, self.offer, **values)


def a_passenger(desk: Desk, offer: CarpoolOffer, **values: Any) -> tuple[CarpoolMember, CarpoolRequest, CarpoolMatch]:
    """Somebody with a roster who asks for the way, and their match."""
    person = make_person(desk=desk, **values)
    objective_id = an_objective(person.id, starts_on=MONDAY)
    a_roster(objective_id)
    member = a_member(person)
    request = a_request(member, timing=Timing.ROSTER, pattern={}, objective_id=objective_id)
    return member, request, a_match(offer, request, legs=LEGS)


def a_world(*, seats: int = 3, price_per_km_cents: int = 5) -> World:
    """A driver with seats, and one proposed match."""
    desk = make_desk("Denain")
    driver = a_colleague(desk, is_woman=True)
    make_point(recipient_id=driver.recipient_id, channel=Channel.SMS, value="+33611111111")
    offer = an_offer(driver, seats=seats, price_per_km_cents=price_per_km_cents)
    member, request, match = a_passenger(desk, offer, first_name="Nadia", last_name="Benali")
    make_point(recipient_id=member.recipient_id, channel=Channel.SMS, value="+33622222222")
    assert request.objective_id is not None
    return World(desk, driver, offer, member, request.objective_id, request, match)
