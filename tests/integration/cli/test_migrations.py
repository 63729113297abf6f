"""The migrations: up, down, equal to the models, guarded, all or nothing."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from mobility.core.db import Base, db, transaction
from mobility.core.errors import ConfigError
from mobility.migrations import guards, runner
from tests.factories.fleet import a_desk, a_reservation, a_vehicle

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.fixture(autouse=True)
def _blind_spot_of_sqlite() -> Iterator[None]:
    """SQLite cannot read back indexes on expressions: ``_indexes`` compares their words instead."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index")
        yield


def _schema(connection: Connection) -> dict[str, Any]:
    """Describe tables as the database itself sees them, CHECK constraints included."""
    seen = inspect(connection)
    described: dict[str, Any] = {}
    for table in sorted(_tables(connection)):
        described[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], str(c["default"])) for c in seen.get_columns(table)},
            "checks": {c["name"]: " ".join(str(c["sqltext"]).split()) for c in seen.get_check_constraints(table)},
            "uniques": {c["name"]: tuple(c["column_names"]) for c in seen.get_unique_constraints(table)},
            "foreign": {
                f["name"]: (
                    tuple(f["constrained_columns"]),
                    f["referred_table"],
                    tuple(f["referred_columns"]),
                    f["options"].get("ondelete"),
                )
                for f in seen.get_foreign_keys(table)
            },
            "primary": tuple(seen.get_pk_constraint(table)["constrained_columns"]),
        }
    described["indexes"] = _indexes(connection)
    return described


def _indexes(connection: Connection) -> dict[str, str]:
    """Return each index with its words, expressions and conditions included."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if connection.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    rows = connection.execute(text(query))
    return {name: re.sub(r'[\s"]+', " ", words).strip() for name, words in rows if name != "alembic_version_pkc"}


def test_the_migrations_go_up_down_and_up_again(empty_app: Flask) -> None:
    assert runner.upgrade() == (None, runner.head())
    with db.engine.connect() as connection:
        first = _schema(connection)
        assert guards.missing(connection) == set()
    assert runner.downgrade("base") == (runner.head(), None)
    with db.engine.connect() as connection:
        assert _tables(connection) == set()
    runner.upgrade()
    with db.engine.connect() as connection:
        assert _schema(connection) == first
        assert guards.missing(connection) == set()


def test_every_step_goes_down_and_up_again(empty_app: Flask) -> None:
    script = runner.ScriptDirectory.from_config(runner.config())
    for revision in reversed(list(script.walk_revisions())):
        runner.upgrade(revision.revision)
        runner.downgrade(str(revision.down_revision or "base"))
        runner.upgrade(revision.revision)
    assert runner.check() == []


def test_the_head_is_what_the_models_say(empty_app: Flask) -> None:
    runner.upgrade()
    with db.engine.connect() as connection:
        assert runner.differences(connection) == []
        migrated = _schema(connection)
    runner.downgrade("base")
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
    Base.metadata.create_all(db.engine)
    with db.engine.connect() as connection:
        created = _schema(connection)
        assert guards.missing(connection) == set()
    assert migrated == created


def test_a_migrated_database_is_whole_and_an_empty_one_is_not(empty_app: Flask) -> None:
    assert runner.check() == ["the database is empty: run `mobility db upgrade`"]
    runner.upgrade()
    assert runner.check() == []


def test_upgrading_twice_changes_nothing(empty_app: Flask) -> None:
    runner.upgrade()
    assert runner.upgrade() == (runner.head(), runner.head())


def test_two_uses_of_one_vehicle_are_refused_on_the_migrated_head(empty_app: Flask) -> None:
    runner.upgrade()
    _attempt_overlap()


def _attempt_overlap() -> None:
    vehicle_id = a_vehicle(a_desk())
    a_reservation(vehicle_id, NINE, NINE + 2 * HOUR)
    with pytest.raises(IntegrityError, match="vehicle_reservation_overlap"):
        a_reservation(vehicle_id, NINE + HOUR, NINE + 3 * HOUR)
    a_reservation(vehicle_id, NINE + 2 * HOUR, NINE + 3 * HOUR)


def _batch(connection: Connection) -> None:
    """Rebuild the table of reservations as a batch migration does."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table(
        "vehicle_reservation", recreate="always" if connection.dialect.name == "sqlite" else "auto"
    ) as batch:
        batch.add_column(sa.Column("tried", sa.Integer(), nullable=True))


def test_a_batch_migration_drops_triggers_and_the_runner_puts_them_back(
    empty_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.upgrade()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect().execution_options(mobility_write=True) as connection, connection.begin() as attempt:
            guards.drop_all(connection)
            guards.create_all(connection)
            _batch(connection)
            assert guards.missing(connection), "a batch migration keeps triggers now: the runner's care is not needed"
            attempt.rollback()

    def one_more_step(_config: object, _target: str) -> None:
        _batch(_config.attributes["connection"])  # type: ignore[attr-defined]

    monkeypatch.setattr(command, "upgrade", one_more_step)
    runner.upgrade("tried")
    with db.engine.connect() as connection:
        assert "tried" in {column["name"] for column in inspect(connection).get_columns("vehicle_reservation")}
        assert guards.missing(connection) == set()
    _attempt_overlap()


def test_a_step_that_fails_leaves_the_database_as_it_was(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    runner.upgrade()
    with db.engine.connect() as connection:
        before = _schema(connection)

    def broken_step(_config: object, _target: str) -> None:
        connection = _config.attributes["connection"]  # type: ignore[attr-defined]
        _batch(connection)
        connection.execute(text("SELECT * FROM no_such_table"))

    monkeypatch.setattr(command, "upgrade", broken_step)
    with pytest.raises(DBAPIError):
        runner.upgrade("tried")
    with db.engine.connect() as connection:
        assert _schema(connection) == before
        assert guards.missing(connection) == set()
    _attempt_overlap()


def test_a_guard_that_somebody_dropped_is_named_and_put_back(empty_app: Flask) -> None:
    runner.upgrade()
    with db.engine.begin() as connection:
        guards.drop_all(connection)
    problems = runner.check()
    named = {match[1] for problem in problems if (match := re.match(r"guard (\w+) is missing", problem))}
    assert named == guards.names(db.engine.dialect.name)
    runner.upgrade()
    assert runner.check() == []


def test_an_unknown_revision_is_refused_in_words(empty_app: Flask) -> None:
    with pytest.raises(ConfigError, match="no_such"):
        runner.upgrade("no_such")


def test_foreign_keys_are_enforced_again_after_a_migration(empty_app: Flask) -> None:
    runner.upgrade()
    with pytest.raises(IntegrityError), transaction() as session:
        session.connection().execute(text("INSERT INTO desk_commune (desk_id, insee_code) VALUES (4242, '59606')"))
