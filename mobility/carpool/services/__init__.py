"""The use cases of carpooling, one transaction each."""

from mobility.carpool.services.trips_index import (
    DROPPED_KEPT,
    PAST_KEPT,
    OfferedTrip,
    drop_trips,
    put_trips,
    tidy_trips,
)

__all__ = ["DROPPED_KEPT", "PAST_KEPT", "OfferedTrip", "drop_trips", "put_trips", "tidy_trips"]
