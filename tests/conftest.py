"""Fixtures of every test: an application on a clean, real database.

``TEST_DATABASE=postgresql`` runs the same tests on PostgreSQL; SQLite is the default. The schema is
built once per process and each test starts from empty tables, so that tests may commit and use
threads, as the application does.
"""

from __future__ import annotations

import contextvars
import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlalchemy.orm import Session

SECRET = "a-secret-key-for-the-tests-only-0123456789"
DATABASE = os.environ.get("TEST_DATABASE", "sqlite")

# How fast examples are drawn says how busy the machine is, and nothing of the code.
hypothesis_settings.register_profile("house", suppress_health_check=[HealthCheck.too_slow], deadline=None)
hypothesis_settings.load_profile("house")


# Modules that build a large world for themselves: it takes longer to build than most of their tests to run.
WITH_A_WORLD = ("tests/integration/hostile/", "tests/integration/performance/")
# They ask every page for every actor, or wait for processes of their own. What they go through is measured by the
# tests of each room, and measuring it again here would take two fifths more time.
UNMEASURED = (*WITH_A_WORLD, "tests/race/", "tests/soak/", "tests/unit/carpool/test_match_command.py")
# Whole minutes, mostly of waiting: begun early, none of them is left alone with one process at the end.
LONG = (
    "tests/race/",
    "tests/soak/",
    "tests/integration/cli/test_processes.py",
    "tests/unit/carpool/test_match_command.py",
    "tests/e2e/test_every_page.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave some tests out of the measure of coverage, and let the long ones begin early where processes share them."""
    for item in items:
        if item.nodeid.startswith(UNMEASURED):
            item.add_marker(pytest.mark.no_cover)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each test to whichever process is free, but a module with a world, first of all, to one of them."""
    from xdist.scheduler import LoadScopeScheduling

    class ByWorld(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return module if module.startswith(WITH_A_WORLD) else nodeid

    return ByWorld(config, log)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database."""
    if DATABASE == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.sqlite'}"
        return
    from tests.support.postgres import Server

    server = Server()
    server.execute('CREATE DATABASE "test"')
    yield server.url("test")
    server.stop()


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of the tests' application."""
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "VAR_DIR": tmp_path_factory.mktemp("var"),
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "PUBLIC_URL": "http://mobilite.test",
        "COOKIE_SECURE": False,
        "DEMO": True,
    }


def plain_spaces(text: str) -> str:
    """Undo the typesetting of French spaces (mobility/core/typography.py), so that tests are written as sentences are."""
    return re.sub("\u00a0(?=[:»])|(?<=«)\u00a0|\u202f(?=[;?!])", " ", text)


class Browser(FlaskClient):
    """A browser without JavaScript. Each request runs in a context of its own, as on a server.

    Pages are handed to the test with ordinary spaces; test_typesetting.py looks at them as they leave.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request; the test's own session reads afresh after it."""
        from mobility.core.db import end_read

        if not has_app_context():  # a redirect that is followed, inside the first request's own context
            return super().open(*args, **kwargs)
        end_read()
        try:
            answer = contextvars.Context().run(super().open, *args, **kwargs)
        finally:
            end_read()
        if answer.mimetype == "text/html":
            answer.set_data(plain_spaces(answer.get_data(as_text=True)))
        return answer


@pytest.fixture(scope="session")
def application(settings: dict[str, Any]) -> Iterator[Flask]:
    """One application per process, its schema built."""
    os.environ["VAR_DIR"] = str(settings["VAR_DIR"])
    from mobility.accounts.services import passwords
    from mobility.app import create_app

    # A real hash takes a tenth of a second on purpose; here its cost proves nothing (see test_passwords.py).
    passwords.PasswordHasher = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    passwords.hasher.cache_clear()
    app = create_app(settings)
    app.test_client_class = Browser
    with app.app_context():
        build_schema()
    # Half a million objects of libraries and of the application stay to the end: the collector need not look at them.
    gc.collect()
    gc.freeze()
    yield app
    dispose(app)


def dispose(app: Flask) -> None:
    """Close the connections of an application that a test made: left open, they would fail whichever test comes next."""
    from mobility.core.db import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def build_schema() -> None:
    """Bring the (empty) database of the current application to the head of the migrations, as on a real one."""
    from mobility.migrations import runner

    runner.upgrade()


# Of some sixty tables a test fills a dozen: the others are only looked into. Deleting few rows takes a fiftieth of
# the time of a TRUNCATE; a table that grew is cut down to nothing all the same. Sequences begin anew.
_EMPTY_POSTGRESQL = """
DO $empty$
DECLARE
    one text;
    used boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH one IN ARRAY ARRAY[{tables}] LOOP
        IF pg_relation_size(quote_ident(one)::regclass) > 400000 THEN
            EXECUTE 'TRUNCATE ' || quote_ident(one) || ' CASCADE';
        ELSE
            EXECUTE 'DELETE FROM ' || quote_ident(one);
        END IF;
    END LOOP;
    PERFORM setval(quote_ident(sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END
$empty$
"""


def empty_tables() -> None:
    """Delete every row; guards that forbid deletion are set aside for it."""
    from mobility.core.db import Base, db

    tables = [table.name for table in Base.metadata.sorted_tables]
    if db.engine.dialect.name == "postgresql":
        names = ", ".join(f"'{name}'" for name in tables)
        with db.engine.begin() as connection:
            connection.exec_driver_sql(_EMPTY_POSTGRESQL.replace("{tables}", names))
        return
    raw = db.engine.raw_connection()
    try:
        cursor = raw.cursor()
        filled = [name for name in tables if cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")').fetchone()[0]]
        if not filled:
            return
        triggers = cursor.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({', '.join('?' * len(filled))})",
            filled,
        ).fetchall()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("BEGIN IMMEDIATE")
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for name in filled:
            cursor.execute(f'DELETE FROM "{name}"')
        for _name, sql in triggers:
            cursor.execute(sql)
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        raw.close()


@pytest.fixture
def app(application: Flask) -> Iterator[Flask]:
    """The application in a context, on empty tables."""
    with application.app_context():
        empty_tables()
        yield application


@pytest.fixture
def session(app: Flask) -> Session:
    """The session of the context."""
    from mobility.core.db import db

    return db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, signed out."""
    return app.test_client()


@pytest.fixture
def count_queries(app: Flask) -> Any:
    """A context manager that counts statements: ``with count_queries() as seen: …; seen.total``."""
    from mobility.core.db import db

    class Seen:
        def __init__(self) -> None:
            self.statements: list[str] = []

        @property
        def total(self) -> int:
            return len(self.statements)

    @contextmanager
    def counter() -> Iterator[Seen]:
        seen = Seen()

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
                seen.statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counter


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the sources."""
    return Path(__file__).resolve().parent.parent
