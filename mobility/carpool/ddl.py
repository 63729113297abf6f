"""What only the database can promise: no more passengers than seats, no more contributions than the trip costs.

Passengers are ours and those whom other services book in for a day that they named (``carpool_booking``).

PostgreSQL: a trigger that locks the trip. SQLite: triggers (one writer at a time). See ``fleet/ddl.py`` for why they
may be created again at any time.
"""

from __future__ import annotations

from mobility.core.guards import Guards

SEATS = "carpool_ride_seats"
COST = "carpool_ride_cost"

_HELD = "('planned', 'done')"
# What another service's user has a place by; a booking that names no day holds none.
_BOOKED = "('CONFIRMED', 'COMPLETED_PENDING_VALIDATION', 'VALIDATED')"
_BOOKINGS = (
    "(SELECT count(*) FROM carpool_booking AS booking WHERE booking.offer_id = {offer} AND booking.shift_on = {on}"
    " AND booking.direction = {way} AND booking.status IN @BOOKED{besides})"
).replace("@BOOKED", _BOOKED)
# A driver's other seats of one day, as its trip says them, or the offer while nobody of ours rides.
_ROOM = (
    "coalesce((SELECT seats FROM carpool_trip WHERE offer_id = {offer} AND shift_on = {on} AND direction = {way}),"
    " (SELECT seats FROM carpool_offer WHERE id = {offer}))"
)
_RIDING = (
    "(SELECT coalesce(sum(ride.seats), 0) FROM carpool_ride AS ride JOIN carpool_trip AS trip ON trip.id = ride.trip_id"
    " WHERE trip.offer_id = {offer} AND trip.shift_on = {on} AND trip.direction = {way}"
    " AND ride.state IN @HELD)"
).replace("@HELD", _HELD)
_OF_NEW = {"offer": "NEW.offer_id", "on": "NEW.shift_on", "way": "NEW.direction"}
_OF_TRIP = {"offer": "trip.offer_id", "on": "trip.shift_on", "way": "trip.direction"}

_SQLITE = """
CREATE TRIGGER {name}_{when}
BEFORE {event} ON carpool_ride
WHEN NEW.state IN {held} AND NEW.{column} + (
    SELECT coalesce(sum(other.{column}), 0) FROM carpool_ride AS other
    WHERE other.trip_id = NEW.trip_id AND other.state IN {held} {besides}
) > (SELECT {bound} FROM carpool_trip AS trip WHERE trip.id = NEW.trip_id)
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
# A trip does not shrink below those who sit in it.
_SQLITE_TRIP = """
CREATE TRIGGER {name}_trip
BEFORE UPDATE OF {column} ON carpool_trip
WHEN NEW.{column} < {others} + (
    SELECT coalesce(sum({of_ride}), 0) FROM carpool_ride WHERE trip_id = NEW.id AND state IN {held}
)
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
_SQLITE_BOOKING = """
CREATE TRIGGER {name}_booking_{when}
BEFORE {event} ON carpool_booking
WHEN NEW.offer_id IS NOT NULL AND NEW.status IN {booked} AND {bookings} + {riding} + 1 > {room}
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
# Of the trip's columns: the ride's own, its bound (bookings take seats and cost nothing), the trip's bound.
_TAKEN_BY_OTHERS = _BOOKINGS.format(**_OF_TRIP, besides="")
_BOUNDS = (
    (SEATS, "seats", f"trip.seats - {_TAKEN_BY_OTHERS}", "seats", _BOOKINGS.format(**_OF_NEW, besides="")),
    (COST, "contribution_cents", "trip.cost_cents", "cost_cents", "0"),
)
_PARTS = {
    "@OTHER_BOOKINGS": _BOOKINGS.format(**_OF_NEW, besides=" AND booking.id IS DISTINCT FROM NEW.id"),
    "@BOOKINGS": _BOOKINGS.format(**_OF_NEW, besides=""),
    "@TAKEN_BY_OTHERS": _TAKEN_BY_OTHERS,
    "@RIDING": _RIDING.format(**_OF_NEW),
    "@ROOM": _ROOM.format(**_OF_NEW),
    "@BOOKED": _BOOKED,
    "@HELD": _HELD,
}


def _filled(statement: str) -> str:
    for name, part in _PARTS.items():
        statement = statement.replace(name, part)
    return statement


# Whoever wants the last seat queues at the offer, which is there before any trip, and then at the trip: without the locks
# neither transaction would see the other's row. What takes no more than it has asks for no lock.
_POSTGRES = _filled("""
CREATE OR REPLACE FUNCTION carpool_ride_within_trip() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    driven integer;
    offered integer;
    cost integer;
    taken bigint;
    given bigint;
