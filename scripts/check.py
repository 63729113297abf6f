"""Run every check of the project, one step after another, and tell how long each took.

``make test`` calls it; ``--only lint`` (or another step's group) runs a part. All steps run even after a
failure, so that one run shows everything; the status is 1 if any failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
BROWSERS = ("chromium", "chromium-browser")
STEP_SECONDS = 30 * 60
WORKERS = os.environ.get("TEST_WORKERS", "2")
# What coverage is wanted, in percent of lines and branches: less is a failure.
COVERAGE_OVERALL, COVERAGE_RULES = 95.0, 100.0
# Everything that needs a database, run on both.
ON_A_DATABASE = ("tests/integration", "tests/race", "tests/soak")
PG_ONLY = "tests/integration/scheduler"


@dataclass(slots=True)
class Run:
    """What has been run so far."""

    results: list[tuple[str, str, float]] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="check-")))

    def step(self, name: str, act: Callable[[], bool]) -> None:
        """Run one step and note how it ended."""
        print(f"\n=== {name}", flush=True)
        started = time.monotonic()
        well = act()
        seconds = time.monotonic() - started
        self.results.append((name, "ok" if well else "FAILED", seconds))
        print(f"--- {name}: {'ok' if well else 'FAILED'} ({seconds:.0f} s)", flush=True)

    def command(self, name: str, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Run a command as a step, counted as one check."""

        def act() -> bool:
            well = _call(*command, env=env)
            self.passed += well
            self.failed += not well
            return well

        self.step(name, act)

    def pytest(self, name: str, *arguments: str, env: Mapping[str, str] | None = None, cover: bool = True) -> None:
        """Run tests as a step; each is counted."""
        slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
        report = self.scratch / f"{slug}.xml"
        options = ["-q", f"--junitxml={report}", "-m", "not soak"]
        if cover:
            options += ["--cov", "--cov-report="]

        def act() -> bool:
            well = _call(
                str(BIN / "python"), "-m", "pytest", *options, *arguments,
                env={**(env or {}), "COVERAGE_FILE": str(self.scratch / f".coverage.{slug}")},
            )  # fmt: skip
            passed, failed = _counts(report)
            self.passed += passed
            self.failed += failed or (not well)
            return well and passed > 0

        self.step(name, act)


