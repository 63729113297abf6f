"""What the rooms' ``ddl.py`` promise, seen together: created, dropped and looked for as a whole.

Alembic's ``batch_alter_table`` copies a table on SQLite and silently drops its triggers, and a trigger that
names another table makes SQLite refuse the copy. So guards are dropped before the steps and created after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any, cast

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from mobility.rooms import ROOMS

_TRIGGER = re.compile(r"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER (?:IF NOT EXISTS )?\"?(\w+)", re.IGNORECASE)
_CONSTRAINT = re.compile(r"ADD CONSTRAINT \"?(\w+)", re.IGNORECASE)
_TABLE = re.compile(r"(?:\bON|ALTER TABLE(?: IF EXISTS)?) \"?(\w+)\"?", re.IGNORECASE)


@dataclass
class _Recorder:
    """Stands for a connection and remembers what it is asked to execute."""

    dialect_name: str
    statements: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> SimpleNamespace:
        return SimpleNamespace(name=self.dialect_name)

    def exec_driver_sql(self, statement: str, *_arguments: Any) -> None:
        self.statements.append(statement)

    def execute(self, statement: Any, *_arguments: Any) -> None:
        self.statements.append(str(statement))


def modules() -> list[ModuleType]:
    """Return the ``ddl`` modules of the rooms, lowest first."""
    names = [f"mobility.{room}.ddl" for room in ROOMS if find_spec(f"mobility.{room}")]
    return [import_module(name) for name in names if find_spec(name)]


def statements(module: ModuleType, dialect_name: str) -> list[str]:
    """Return what a room executes to create its guards on this kind of database."""
    recorder = _Recorder(dialect_name)
    module.GUARDS.create(cast("Connection", recorder))
    return [statement for statement in recorder.statements if not statement.lstrip().upper().startswith("DROP")]


def tables_of(module: ModuleType, dialect_name: str) -> set[str]:
    """Return the tables that a room's guards stand on."""
    found = set()
    for statement in statements(module, dialect_name):
        if (_TRIGGER.search(statement) or _CONSTRAINT.search(statement)) and (table := _TABLE.search(statement)):
            found.add(table[1])
    return found


def names(dialect_name: str) -> set[str]:
    """Return the names of every guard that a database of this kind must have."""
    found: set[str] = set()
    for module in modules():
        for statement in statements(module, dialect_name):
            found.update(_TRIGGER.findall(statement))
            found.update(_CONSTRAINT.findall(statement))
    return found


def _present_modules(connection: Connection) -> list[ModuleType]:
    """Return the rooms whose guarded tables all stand in this database."""
    tables = set(inspect(connection).get_table_names())
    return [module for module in modules() if tables_of(module, connection.dialect.name) <= tables]


def create_all(connection: Connection) -> None:
    """Create every guard afresh, of those rooms whose tables are there."""
    for module in _present_modules(connection):
        module.GUARDS.create(connection)


def drop_all(connection: Connection) -> None:
    """Drop every guard of those rooms whose tables are there."""
    for module in _present_modules(connection):
        module.GUARDS.drop(connection)


def missing(connection: Connection) -> set[str]:
    """Return the names of the guards that this database lacks."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' UNION SELECT conname FROM pg_constraint"
    return names(connection.dialect.name) - set(connection.execute(text(query)).scalars())
