"""What only the database can promise: nobody pays for more than a project costs, no grant pays one thing twice.

Two lines that are written at the same time each see that there is room: on PostgreSQL a line takes the lock of its
project first, and then counts (a grant that of its person, and then looks at their other projects); on SQLite there is
one writer. Files that are merged may both have a grant: what both have stays, and is not written again.
"""

from __future__ import annotations

from mobility.core.guards import Guards

STACK = "funding_stack_exceeds_project"
TWICE = "funding_grant_twice"
# The same grant in another project of the same person for the same purpose.
_ELSEWHERE = """SELECT 1 FROM funding_line AS line JOIN project AS other ON other.id = line.project_id
    JOIN project AS own ON own.id = NEW.project_id
    WHERE line.code = NEW.code AND line.source = 'grant' AND line.state NOT IN ('refused', 'dropped')
    AND other.id <> own.id AND other.person_id = own.person_id AND other.purpose = own.purpose"""
_ANOTHER = """SELECT 1 FROM funding_line AS mine JOIN funding_line AS line ON line.code = mine.code
    JOIN project AS other ON other.id = line.project_id
    WHERE mine.project_id = NEW.id AND mine.source = 'grant' AND mine.state NOT IN ('refused', 'dropped')
    AND line.source = 'grant' AND line.state NOT IN ('refused', 'dropped')
    AND other.id <> NEW.id AND other.person_id = NEW.person_id AND other.purpose = NEW.purpose"""
_NEWLY = "(OLD.state IN ('refused', 'dropped') OR OLD.code <> NEW.code OR OLD.project_id <> NEW.project_id)"

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
_SQLITE_TWICE = """
CREATE TRIGGER {name} AFTER {event} WHEN {when} AND EXISTS ({found})
BEGIN
    SELECT RAISE(ABORT, 'funding_grant_twice');
END
"""
_PG_TWICE_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM person WHERE id = {person} FOR NO KEY UPDATE;
    IF EXISTS ({found}) THEN
        RAISE EXCEPTION 'funding_grant_twice' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'funding_grant_twice', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""
_PG_TWICE = "CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {function}()"
# Name, event, when it is looked at, what refuses it.
_NEW = "NEW.source = 'grant' AND NEW.state NOT IN ('refused', 'dropped')"
_TWICE: tuple[tuple[str, str, str, str], ...] = (
    ("funding_line_twice_insert", "INSERT ON funding_line", _NEW, _ELSEWHERE),
    ("funding_line_twice_update", "UPDATE ON funding_line", f"{_NEW} AND {_NEWLY}", _ELSEWHERE),
    ("project_twice_update", "UPDATE ON project", "OLD.purpose <> NEW.purpose", _ANOTHER),
)
_PG_TWICE_CREATES = (
    _PG_TWICE_FUNCTION.format(
        name="funding_line_twice", person="(SELECT person_id FROM project WHERE id = NEW.project_id)", found=_ELSEWHERE
    ),
    _PG_TWICE_FUNCTION.format(name="project_twice", person="NEW.person_id", found=_ANOTHER),
    *(
        _PG_TWICE.format(name=name, event=event, when=when, function=name.rpartition("_")[0])
        for name, event, when, _found in _TWICE
    ),
)
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
        *(_SQLITE_TWICE.format(name=name, event=event, when=when, found=found) for name, event, when, found in _TWICE),
    ),
    "postgresql": (
        _PG_LINE_FUNCTION,
        _PG_PROJECT_FUNCTION,
        _PG_LINE,
        "CREATE TRIGGER project_stack AFTER UPDATE ON project FOR EACH ROW EXECUTE FUNCTION project_stack()",
        *_PG_TWICE_CREATES,
    ),
}
_DROPS = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS funding_line_stack_insert",
        "DROP TRIGGER IF EXISTS funding_line_stack_update",
        "DROP TRIGGER IF EXISTS project_stack_update",
        *(f"DROP TRIGGER IF EXISTS {name}" for name, _event, _when, _found in _TWICE),
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS funding_line_stack ON funding_line",
        "DROP TRIGGER IF EXISTS project_stack ON project",
        *(f"DROP TRIGGER IF EXISTS {name} ON {event.split()[-1]}" for name, event, _when, _found in _TWICE),
        "DROP FUNCTION IF EXISTS funding_line_stack()",
        "DROP FUNCTION IF EXISTS project_stack()",
        "DROP FUNCTION IF EXISTS funding_line_twice()",
        "DROP FUNCTION IF EXISTS project_twice()",
    ),
}

GUARDS = Guards(_LINE, drops=_DROPS)
