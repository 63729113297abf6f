"""What only the database can promise: an entry of the ledger is never changed, never deleted.

``create_guards`` may be called again at any time: Alembic's ``batch_alter_table`` silently drops
SQLite triggers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.engine import Connection

from mobility.ledger.models import LedgerEntry

IMMUTABLE = "ledger_immutable"

_SQLITE = """
CREATE TRIGGER ledger_entry_no_{verb} BEFORE {event} ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'ledger_immutable');
END
"""
_REFUSE = """
CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_immutable'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_immutable', TABLE = TG_TABLE_NAME;
END
$$
"""
_POSTGRES = "CREATE TRIGGER ledger_entry_no_{verb} BEFORE {event} ON ledger_entry FOR EACH {each} EXECUTE FUNCTION ledger_refuse()"

GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (_SQLITE.format(verb="update", event="UPDATE"), _SQLITE.format(verb="delete", event="DELETE")),
    "postgresql": (
        _REFUSE,
        _POSTGRES.format(verb="update", event="UPDATE", each="ROW"),
        _POSTGRES.format(verb="delete", event="DELETE", each="ROW"),
        _POSTGRES.format(verb="truncate", event="TRUNCATE", each="STATEMENT"),
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": ("DROP TRIGGER IF EXISTS ledger_entry_no_update", "DROP TRIGGER IF EXISTS ledger_entry_no_delete"),
    "postgresql": (
        "DROP TRIGGER IF EXISTS ledger_entry_no_update ON ledger_entry",
        "DROP TRIGGER IF EXISTS ledger_entry_no_delete ON ledger_entry",
        "DROP TRIGGER IF EXISTS ledger_entry_no_truncate ON ledger_entry",
        "DROP FUNCTION IF EXISTS ledger_refuse()",
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


def _guard(_target: Table, connection: Connection, **_options: Any) -> None:
    _execute(connection, GUARDS)


event.listen(LedgerEntry.__table__, "after_create", _guard)
