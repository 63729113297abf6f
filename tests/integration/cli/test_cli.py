"""The command line: each command does its work, and each bad input ends in one line and a status."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from mobility.core.config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PASSWORD = "Soleil-levant-42-sur-la-mer"


def _rows(url: str, query: str) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = list(connection.execute(text(query)))
    engine.dispose()
    return rows


def test_a_database_is_made_checked_and_taken_down(run: Any) -> None:
    status, _out, err = run("db", "check")
    assert (status, "is empty" in err) == (1, True)
    status, out, _err = run("db", "upgrade")
    assert (status, "from revision none to" in out) == (0, True)
    assert "up to date" in run("db", "upgrade")[1]
    assert run("db", "check")[0] == 0
    assert run("db", "downgrade", "base")[0] == 2
    assert run("db", "downgrade", "base", "--yes")[0] == 0
    assert run("db", "check")[0] == 1


def test_the_first_administrator_is_made(ready: Any, monkeypatch: pytest.MonkeyPatch, empty_url: str) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    arguments = ("user", "create-admin", "--name", "Ada  Lovelace", "--email", "Ada@Example.org", "--password-stdin")
    status, out, err = ready(*arguments)
    assert (status, out.strip()) == (0, "Administrator ada@example.org created."), err
    ((name, email),) = _rows(empty_url, 'SELECT display_name, email FROM "user"')
    assert (name, email) == ("Ada Lovelace", "ada@example.org")
    assert _rows(empty_url, "SELECT role FROM user_grant") == [("administrator",)]
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    assert ready(*arguments)[0] == 2


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", PASSWORD, "--email"),
        ("ada@example.org", "short", "mot de passe"),
        ("ada@example.org", "", "mot de passe"),
    ],
)
def test_a_bad_administrator_is_refused(
    ready: Any, monkeypatch: pytest.MonkeyPatch, empty_url: str, email: str, password: str, said: str
) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    status, _out, err = ready("user", "create-admin", "--name", "Ada", "--email", email, "--password-stdin")
    assert status == 2
    assert said in err
    assert _rows(empty_url, 'SELECT id FROM "user"') == []


def test_without_a_terminal_no_password_is_asked(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    status, _out, err = ready("user", "create-admin", "--name", "Ada", "--email", "ada@example.org")
    assert (status, "--password-stdin" in err) == (2, True)


def test_a_token_is_made_and_its_secret_kept_as_a_hash(ready: Any, empty_url: str) -> None:
    arguments = ("token", "create", "--name", "Planning", "--scope", "desks:read", "--scope", "loans:read")
    status, out, _err = ready(*arguments, "--days", "30")
    assert status == 0
    secret = out.strip()
    assert len(secret) > 30
    ((kept, ends),) = _rows(empty_url, "SELECT token_hash, expires_at FROM api_token")
    assert secret not in kept
    assert ends is not None
    status, _out, err = ready(*arguments)
    assert (status, "Planning" in err) == (2, True)
    status, _out, err = ready("token", "create", "--name", "x", "--scope", "desks:read", "--desk", "atlantis")
    assert (status, "atlantis" in err) == (2, True)


def test_jobs_are_listed_and_run(ready: Any) -> None:
    status, out, _err = ready("jobs", "list")
    assert status == 0
    names = [line.split()[1] for line in out.splitlines() if line.startswith(("ok", "LATE"))]
    assert len(names) >= 2
    status, out, err = ready("jobs", "run", names[0])
    assert (status, out.startswith(f"{names[0]}: {{")) == (0, True), err


def test_settings_are_shown_without_secrets(run: Any) -> None:
    status, out, _err = run("config", "show", SECRET_KEY="s" * 40, SMTP_PASSWORD="hush-hush", SMS_APP_KEY="hush-hush")
    assert status == 0
    assert [line.partition("=")[0] for line in out.splitlines()] == [setting.name for setting in SETTINGS]
    assert "hush" not in out
    assert "s" * 40 not in out
    _status, out, _err = run("config", "show", DATABASE_URL="postgresql://u:hush-hush@db.example/x")
    assert "hush" not in out
    assert "db.example" in out


BAD: list[tuple[tuple[str, ...], dict[str, str], int]] = [
    (("nonsense",), {}, 2),
    (("db", "nonsense"), {}, 2),
    (("db", "upgrade", "--nonsense"), {}, 2),
    (("db", "downgrade", "no_such_revision", "--yes"), {}, 2),
    (("jobs", "run", "no_such_job"), {}, 2),
    (("jobs", "run"), {}, 2),
    (("token", "create", "--name", "x", "--scope", "everything"), {}, 2),
    (("token", "create", "--name", "x"), {}, 2),
    (("token", "create", "--name", " ", "--scope", "desks:read"), {}, 2),
    (("token", "create", "--name", "x" * 121, "--scope", "desks:read"), {}, 2),
    (("token", "create", "--name", "x", "--scope", "desks:read", "--days", "0"), {}, 2),
    (("config", "show"), {"PORT": "many"}, 2),
    (("config", "show"), {"PORT": "70000"}, 2),
    (("config", "show"), {"SECRET_KEY": "short"}, 2),
    (("config", "show"), {"DATABASE_URL": "nonsense"}, 2),
    (("config", "show"), {"QUIET_FROM": "soon"}, 2),
    (("config", "show"), {"VAR_DIR": "/proc/nowhere"}, 2),
    (("db", "check"), {"DATABASE_URL": "nonsense"}, 2),
    (("db", "check"), {"DATABASE_URL": "mysql://u:hush@127.0.0.1/x"}, 2),
    (("db", "upgrade"), {"DATABASE_URL": "sqlite:////proc/nowhere/x.sqlite"}, 1),
    (("db", "upgrade"), {"DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, 1),
    (("jobs", "list"), {"DATABASE_URL": "sqlite:////proc/nowhere/x.sqlite"}, 1),
]


@pytest.mark.parametrize(("arguments", "environ", "wanted"), BAD)
def test_bad_input_ends_in_one_clear_line(
    run: Any, arguments: tuple[str, ...], environ: dict[str, str], wanted: int
) -> None:
    status, out, err = run(*arguments, **environ)
    said = [line for line in err.splitlines() if line.startswith("mobility: ")]
    assert (status, out) == (wanted, "")
    assert len(said) == 1
    assert len(said[0]) > len("mobility: ")
    assert "Traceback" not in err
    assert "hush" not in err


def test_tables_that_are_missing_are_said_to_be(run: Any) -> None:
    status, _out, err = run("jobs", "list")
    assert (status, "mobility db upgrade" in err) == (1, True)


def test_a_file_that_is_no_database_is_said_to_be(run: Any, tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("not a database at all, and long enough to be read as one" * 40)
    status, _out, err = run("db", "upgrade", DATABASE_URL=f"sqlite:///{tmp_path / 'x.sqlite'}")
    assert (status, "not a database" in err) == (1, True)


def test_a_locked_file_is_said_to_be(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.sqlite"
    assert ready("db", "upgrade", DATABASE_URL=f"sqlite:///{path}")[0] == 0
    monkeypatch.setattr("mobility.core.db.SQLITE_BUSY_SECONDS", 0)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(30)
        connection.execute("ROLLBACK")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        status, _out, err = ready("token", "create", "--name", "x", "--scope", "desks:read")
    finally:
        release.set()
        thread.join()
    assert (status, "locked" in err) == (1, True)


def test_help_names_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mobility", "--help"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    for name in ("config", "db", "demo", "jobs", "scheduler", "serve", "token", "up", "user"):
        assert f"\n  {name} " in done.stdout