def _call(*command: str, env: Mapping[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, check=False, timeout=STEP_SECONDS
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr, flush=True)
        return False
    return done.returncode == 0


def _counts(report: Path) -> tuple[int, int]:
    """Return how many tests of a JUnit report passed and failed."""
    if not report.exists():
        return 0, 0
    total = failed = skipped = 0
    for suite in ET.parse(report).getroot().iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed


def lint(run: Run) -> None:
    """Style, types, contracts between packages, templates."""
    python = str(BIN / "python")
    run.command("ruff check", python, "-m", "ruff", "check", ".")
    run.command("ruff format", python, "-m", "ruff", "format", "--check", "--quiet", ".")
    run.command("mypy --strict", python, "-m", "mypy")
    run.command("import contracts", str(BIN / "lint-imports"), "--no-cache")
    run.command("djlint", python, "-m", "djlint", "templates", "--lint", "--quiet")


def unit(run: Run) -> None:
    """Pure tests and the architecture's."""
    run.pytest("unit and architecture", "-n", WORKERS, "tests/unit", "tests/architecture")


def fast(run: Run) -> None:
    """The road engine once more, its loops compiled: numba in a folder of its own, as the normal lock leaves it out."""
    folder = run.scratch / "fast"
    installed = _call(
        str(BIN / "uv"), "pip", "install", "--quiet", "--python", str(BIN / "python"), "--target", str(folder),
        "--no-deps", "--require-hashes", "-r", "requirements-fast.txt",
    )  # fmt: skip
    if installed:
        # numpy is that of the environment: only what that lacks comes from the folder.
        for brought in folder.glob("numpy*"):
            shutil.rmtree(brought)
        env = {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(run.scratch / "numba")}
        names = ("hierarchy", "trips", "following", "prepared")
        run.pytest("compiled loops", *(f"tests/unit/geo/travel/test_{name}.py" for name in names), env=env, cover=False)
        return
    print("\n" + "!" * 100)
    print("!!! THE COMPILED LOOPS WERE NOT TRIED: numba cannot be installed here (requirements-fast.txt).")
    print("!" * 100, flush=True)
    run.results.append(("compiled loops", "FAILED" if CI else "SKIPPED", 0.0))
    run.failed += CI


def sqlite(run: Run) -> None:
    """Tests on a real database: SQLite."""
    run.pytest("integration on SQLite", "-n", WORKERS, *ON_A_DATABASE, env={"TEST_DATABASE": "sqlite"})


def postgresql(run: Run) -> None:
    """The same tests on a real PostgreSQL.

    Measuring takes two fifths more time and would count the same lines again; only what the scheduler does
    in its own way there is measured.
    """
    env = {"TEST_DATABASE": "postgresql"}
    run.pytest("scheduler on PostgreSQL", PG_ONLY, env=env)
    run.pytest("integration on PostgreSQL", "-n", WORKERS, *ON_A_DATABASE, f"--ignore={PG_ONLY}", env=env, cover=False)


def find_browser() -> str | None:
    """Return Chromium, installed first where that is possible."""
    for _attempt in range(2):
        for name in BROWSERS:
            if path := shutil.which(name):
                return path
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            return None
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        print("Installing Chromium…", flush=True)
        _call("apt-get", "update", "-qq", env=quiet)
        _call("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core", env=quiet)
    return None


def browser(run: Run) -> None:
    """Tests in Chromium. Without it: skipped with a loud line, except in CI."""
    path = find_browser()
    if path:
        run.pytest("browser", "-n", WORKERS, "tests/e2e", env={"CHROMIUM": path}, cover=False)
        return
    print("\n" + "!" * 100)
    print("!!! NO BROWSER TEST RAN: Chromium is missing and cannot be installed without root (apt install chromium).")
    print("!" * 100, flush=True)
    run.results.append(("browser", "FAILED" if CI else "SKIPPED", 0.0))
    run.failed += CI


def wheel(run: Run) -> None:
    """The wheel, built and tried in a clean environment."""
    run.pytest("wheel", "tests/smoke", cover=False)


def coverage(run: Run) -> None:
    """How much of the code the tests went through."""
    run.step("coverage", lambda: _coverage(run.scratch))


def _coverage(scratch: Path) -> bool:
    env = {"COVERAGE_FILE": str(scratch / ".coverage")}
    tool = (str(BIN / "python"), "-m", "coverage")
    if not any(scratch.glob(".coverage.*")) or not _call(*tool, "combine", "--quiet", str(scratch), env=env):
        print("Nothing was measured.")
        return False
    overall = _call(*tool, "report", "--skip-covered", "--sort=cover", f"--fail-under={COVERAGE_OVERALL}", env=env)
    print("\nRules:")
    rules = _call(
        *tool, "report", "--skip-covered", "--show-missing", "--include=*/rules.py,*/rules/*.py",
        f"--fail-under={COVERAGE_RULES}", env=env,
    )  # fmt: skip
    print(f"Wanted: {COVERAGE_OVERALL:.0f} % overall, {COVERAGE_RULES:.0f} % of the rules.")
    return overall and rules


GROUPS: Mapping[str, Callable[[Run], None]] = {
    "lint": lint,
    "unit": unit,
    "fast": fast,
    "sqlite": sqlite,
    "postgresql": postgresql,
    "browser": browser,
    "wheel": wheel,
    "coverage": coverage,
}


def main() -> int:
    """Run the groups asked for (all by default) and sum up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="run this group only; may be repeated")
    chosen = parser.parse_args().only or list(GROUPS)
    # Some machines ask Python to keep no bytecode: dozens of processes would each compile everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run = Run()
    started = time.monotonic()
    try:
        for name in chosen:
            GROUPS[name](run)
    finally:
        shutil.rmtree(run.scratch, ignore_errors=True)
    print()
    for name, outcome, seconds in run.results:
        print(f"{outcome:8} {seconds:6.0f} s  {name}")
    print(f"{'in all':8} {time.monotonic() - started:6.0f} s")
    print(f"{run.passed} passed, {run.failed} failed")
    return 1 if run.failed or any(outcome == "FAILED" for _name, outcome, _seconds in run.results) else 0


if __name__ == "__main__":
    sys.exit(main())
