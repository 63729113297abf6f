"""The carpooling of the walk's world: the heroine rides with an employer's staff; each side offers and asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from mobility.carpool import links
from mobility.carpool.cards import find_member_of
from mobility.carpool.kinds import MatchState
from mobility.carpool.models import CarpoolBooking, CarpoolReport, CarpoolRide
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.standard import telling
from mobility.carpool.states import Side
from mobility.core import links as core_links
from mobility.core.clock import today
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.people.models import Person
from tests.factories.carpool import a_colleague, a_day, a_hub, a_match, a_member, a_request, an_offer
from tests.factories.interop import a_letter, an_operator, booking_body


def ride_together(ids: dict[str, Any], heroine_id: int, now: datetime) -> None:
    """Note the ids of both members, of what they offer and ask, of their match, a ride, a report and a site."""
    desk, heroine = db.session.get_one(Desk, ids["desk_id"]), db.session.get_one(Person, heroine_id)
    hub = a_hub(desk.id, created_at=now)
    colleague = a_colleague(desk, hub_id=hub.id, organisation_id=hub.organisation_id, declared_at=now, created_at=now)
    own = find_member_of(heroine_id) or a_member(heroine, created_at=now)
    with transaction():
        own.declared_at = own.declared_at or now
    begun: dict[str, Any] = {"created_at": now, "updated_at": now, "starts_on": today()}
    offer, request = an_offer(colleague, hub_id=hub.id, **begun), a_request(own, **begun)
    ids["carpool_offer_id"], ids["own_carpool_request_id"] = offer.id, request.id
    ids["carpool_request_id"] = a_request(colleague, **begun).id
    ids["own_carpool_offer_id"] = an_offer(own, **begun).id
    match = a_match(
        offer, request, state=MatchState.CONFIRMED, proposed_at=now, driver_agreed_at=now, passenger_agreed_at=now,
        starts_on=today(), trial_until_on=today(),
    )  # fmt: skip
    trip = a_day(
        offer, shift_on=today() + timedelta(days=2), depart_at=now + timedelta(days=2),
        arrive_at=now + timedelta(days=2, minutes=25),
    )  # fmt: skip
    with transaction() as session:
        ride = CarpoolRide(
            trip_id=trip.id, match_id=match.id, shift_on=trip.shift_on, direction=trip.direction,
            pickup_at=trip.depart_at, dropoff_at=trip.arrive_at, pickup_label="Mairie de Raismes",
            pickup_latitude=50.39, pickup_longitude=3.485, contribution_cents=80,
        )  # fmt: skip
        report = CarpoolReport(
            desk_id=desk.id, match_id=match.id, by_member_id=colleague.id, text="Personne au rendez-vous.", at=now
        )
        session.add_all([ride, report])
        session.flush()
        ids["ride_id"], ids["report_id"] = ride.id, report.id
    ids["match_id"], ids["member_id"], ids["hub_id"] = match.id, colleague.id, hub.id
    ids["carpool_token"] = links.make(colleague, now=now)
    ids["poster_token"] = links.poster_url(hub).rsplit("/", 1)[1]
    service = an_operator()
    ids["operator_id"], ids["letter_id"] = service.id, a_letter(service, colleague, at=now).id
    with transaction() as session:
        booking = CarpoolBooking(
            uuid=str(uuid4()), operator_id=ids["operator_id"], member_id=colleague.id, our_side=Side.DRIVER, offer_id=offer.id,
            status=BookingStatus.WAITING_CONFIRMATION, pickup_at=now + timedelta(days=2), created_at=now, updated_at=now,
            content=booking_body(colleague, pickup_at=now + timedelta(days=2)),
        )  # fmt: skip
        session.add(booking)
        session.flush()
        ids["outside_booking_id"] = booking.id
        ids["booking_token"] = core_links.sign(telling.PURPOSE, {"b": booking.id}, now=now, lifetime=timedelta(days=14))