BEGIN
    IF NEW.state NOT IN @HELD THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN @HELD AND OLD.trip_id = NEW.trip_id AND NEW.seats <= OLD.seats
        AND NEW.contribution_cents <= OLD.contribution_cents THEN
        RETURN NEW;
    END IF;
    SELECT offer_id INTO driven FROM carpool_trip WHERE id = NEW.trip_id;
    PERFORM 1 FROM carpool_offer WHERE id = driven FOR NO KEY UPDATE;
    SELECT trip.seats - @TAKEN_BY_OTHERS, trip.cost_cents INTO offered, cost
    FROM carpool_trip AS trip WHERE trip.id = NEW.trip_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(seats), 0), coalesce(sum(contribution_cents), 0) INTO taken, given
    FROM carpool_ride AS other
    WHERE other.trip_id = NEW.trip_id AND other.state IN @HELD AND other.id IS DISTINCT FROM NEW.id;
    IF taken + NEW.seats > offered THEN
        RAISE EXCEPTION 'carpool_ride_seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_seats', TABLE = 'carpool_ride';
    END IF;
    IF given + NEW.contribution_cents > cost THEN
        RAISE EXCEPTION 'carpool_ride_cost'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_cost', TABLE = 'carpool_ride';
    END IF;
    RETURN NEW;
END
$$
""")
_POSTGRES_TRIP = _filled("""
CREATE OR REPLACE FUNCTION carpool_trip_holds_rides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seats < @BOOKINGS + (
        SELECT coalesce(sum(seats), 0) FROM carpool_ride WHERE trip_id = NEW.id AND state IN @HELD
    ) THEN
        RAISE EXCEPTION 'carpool_ride_seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_seats', TABLE = 'carpool_trip';
    END IF;
    IF NEW.cost_cents < (
        SELECT coalesce(sum(contribution_cents), 0) FROM carpool_ride
        WHERE trip_id = NEW.id AND state IN @HELD
    ) THEN
        RAISE EXCEPTION 'carpool_ride_cost'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_cost', TABLE = 'carpool_trip';
    END IF;
    RETURN NEW;
END
$$
""")
_POSTGRES_BOOKING = _filled("""
CREATE OR REPLACE FUNCTION carpool_booking_within_trip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.offer_id IS NULL OR NEW.shift_on IS NULL OR NEW.status NOT IN @BOOKED THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status IN @BOOKED AND OLD.offer_id = NEW.offer_id
        AND OLD.shift_on = NEW.shift_on AND OLD.direction = NEW.direction THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM carpool_offer WHERE id = NEW.offer_id FOR NO KEY UPDATE;
    IF @OTHER_BOOKINGS
        + @RIDING + 1 > @ROOM THEN
        RAISE EXCEPTION 'carpool_ride_seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_seats', TABLE = 'carpool_booking';
    END IF;
    RETURN NEW;
END
$$
""")

RIDE_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        statement
        for name, column, bound, of_trip, others in _BOUNDS
        for statement in (
            _SQLITE.format(
                name=name, when="insert", event="INSERT", column=column, bound=bound, held=_HELD, besides=""
            ),
            _SQLITE.format(
                name=name,
                when="update",
                event="UPDATE",
                column=column,
                bound=bound,
                held=_HELD,
                besides="AND other.id <> OLD.id",
            ),
            _SQLITE_TRIP.format(name=name, column=of_trip, of_ride=column, others=others, held=_HELD),
        )
    ),
    "postgresql": (
        _POSTGRES,
        (
            "CREATE TRIGGER carpool_ride_within_trip BEFORE INSERT OR UPDATE ON carpool_ride"
            " FOR EACH ROW EXECUTE FUNCTION carpool_ride_within_trip()"
        ),
        _POSTGRES_TRIP,
        (
            "CREATE TRIGGER carpool_trip_holds_rides BEFORE UPDATE OF seats, cost_cents ON carpool_trip"
            " FOR EACH ROW EXECUTE FUNCTION carpool_trip_holds_rides()"
        ),
    ),
}
BOOKING_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        _SQLITE_BOOKING.format(
            name=SEATS,
            when=event.partition(" ")[0].lower(),
            event=event,
            booked=_BOOKED,
            bookings=_BOOKINGS.format(**_OF_NEW, besides=besides),
            riding=_RIDING.format(**_OF_NEW),
            room=_ROOM.format(**_OF_NEW),
        )
        for event, besides in (
            ("INSERT", ""),
            ("UPDATE OF status, offer_id, shift_on, direction", " AND booking.id <> OLD.id"),
        )
    ),
    "postgresql": (
        _POSTGRES_BOOKING,
        (
            "CREATE TRIGGER carpool_booking_within_trip BEFORE INSERT OR UPDATE ON carpool_booking"
            " FOR EACH ROW EXECUTE FUNCTION carpool_booking_within_trip()"
        ),
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        *(
            f"DROP TRIGGER IF EXISTS {name}_{when}"
            for name, *_columns in _BOUNDS
            for when in ("insert", "update", "trip")
        ),
        *(f"DROP TRIGGER IF EXISTS {SEATS}_booking_{when}" for when in ("insert", "update")),
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS carpool_ride_within_trip ON carpool_ride",
        "DROP TRIGGER IF EXISTS carpool_trip_holds_rides ON carpool_trip",
        "DROP TRIGGER IF EXISTS carpool_booking_within_trip ON carpool_booking",
        "DROP FUNCTION IF EXISTS carpool_ride_within_trip()",
        "DROP FUNCTION IF EXISTS carpool_trip_holds_rides()",
        "DROP FUNCTION IF EXISTS carpool_booking_within_trip()",
    ),
}

GUARDS = Guards(RIDE_GUARDS, BOOKING_GUARDS, drops=DROPS)
