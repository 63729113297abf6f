"""What only the database can promise: no two uses of one vehicle, no odometer going back.

PostgreSQL: an exclusion constraint, and a trigger. SQLite: triggers. Metadata cannot express them, so they
are attached after ``CREATE TABLE`` and created again by migrations: Alembic's ``batch_alter_table`` copies
the table on SQLite and silently drops its triggers, hence guards may be called at any time.
"""

from __future__ import annotations

from mobility.core.guards import Guards

OVERLAP = "vehicle_reservation_overlap"
BACKWARDS = "odometer_reading_backwards"

_SQLITE_OVERLAP = """
CREATE TRIGGER vehicle_reservation_no_overlap_{when}
BEFORE {event} ON vehicle_reservation
WHEN NEW.released_at IS NULL AND EXISTS (
    SELECT 1 FROM vehicle_reservation AS other
    WHERE other.vehicle_id = NEW.vehicle_id
      AND other.released_at IS NULL
      AND other.blocked_from_at < NEW.blocked_until_at
      AND other.blocked_until_at > NEW.blocked_from_at
      {besides}
)
BEGIN
    SELECT RAISE(ABORT, 'vehicle_reservation_overlap');
END
"""
_SQLITE_BACKWARDS = """
CREATE TRIGGER odometer_reading_forward_{when}
BEFORE {event} ON odometer_reading
WHEN NEW.voided_at IS NULL AND EXISTS (
    SELECT 1 FROM odometer_reading AS other
    WHERE other.vehicle_id = NEW.vehicle_id
      AND other.voided_at IS NULL
      AND ((other.read_at <= NEW.read_at AND other.km > NEW.km)
        OR (other.read_at >= NEW.read_at AND other.km < NEW.km))
      {besides}
)
BEGIN
    SELECT RAISE(ABORT, 'odometer_reading_backwards');
END
"""
_BESIDES_ITSELF = "AND other.id <> OLD.id"

# The lock makes two readings of one vehicle queue: without it neither transaction would see the other's row.
_POSTGRES_BACKWARDS_FUNCTION = """
CREATE OR REPLACE FUNCTION odometer_reading_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.voided_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM vehicle WHERE id = NEW.vehicle_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM odometer_reading AS other
        WHERE other.vehicle_id = NEW.vehicle_id
          AND other.voided_at IS NULL
          AND other.id IS DISTINCT FROM NEW.id
          AND ((other.read_at <= NEW.read_at AND other.km > NEW.km)
            OR (other.read_at >= NEW.read_at AND other.km < NEW.km))
    ) THEN
        RAISE EXCEPTION 'odometer_reading_backwards'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'odometer_reading_backwards',
                  TABLE = 'odometer_reading';
    END IF;
    RETURN NEW;
END
$$
"""

RESERVATION_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE_OVERLAP.format(when="insert", event="INSERT", besides=""),
        _SQLITE_OVERLAP.format(when="update", event="UPDATE", besides=_BESIDES_ITSELF),
    ),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        (
            f"ALTER TABLE vehicle_reservation ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist"
            " (vehicle_id WITH =, tstzrange(blocked_from_at, blocked_until_at) WITH &&) WHERE (released_at IS NULL)"
        ),
    ),
}
ODOMETER_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE_BACKWARDS.format(when="insert", event="INSERT", besides=""),
        _SQLITE_BACKWARDS.format(when="update", event="UPDATE", besides=_BESIDES_ITSELF),
    ),
    "postgresql": (
        _POSTGRES_BACKWARDS_FUNCTION,
        (
            "CREATE TRIGGER odometer_reading_forward BEFORE INSERT OR UPDATE ON odometer_reading"
            " FOR EACH ROW EXECUTE FUNCTION odometer_reading_forward()"
        ),
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS vehicle_reservation_no_overlap_insert",
        "DROP TRIGGER IF EXISTS vehicle_reservation_no_overlap_update",
        "DROP TRIGGER IF EXISTS odometer_reading_forward_insert",
        "DROP TRIGGER IF EXISTS odometer_reading_forward_update",
    ),
    "postgresql": (
        f"ALTER TABLE IF EXISTS vehicle_reservation DROP CONSTRAINT IF EXISTS {OVERLAP}",
        "DROP TRIGGER IF EXISTS odometer_reading_forward ON odometer_reading",
        "DROP FUNCTION IF EXISTS odometer_reading_forward()",
    ),
}

GUARDS = Guards(RESERVATION_GUARDS, ODOMETER_GUARDS, drops=DROPS)
