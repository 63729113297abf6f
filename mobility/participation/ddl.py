"""What only the database can promise: a count that was frozen never changes.

Snapshots refuse UPDATE and DELETE. ``create_guards`` may be called again at any time, as that of the journal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.engine import Connection

FROZEN = "count_snapshot_frozen"

_SQLITE = """
CREATE TRIGGER count_snapshot_no_{verb} BEFORE {event} ON count_snapshot
BEGIN
    SELECT RAISE(ABORT, 'count_snapshot_frozen');
END
"""
_REFUSE = """
CREATE OR REPLACE FUNCTION count_snapshot_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'count_snapshot_frozen'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'count_snapshot_frozen', TABLE = TG_TABLE_NAME;
END
$$
"""
_ROW = (
    "CREATE TRIGGER count_snapshot_no_{verb} BEFORE {event} ON count_snapshot"
    " FOR EACH ROW EXECUTE FUNCTION count_snapshot_refuse()"
)
_ALL = (
    "CREATE TRIGGER count_snapshot_no_truncate BEFORE TRUNCATE ON count_snapshot"
    " FOR EACH STATEMENT EXECUTE FUNCTION count_snapshot_refuse()"
)
GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE.format(verb="update", event="UPDATE"),
        _SQLITE.format(verb="delete", event="DELETE"),
    ),
    "postgresql": (
        _REFUSE,
        _ROW.format(verb="update", event="UPDATE"),
        _ROW.format(verb="delete", event="DELETE"),
        _ALL,
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS count_snapshot_no_{verb}" for verb in ("update", "delete")),
    "postgresql": (
        *(
            f"DROP TRIGGER IF EXISTS count_snapshot_no_{verb} ON count_snapshot"
            for verb in ("update", "delete", "truncate")
        ),
        "DROP FUNCTION IF EXISTS count_snapshot_refuse()",
    ),
}


def create_guards(connection: Connection) -> None:
    """Create the guards afresh. The table must exist."""
    drop_guards(connection)
    _execute(connection, GUARDS)


def drop_guards(connection: Connection) -> None:
    """Drop the guards if they are there. The table must exist."""
    _execute(connection, DROPS)


def _execute(connection: Connection, statements: dict[str, tuple[str, ...]]) -> None:
    for statement in statements[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def attach(snapshots: Table) -> None:
    """Create the guards together with the table, wherever ``metadata.create_all`` makes it."""

    def guard(_target: Table, connection: Connection, **_options: Any) -> None:
        _execute(connection, GUARDS)

    event.listen(snapshots, "after_create", guard)
