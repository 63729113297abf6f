"""What metadata cannot express of a room's tables (overlaps, what never changes): created, dropped, attached.

A room's ``ddl.py`` holds the statements of each database and one ``GUARDS``. Alembic's ``batch_alter_table`` copies a
table on SQLite and silently drops its triggers: guards may be created again at any time (see ``migrations.guards``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.engine import Connection

# The statements of each database, by the name of its dialect.
Statements = Mapping[str, Sequence[str]]


class Guards:
    """The guards of one or several tables: what creates those of each table, in order, and what drops them all."""

    def __init__(self, *creates: Statements, drops: Statements) -> None:
        self._creates, self._drops = creates, drops

    def create(self, connection: Connection) -> None:
        """Create the guards afresh; safe to call again. The tables must exist."""
        self.drop(connection)
        for statements in self._creates:
            _execute(connection, statements)

    def drop(self, connection: Connection) -> None:
        """Drop the guards if they are there, before the tables are altered or dropped. The tables must exist."""
        _execute(connection, self._drops)

    def attach(self, *tables: Any) -> None:
        """Create the guards of each table together with it, wherever ``metadata.create_all`` makes it."""
        for table, statements in zip(tables, self._creates, strict=True):
            _attach(table, statements)


def _attach(table: Table, statements: Statements) -> None:
    def guard(_target: Table, connection: Connection, **_options: Any) -> None:
        _execute(connection, statements)

    event.listen(table, "after_create", guard)


def _execute(connection: Connection, statements: Statements) -> None:
    for statement in statements[connection.dialect.name]:
        connection.exec_driver_sql(statement)
