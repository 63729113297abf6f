"""The database: one base, one session, one way to write.

``with transaction():`` is the only writer. The outermost block commits or rolls back; nested ones
join it. On SQLite a write transaction begins with ``BEGIN IMMEDIATE`` so that two writers queue
instead of failing, and reads stay deferred so that pages never become writers. A read transaction
that is open when a write begins is closed first, and what was loaded is read again: a decision is
never made on rows from before the lock.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Enum, Integer, MetaData, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from mobility.core.errors import NotFound, StaleVersion

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLITE_BUSY_SECONDS = 30
# Read through the memory of the system, which all processes share, instead of each connection's own two megabytes: a
# page about a desk reads its people one by one, wherever they stand in the file. The most that SQLite can map.
SQLITE_MAPPED_BYTES = 2**31 - 2**16


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; refuses naive values on the way in, restores the zone on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(enum: type[StrEnum], *, name: str | None = None) -> Enum:
    """Return a column type that stores the value of a StrEnum as text, with a named CHECK on the values."""
    return Enum(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name or re.sub(r"(?<!^)(?=[A-Z])", "_", enum.__name__).lower(),
    )


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads this very attribute


class Versioned:
    """A row whose concurrent edits are noticed: ``version`` rises with each UPDATE."""

    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Database(SQLAlchemy):
    """The extension without its asynchronous half, of which the house uses nothing."""

    def init_app(self, app: App) -> None:
        """Register on the application; contexts end without an event loop.

        The extension closes asynchronous sessions at the end of every context: a loop is made and run for it,
        at more than half a millisecond a request, and no context could end where a loop already runs.
        """
        super().init_app(app)
        app.teardown_appcontext_funcs[:] = [
            end for end in app.teardown_appcontext_funcs if not iscoroutinefunction(end)
        ]


db = Database(session_options={"expire_on_commit": False, "autoflush": True})
T = TypeVar("T", bound=Base)
_DEPTH = "transaction_depth"


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the write transaction, or join the one that is open. Commits at the outermost exit.

    Raises StaleVersion where a versioned row changed in between.
    """
    session = db.session
    depth: int = session.info.get(_DEPTH, 0)
    if depth == 0:
        _begin_write(session)
    session.info[_DEPTH] = depth + 1
    try:
        yield session
        if depth == 0:
            _commit(session)
        else:
            session.flush()
    except BaseException:
        if depth == 0:
            session.rollback()
        raise
    finally:
        session.info[_DEPTH] = depth


def _begin_write(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside of transaction()")
    _forget(session)
    session.connection(execution_options={"mobility_write": True})


def _forget(session: Session) -> None:
    """Close the read transaction and read every row again when it is next asked for."""
    if session.in_transaction():
        session.rollback()  # expires every row
    else:
        # There is nothing to roll back, and rows of an earlier transaction may be stale.
        session.expire_all()


def _commit(session: Session) -> None:
    from sqlalchemy.orm.exc import StaleDataError

    try:
        session.commit()
    except StaleDataError:
        raise StaleVersion from None


def in_transaction() -> bool:
    """Tell whether a ``transaction()`` block is open here."""
    return bool(db.session.info.get(_DEPTH, 0))


@contextmanager
def savepoint() -> Iterator[None]:
    """Open a savepoint inside the transaction: what fails in it is undone, the rest stays."""
    with db.session.begin_nested():
        yield


def end_read() -> None:
    """Close the read transaction of this request, so that long work (rendering, sending) holds nothing."""
    if not in_transaction():
        _forget(db.session)


def load(model: type[T], identity: int) -> T:
    """Return the row. Raises NotFound (also for ids that no column could hold)."""
    row = db.session.get(model, identity) if 0 <= identity < 2**31 else None
    if row is None:
        raise NotFound(f"{model.__tablename__} {identity}")
    return row


def lock(model: type[T], identity: int) -> T:
    """Return the row as it is now, held against other writers until the transaction ends. Raises NotFound."""
    if not in_transaction():
        raise RuntimeError("lock() needs transaction()")
    row = (
        db.session.get(model, identity, with_for_update={"of": model}, populate_existing=True)
        if 0 <= identity < 2**31
        else None
    )
    if row is None:
        raise NotFound(f"{model.__tablename__} {identity}")
    return row


def check_version(row: Versioned, expected: int | None) -> None:
    """Raise StaleVersion when the form was filled in from an older version of the row."""
    if expected is not None and row.version != expected:
        raise StaleVersion


def violated_constraint(error: IntegrityError | OperationalError) -> str:
    """Return the name of the constraint (or the trigger's message) that the database answered with.

    SQLite names unique constraints by their columns: « table.column, table.column ».
    """
    origin = error.orig
    diagnosis = getattr(origin, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    if name:
        return str(name)
    message = str(origin)
    return message.split("constraint failed: ", 1)[-1].strip()


def _on_connect(connection: object, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA mmap_size={SQLITE_MAPPED_BYTES}")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_SECONDS * 1000}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("mobility_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def watch_engine(engine: Engine) -> None:
    """Attach the connection habits (pragmas, kind of BEGIN) to an engine."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def engine_options(url: str) -> dict[str, Any]:
    """Return the options of ``create_engine`` for this address."""
    if url.startswith("sqlite"):
        return {"url": url, "connect_args": {"timeout": SQLITE_BUSY_SECONDS}}
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return {"url": url, "pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
