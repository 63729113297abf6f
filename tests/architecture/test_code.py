"""The habits of docs/architecture.md that can be checked by reading the code."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import configure_mappers

import mobility
from mobility.core.db import Base
from mobility.migrations import runner

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = sorted(path for path in (ROOT / "mobility").rglob("*.py") if "versions" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# Enums that no person ever reads: names of acts in the code, of formats, of permissions.
NEVER_SHOWN = {
    "Permission", "MediaType", "PlateSystem", "Kind", "Handled",
    "ExtensionAction", "ExtensionOrigin", "MessageAction", "ObjectiveAction", "StepAction", "RightsAction",
    "RetentionMove", "ProposalKind", "BreakerState", "AppointmentAction", "AttendanceAction", "OfferAction", "WishEnd", "Why",
    "VisitAct", "PlanAction", "AccordAction", "RideAction", "TripAction",
    "Asking", "ProofClass", "Refusal", "PageState", "JoinState",
}  # fmt: skip


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _calls(path: Path, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def test_only_core_db_commits_and_rolls_back() -> None:
    found = {_name(path) for path in MODULES if any(_calls(path, "commit", "rollback"))}
    assert found == {"mobility/core/db.py"}


@pytest.mark.parametrize(("paths", "limit"), [(MODULES, 400), (TESTS, 500)], ids=["code", "tests"])
def test_a_module_stays_readable(paths: list[Path], limit: int) -> None:
    sizes = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {name: size for name, size in sizes.items() if size > limit} == {}


def test_relations_never_load_by_themselves() -> None:
    runner.load_models()
    configure_mappers()
    lazy = {
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy not in {"raise", "raise_on_sql", "write_only"}
    }
    assert lazy == set()


def test_every_constraint_of_a_table_has_a_name() -> None:
    runner.load_models()
    nameless = {
        f"{table.name}: {constraint}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    }
    assert nameless == set()


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(mobility.__path__, "mobility."):
        if ".migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_every_enum_that_people_see_has_a_french_label_for_each_value() -> None:
    enums: set[type[StrEnum]] = set()
    labelled: dict[type[StrEnum], set[Any]] = {}
    for module in _modules():
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, StrEnum) and value.__module__ == module.__name__:
                enums.add(value)
            if name.endswith("LABELS") and isinstance(value, Mapping) and value:
                first = next(iter(value))
                if isinstance(first, StrEnum):
                    labelled.setdefault(type(first), set()).update(value)
    assert {enum.__name__ for enum in enums if enum not in labelled} - NEVER_SHOWN == set()
    assert {enum.__name__: set(enum) - labels for enum, labels in labelled.items() if set(enum) - labels} == {}


def test_nobody_reads_the_clock_but_core_clock() -> None:
    found = {
        _name(path)
        for path in MODULES
        if any(
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id in {"datetime", "date"}
            for call in _calls(path, "now", "today", "utcnow")
        )
    }
    assert found <= {"mobility/core/clock.py"}


def test_no_instant_is_cut_to_its_day_in_utc() -> None:
    """The day of an instant is the one in Paris: ``clock.day_of``, and in templates ``date(instant)``."""
    wanted = re.compile(r"_at\.date\(\)")
    pages = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert pages
    assert [path.name for path in (*MODULES, *pages) if wanted.search(path.read_text(encoding="utf-8"))] == []


def test_services_take_no_request() -> None:
    wanted = re.compile(r"^from flask import .*\b(request|session)\b|current_user", re.MULTILINE)
    services = [path for path in MODULES if "services" in path.parts or path.name in {"services.py", "rules.py"}]
    assert services
    assert {_name(path) for path in services if wanted.search(path.read_text(encoding="utf-8"))} == set()


def test_every_room_is_in_the_order_of_the_architecture() -> None:
    from mobility.rooms import ROOMS

    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in (ROOT / "mobility").glob("*/__init__.py")} - {"core", "migrations"}
    assert packages == set(ROOMS) & packages, "a package that mobility.rooms does not name"
    assert all(f"`{room}`" in text or f" {room} " in text or f"{room}" in text for room in packages)


def test_no_command_loads_what_few_of_them_need() -> None:
    """Each takes tenths of a second and tens of megabytes, in every command and in the scheduler."""
    heavy = {"matplotlib", "networkx", "osmium", "osmnx", "pandas", "scipy", "shapely"}
    script = "import sys, mobility.cli, mobility.app; mobility.app.create_app(); print(*sys.modules)"
    environment = {**os.environ, "DATABASE_URL": "sqlite://", "SECRET_KEY": "x" * 40}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert heavy & set(done.stdout.split()) == set()
