"""Write a migration from the difference between the models and the migrations.

``python scripts/new_migration.py "Add the note"`` writes the next one; ``--initial`` writes 0001 anew, whole.
Works on a throw-away PostgreSQL, since SQLite cannot read back indexes on expressions and Alembic would leave them
out; the developer's own database is never touched. Read what it wrote before committing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from alembic import command

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mobility.core.db import db
from mobility.migrations import runner
from tests.support.postgres import Server

VERSIONS = runner.FOLDER / "versions"


def main() -> int:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="", help="what changes, in the imperative")
    parser.add_argument("--initial", action="store_true", help="write 0001_initial anew, whole")
    arguments = parser.parse_args()
    if not arguments.initial and not arguments.message.strip():
        print('Say what changes: make migration MESSAGE="Add the note"', file=sys.stderr)
        return 2
    if arguments.initial:
        later = [path.name for path in VERSIONS.glob("*.py") if not path.name.startswith(("0001_", "__"))]
        if later:
            print(f"There are later migrations already: {', '.join(sorted(later))}", file=sys.stderr)
            return 2
        for path in VERSIONS.glob("0001_*.py"):
            path.unlink()
    server = Server()
    with runner.bare_app(server.url("postgres")).app_context():
        runner.load_models()
        if not arguments.initial:
            runner.upgrade()
        number = f"{len(list(VERSIONS.glob('[0-9]*.py'))) + 1:04d}"
        with db.engine.begin() as connection:
            command.revision(
                runner.config(connection),
                message="Initial" if arguments.initial else arguments.message.strip(),
                autogenerate=True,
                rev_id=number,
            )
        db.engine.dispose()
    server.stop()
    (written,) = VERSIONS.glob(f"{number}_*.py")
    # Alembic writes conditions as they go to the driver, where a percent sign is doubled.
    written.write_text(written.read_text(encoding="utf-8").replace("%%", "%"), encoding="utf-8")
    for tool in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *tool, "--quiet", str(written)], check=False)
    print(f"Wrote {written.relative_to(Path.cwd())}. Read it, then run make test.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
