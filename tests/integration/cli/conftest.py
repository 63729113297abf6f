"""An empty database of its own for each test, of the kind that TEST_DATABASE names, and the command on it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from mobility.cli import main
from mobility.core.config import SETTINGS
from mobility.core.db import db
from mobility.migrations.runner import bare_app

_number = count()


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    url = make_url(database_url)
    name = f"empty_{next(_number)}"
    where = {"host": str(url.query["host"]), "user": str(url.username), "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def empty_app(empty_url: str) -> Iterator[Flask]:
    """An application context on that database."""
    app = bare_app(empty_url)
    with app.app_context():
        yield app
        db.session.close()
        db.engine.dispose()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty_url: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command here, on an empty database; returns (status, out, err)."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", empty_url)

    def call(*arguments: str, **environ: str) -> tuple[int, str, str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def ready(run: Any) -> Any:
    """The same, on a database that is up to date."""
    assert run("db", "upgrade")[0] == 0
    return run
