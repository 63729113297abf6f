"""Bring a database to a revision, and tell whether it is whole."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Connection

from mobility.core import db as database
from mobility.core.db import Base, db
from mobility.core.errors import ConfigError
from mobility.migrations import guards
from mobility.rooms import ROOMS

FOLDER = Path(__file__).resolve().parent
_CORE_MODELS = ("mobility.core.job_models", "mobility.core.web.once")
_UPGRADE_LOCK = 0x6D6F62696C697465  # "mobilite", for pg_advisory_xact_lock
_SHOWN = 5


def load_models() -> None:
    """Import every table, so that the metadata is whole."""
    for name in _CORE_MODELS:
        import_module(name)
    for room in ROOMS:
        if find_spec(f"mobility.{room}") and find_spec(f"mobility.{room}.models"):
            import_module(f"mobility.{room}.models")


def bare_app(url: str) -> Flask:
    """Return an application with this database and nothing else: the schema needs no pages."""
    app = Flask("mobility")
    app.config["SQLALCHEMY_ENGINES"] = {"default": database.engine_options(url)}
    db.init_app(app)
    with app.app_context():
        database.watch_engine(db.engine)
    return app


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; no file is needed."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def head() -> str | None:
    """Return the newest revision that this version of the software knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current(connection: Connection) -> str | None:
    """Return the revision of the database; None for one without tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _schema_transaction() -> Iterator[Connection]:
    """Open one transaction for a change of the schema; foreign keys are checked at its end, guards are back."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect().execution_options(mobility_write=True) as connection:
        raw = connection.connection.driver_connection
        if sqlite and raw is not None:
            # Tables are copied and renamed; SQLite ignores this pragma once a transaction is open.
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
                guards.drop_all(connection)
                yield connection
                guards.create_all(connection)
                if broken := broken_foreign_keys(connection):
                    raise ConfigError(f"the migration would break foreign keys: {broken[0]}")
        finally:
            if sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")


def upgrade(target: str = "head") -> tuple[str | None, str | None]:
    """Bring the database up to a revision. Returns (before, after). Raises ConfigError for an unknown one."""
    return _migrate(command.upgrade, target)


def downgrade(target: str) -> tuple[str | None, str | None]:
    """Bring the database down to a revision (``base``: no table left). Returns (before, after)."""
    return _migrate(command.downgrade, target)


def _migrate(act: Any, target: str) -> tuple[str | None, str | None]:
    if head() is None:
        raise ConfigError("this version of the software holds no migration")
    database.end_read()
    try:
        with db.engine.connect() as connection:
            before = current(connection)
            whole = target == "head" and before == head() and not guards.missing(connection)
        if whole:
            return before, before
        load_models()
        with _schema_transaction() as connection:
            before = current(connection)
            act(config(connection), target)
            after = current(connection)
    except CommandError as error:
        raise ConfigError(str(error)) from error
    return before, after


def holds_data() -> bool:
    """Tell whether anybody has begun to use the database: it has a desk or a user."""
    query = 'SELECT 1 FROM desk UNION ALL SELECT 1 FROM "user" LIMIT 1'
    with db.engine.connect() as connection:
        return connection.execute(text(query)).first() is not None


def broken_foreign_keys(connection: Connection) -> list[str]:
    """Return the rows that name a row which is not there. PostgreSQL never has any."""
    if connection.dialect.name != "sqlite":
        return []
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"{table} {row_id} names a missing {parent}" for table, row_id, parent, _number in rows]


def differences(connection: Connection) -> list[Any]:
    """Return what distinguishes the database from the models, as Alembic sees it."""
    load_models()
    ignored = guards.names(connection.dialect.name)

    def keep(_item: object, name: str | None, *_rest: object) -> bool:
        return name not in ignored

    context = MigrationContext.configure(connection, opts={"include_object": keep, "compare_type": True})
    with warnings.catch_warnings():
        # SQLite cannot read back indexes on expressions; a test compares their words instead.
        warnings.filterwarnings("ignore", message=".*expression-based index")
        return list(compare_metadata(context, Base.metadata))


def check() -> list[str]:
    """Return what is wrong with the database, in plain words; nothing where it is whole."""
    load_models()
    with db.engine.connect() as connection:
        found = current(connection)
        if found is None:
            return ["the database is empty: run `mobility db upgrade`"]
        if found != head():
            return [f"the database is at revision {found}, this software needs {head()}: run `mobility db upgrade`"]
        problems = [
            f"guard {name} is missing: run `mobility db upgrade`" for name in sorted(guards.missing(connection))
        ]
        problems += [f"differs from the models: {_short(item)}" for item in differences(connection)[:_SHOWN]]
        problems += broken_foreign_keys(connection)[:_SHOWN]
        if connection.dialect.name == "sqlite":
            answer = str(connection.exec_driver_sql("PRAGMA quick_check").scalar())
            if answer != "ok":
                problems.append(f"the file is damaged: {answer[:200]}")
    return problems


def _short(difference: Any) -> str:
    return " ".join(str(difference).split())[:200]
