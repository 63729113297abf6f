"""What only the database can promise: nobody pays for more than a project costs.

Two lines that are written at the same time each see that there is room: on PostgreSQL a line takes the lock of its
project first, and then counts; on SQLite there is one writer.
"""

from __future__ import annotations

from mobility.core.guards import Guards

STACK = "funding_stack_exceeds_project"

_SQLITE_LINE = """
CREATE TRIGGER funding_line_stack_{verb} AFTER {event} ON funding_line
WHEN NEW.state NOT IN ('refused', 'dropped') AND (
    SELECT coalesce(sum(amount_cents), 0) FROM funding_line WHERE project_id = NEW.project_id AND state NOT IN ('refused', 'dropped')
) > (SELECT amount_cents FROM project WHERE id = NEW.project_id)
BEGIN
    SELECT RAISE(ABORT, 'funding_stack_exceeds_project');
END
"""
_SQLITE_PROJECT = """
CREATE TRIGGER project_stack_update AFTER UPDATE ON project
WHEN (
    SELECT coalesce(sum(amount_cents), 0) FROM funding_line WHERE project_id = NEW.id AND state NOT IN ('refused', 'dropped')
) > NEW.amount_cents
BEGIN
    SELECT RAISE(ABORT, 'funding_stack_exceeds_project');
END
"""
_PG_LINE_FUNCTION = """
CREATE OR REPLACE FUNCTION funding_line_stack() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cost integer;
    paid bigint;
BEGIN
    SELECT amount_cents INTO cost FROM project WHERE id = NEW.project_id FOR UPDATE;
    SELECT coalesce(sum(amount_cents), 0) INTO paid FROM funding_line WHERE project_id = NEW.project_id AND state NOT IN ('refused', 'dropped');
    IF NEW.state NOT IN ('refused', 'dropped') AND paid > cost THEN
        RAISE EXCEPTION 'funding_stack_exceeds_project' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'funding_stack_exceeds_project', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""
_PG_PROJECT_FUNCTION = """
CREATE OR REPLACE FUNCTION project_stack() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid bigint;
BEGIN
    SELECT coalesce(sum(amount_cents), 0) INTO paid FROM funding_line WHERE project_id = NEW.id AND state NOT IN ('refused', 'dropped');
    IF paid > NEW.amount_cents THEN
        RAISE EXCEPTION 'funding_stack_exceeds_project' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'funding_stack_exceeds_project', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""
_PG_LINE = (
    "CREATE TRIGGER funding_line_stack AFTER INSERT OR UPDATE ON funding_line"
    " FOR EACH ROW EXECUTE FUNCTION funding_line_stack()"
)
# The project's own trigger reads the lines, so it comes with the table that is made last.
_LINE = {
    "sqlite": (
        _SQLITE_LINE.format(verb="insert", event="INSERT"),
        _SQLITE_LINE.format(verb="update", event="UPDATE"),
        _SQLITE_PROJECT,
    ),
    "postgresql": (
        _PG_LINE_FUNCTION,
        _PG_PROJECT_FUNCTION,
        _PG_LINE,
        "CREATE TRIGGER project_stack AFTER UPDATE ON project FOR EACH ROW EXECUTE FUNCTION project_stack()",
    ),
}
_DROPS = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS funding_line_stack_insert",
        "DROP TRIGGER IF EXISTS funding_line_stack_update",
        "DROP TRIGGER IF EXISTS project_stack_update",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS funding_line_stack ON funding_line",
        "DROP TRIGGER IF EXISTS project_stack ON project",
        "DROP FUNCTION IF EXISTS funding_line_stack()",
        "DROP FUNCTION IF EXISTS project_stack()",
    ),
}

GUARDS = Guards(_LINE, drops=_DROPS)
