"""What only the database can promise: an entry of the ledger is never changed, never deleted.

Guards may be called again at any time: Alembic's ``batch_alter_table`` silently drops
SQLite triggers.
"""

from __future__ import annotations

from mobility.core.guards import Guards

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

ENTRY_GUARDS: dict[str, tuple[str, ...]] = {
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

GUARDS = Guards(ENTRY_GUARDS, drops=DROPS)
