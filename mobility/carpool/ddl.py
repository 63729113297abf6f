"""What only the database can promise: no more passengers than seats, no more contributions than the trip costs.

PostgreSQL: a trigger that locks the trip. SQLite: triggers (one writer at a time). See ``fleet/ddl.py`` for why they
may be created again at any time.
"""

from __future__ import annotations

from mobility.core.guards import Guards

SEATS = "carpool_ride_seats"
COST = "carpool_ride_cost"

_HELD = "('planned', 'done')"
_SQLITE = """
CREATE TRIGGER {name}_{when}
BEFORE {event} ON carpool_ride
WHEN NEW.state IN {held} AND NEW.{column} + (
    SELECT coalesce(sum(other.{column}), 0) FROM carpool_ride AS other
    WHERE other.trip_id = NEW.trip_id AND other.state IN {held} {besides}
) > (SELECT {bound} FROM carpool_trip WHERE id = NEW.trip_id)
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
# A trip does not shrink below those who sit in it.
_SQLITE_TRIP = """
CREATE TRIGGER {name}_trip
BEFORE UPDATE OF {bound} ON carpool_trip
WHEN NEW.{bound} < (
    SELECT coalesce(sum({column}), 0) FROM carpool_ride WHERE trip_id = NEW.id AND state IN {held}
)
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
_BOUNDS = ((SEATS, "seats", "seats"), (COST, "contribution_cents", "cost_cents"))
# The lock makes two people who want the last seat queue: without it neither transaction would see the other's row.
_POSTGRES = """
CREATE OR REPLACE FUNCTION carpool_ride_within_trip() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offered integer;
    cost integer;
    taken bigint;
    given bigint;
BEGIN
    IF NEW.state NOT IN ('planned', 'done') THEN
        RETURN NEW;
    END IF;
    SELECT seats, cost_cents INTO offered, cost FROM carpool_trip WHERE id = NEW.trip_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(seats), 0), coalesce(sum(contribution_cents), 0) INTO taken, given
    FROM carpool_ride AS other
    WHERE other.trip_id = NEW.trip_id AND other.state IN ('planned', 'done') AND other.id IS DISTINCT FROM NEW.id;
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
"""
_POSTGRES_TRIP = """
CREATE OR REPLACE FUNCTION carpool_trip_holds_rides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seats < (
        SELECT coalesce(sum(seats), 0) FROM carpool_ride WHERE trip_id = NEW.id AND state IN ('planned', 'done')
    ) THEN
        RAISE EXCEPTION 'carpool_ride_seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_seats', TABLE = 'carpool_trip';
    END IF;
    IF NEW.cost_cents < (
        SELECT coalesce(sum(contribution_cents), 0) FROM carpool_ride
        WHERE trip_id = NEW.id AND state IN ('planned', 'done')
    ) THEN
        RAISE EXCEPTION 'carpool_ride_cost'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'carpool_ride_cost', TABLE = 'carpool_trip';
    END IF;
    RETURN NEW;
END
$$
"""

RIDE_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        statement
        for name, column, bound in _BOUNDS
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
            _SQLITE_TRIP.format(name=name, column=column, bound=bound, held=_HELD),
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
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS {name}_{when}"
        for name, _column, _bound in _BOUNDS
        for when in ("insert", "update", "trip")
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS carpool_ride_within_trip ON carpool_ride",
        "DROP TRIGGER IF EXISTS carpool_trip_holds_rides ON carpool_trip",
        "DROP FUNCTION IF EXISTS carpool_ride_within_trip()",
        "DROP FUNCTION IF EXISTS carpool_trip_holds_rides()",
    ),
}

GUARDS = Guards(RIDE_GUARDS, drops=DROPS)
