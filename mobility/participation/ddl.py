"""What only the database can promise: a count that was frozen never changes.

Snapshots refuse UPDATE and DELETE. Guards may be called again at any time, as that of the journal.
"""

from __future__ import annotations

from mobility.core.guards import Guards

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
SNAPSHOT_GUARDS: dict[str, tuple[str, ...]] = {
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

GUARDS = Guards(SNAPSHOT_GUARDS, drops=DROPS)
