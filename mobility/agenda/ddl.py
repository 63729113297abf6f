"""What only the database can promise: nobody and no room in two places at once, no more people than seats.

PostgreSQL: exclusion constraints, and a trigger for the seats. SQLite: triggers. See ``fleet/ddl.py`` for why they may
be created again at any time.
"""

from __future__ import annotations

from mobility.core.guards import Guards

ADVISER_OVERLAP = "appointment_overlap"
ROOM_OVERLAP = "appointment_room_overlap"
INTERPRETER_OVERLAP = "appointment_interpreter_overlap"
PERSON_OVERLAP = "attendance_overlap"
SEATS = "attendance_seats"

_SEATED = "state IN ('expected', 'present')"
_SQLITE_ADVISER = """
CREATE TRIGGER appointment_no_overlap_{when}
BEFORE {event} ON appointment
WHEN NEW.state <> 'cancelled' AND EXISTS (
    SELECT 1 FROM appointment AS other
    WHERE other.adviser_id = NEW.adviser_id
      AND other.state <> 'cancelled'
      AND other.starts_at < NEW.blocked_until_at
      AND other.blocked_until_at > NEW.starts_at
      {besides}
)
BEGIN
    SELECT RAISE(ABORT, 'appointment_overlap');
END
"""
# A room and an interpreter are free again when the meeting ends: the pause after it is the adviser's own.
_SQLITE_RESOURCE = """
CREATE TRIGGER {name}_{when}
BEFORE {event} ON appointment
WHEN NEW.state <> 'cancelled' AND NEW.{column} IS NOT NULL AND EXISTS (
    SELECT 1 FROM appointment AS other
    WHERE other.{column} = NEW.{column}
      AND other.state <> 'cancelled'
      AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
      {besides}
)
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
_RESOURCES = ((ROOM_OVERLAP, "room_id"), (INTERPRETER_OVERLAP, "interpreter_id"))
_SQLITE_PERSON = """
CREATE TRIGGER attendance_no_overlap_{when}
BEFORE {event} ON attendance
WHEN NEW.state IN ('expected', 'present') AND EXISTS (
    SELECT 1 FROM attendance AS other
    WHERE other.person_id = NEW.person_id
      AND other.state IN ('expected', 'present')
      AND other.starts_at < NEW.ends_at
      AND other.ends_at > NEW.starts_at
      {besides}
)
BEGIN
    SELECT RAISE(ABORT, 'attendance_overlap');
END
"""
_SQLITE_SEATS = """
CREATE TRIGGER attendance_seats_{when}
BEFORE {event} ON attendance
WHEN NEW.state IN ('expected', 'present') AND (
    SELECT count(*) FROM attendance AS other
    WHERE other.appointment_id = NEW.appointment_id
      AND other.state IN ('expected', 'present')
      {besides}
) >= (SELECT seats FROM appointment WHERE id = NEW.appointment_id)
BEGIN
    SELECT RAISE(ABORT, 'attendance_seats');
END
"""
_BESIDES_ITSELF = "AND other.id <> OLD.id"

# The lock makes two people who want the last seat queue: without it neither transaction would see the other's row.
_POSTGRES_SEATS_FUNCTION = """
CREATE OR REPLACE FUNCTION attendance_within_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offered integer;
BEGIN
    IF NEW.state NOT IN ('expected', 'present') THEN
        RETURN NEW;
    END IF;
    SELECT seats INTO offered FROM appointment WHERE id = NEW.appointment_id FOR NO KEY UPDATE;
    IF (
        SELECT count(*) FROM attendance AS other
        WHERE other.appointment_id = NEW.appointment_id
          AND other.state IN ('expected', 'present')
          AND other.id IS DISTINCT FROM NEW.id
    ) >= offered THEN
        RAISE EXCEPTION 'attendance_seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_seats', TABLE = 'attendance';
    END IF;
    RETURN NEW;
END
$$
"""

APPOINTMENT_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE_ADVISER.format(when="insert", event="INSERT", besides=""),
        _SQLITE_ADVISER.format(when="update", event="UPDATE", besides=_BESIDES_ITSELF),
        *(
            _SQLITE_RESOURCE.format(name=name, column=column, when=when, event=when.upper(), besides=besides)
            for name, column in _RESOURCES
            for when, besides in (("insert", ""), ("update", _BESIDES_ITSELF))
        ),
    ),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        (
            f"ALTER TABLE appointment ADD CONSTRAINT {ADVISER_OVERLAP} EXCLUDE USING gist"
            " (adviser_id WITH =, tstzrange(starts_at, blocked_until_at) WITH &&) WHERE (state <> 'cancelled')"
        ),
        *(
            f"ALTER TABLE appointment ADD CONSTRAINT {name} EXCLUDE USING gist"
            f" ({column} WITH =, tstzrange(starts_at, ends_at) WITH &&)"
            f" WHERE (state <> 'cancelled' AND {column} IS NOT NULL)"
            for name, column in _RESOURCES
        ),
    ),
}
ATTENDANCE_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE_PERSON.format(when="insert", event="INSERT", besides=""),
        _SQLITE_PERSON.format(when="update", event="UPDATE", besides=_BESIDES_ITSELF),
        _SQLITE_SEATS.format(when="insert", event="INSERT", besides=""),
        _SQLITE_SEATS.format(when="update", event="UPDATE", besides=_BESIDES_ITSELF),
    ),
    "postgresql": (
        (
            f"ALTER TABLE attendance ADD CONSTRAINT {PERSON_OVERLAP} EXCLUDE USING gist"
            f" (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE ({_SEATED})"
        ),
        _POSTGRES_SEATS_FUNCTION,
        (
            "CREATE TRIGGER attendance_within_seats BEFORE INSERT OR UPDATE ON attendance"
            " FOR EACH ROW EXECUTE FUNCTION attendance_within_seats()"
        ),
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS {name}_{when}"
        for name in (
            "appointment_no_overlap",
            "attendance_no_overlap",
            "attendance_seats",
            ROOM_OVERLAP,
            INTERPRETER_OVERLAP,
        )
        for when in ("insert", "update")
    ),
    "postgresql": (
        f"ALTER TABLE IF EXISTS appointment DROP CONSTRAINT IF EXISTS {ADVISER_OVERLAP}",
        *(f"ALTER TABLE IF EXISTS appointment DROP CONSTRAINT IF EXISTS {name}" for name, _column in _RESOURCES),
        f"ALTER TABLE IF EXISTS attendance DROP CONSTRAINT IF EXISTS {PERSON_OVERLAP}",
        "DROP TRIGGER IF EXISTS attendance_within_seats ON attendance",
        "DROP FUNCTION IF EXISTS attendance_within_seats()",
    ),
}

GUARDS = Guards(APPOINTMENT_GUARDS, ATTENDANCE_GUARDS, drops=DROPS)
