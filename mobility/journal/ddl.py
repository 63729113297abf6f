"""What only the database can promise: the journal is written once.

Entries refuse UPDATE and DELETE. Notes refuse DELETE, and allow one UPDATE: their text becomes empty
and ``erased_at`` is set. Guards may be called again at any time: Alembic's
``batch_alter_table`` silently drops SQLite triggers.
"""

from __future__ import annotations

from mobility.core.guards import Guards

APPEND_ONLY = "journal_append_only"

_ERASES_ONLY = "NEW.text = '' AND NEW.entry_id = OLD.entry_id AND NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL"

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {event} ON {table} {when}
BEGIN
    SELECT RAISE(ABORT, 'journal_append_only');
END
"""
_REFUSE = """
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journal_append_only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_append_only', TABLE = TG_TABLE_NAME;
END
$$
"""
_POSTGRES_ROW = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION journal_refuse()"
)
_POSTGRES_ALL = (
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
)

ENTRY_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE.format(table="journal_entry", verb="update", event="UPDATE", when=""),
        _SQLITE.format(table="journal_entry", verb="delete", event="DELETE", when=""),
    ),
    "postgresql": (
        _REFUSE,
        _POSTGRES_ROW.format(table="journal_entry", verb="update", event="UPDATE", when=""),
        _POSTGRES_ROW.format(table="journal_entry", verb="delete", event="DELETE", when=""),
        _POSTGRES_ALL.format(table="journal_entry"),
    ),
}
NOTE_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE.format(table="journal_note", verb="update", event="UPDATE", when=f"WHEN NOT ({_ERASES_ONLY})"),
        _SQLITE.format(table="journal_note", verb="delete", event="DELETE", when=""),
    ),
    "postgresql": (
        _REFUSE,
        _POSTGRES_ROW.format(table="journal_note", verb="update", event="UPDATE", when=f"WHEN (NOT ({_ERASES_ONLY}))"),
        _POSTGRES_ROW.format(table="journal_note", verb="delete", event="DELETE", when=""),
        _POSTGRES_ALL.format(table="journal_note"),
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS {table}_no_{verb}"
        for table in ("journal_entry", "journal_note")
        for verb in ("update", "delete")
    ),
    "postgresql": (
        *(
            f"DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table}"
            for table in ("journal_entry", "journal_note")
            for verb in ("update", "delete", "truncate")
        ),
        "DROP FUNCTION IF EXISTS journal_refuse()",
    ),
}

GUARDS = Guards(ENTRY_GUARDS, NOTE_GUARDS, drops=DROPS)
