"""What the build makes: whole, hashed, light, and with every icon that a page asks for."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest

from tests.unit.frontend.conftest import ROOT

DIST = ROOT / "static" / "dist"
PORTAL_BUDGET = 150 * 1024
# What a long page itself weighs, with a margin; the rest of the budget is for the files.
PAGE_ALLOWANCE = 40 * 1024


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    path = DIST / "manifest.json"
    assert path.is_file(), "the front end is not built: run `make install`"
    content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_every_file_of_the_manifest_exists_under_the_hash_of_its_content(manifest: dict[str, str]) -> None:
    assert {"app.css", "app.js", "icons.svg", "favicon.svg"} <= manifest.keys()
    for file in manifest.values():
        content = (DIST / file).read_bytes()
        assert hashlib.sha256(content).hexdigest()[:10] == file.rpartition("-")[2].partition(".")[0]


def test_nothing_else_is_left_from_earlier_builds(manifest: dict[str, str]) -> None:
    assert {path.name for path in DIST.iterdir()} == {*manifest.values(), "manifest.json"}


def test_the_files_of_a_page_fit_the_portal_s_budget(manifest: dict[str, str]) -> None:
    weight = sum(
        len(gzip.compress((DIST / manifest[name]).read_bytes())) for name in ("app.css", "app.js", "icons.svg")
    )
    assert weight + PAGE_ALLOWANCE <= PORTAL_BUDGET


def test_the_stylesheet_asks_for_no_file_and_no_data_image(manifest: dict[str, str]) -> None:
    assert "url(" not in (DIST / manifest["app.css"]).read_text(encoding="utf-8")


def test_the_script_never_evaluates_text_by_itself(manifest: dict[str, str]) -> None:
    script = (ROOT / "static" / "js" / "app.js").read_text(encoding="utf-8")
    assert "allowEval = false" in script
    assert "includeIndicatorStyles = false" in script


def _asked_icons() -> set[str]:
    names: set[str] = set()
    for folder, pattern in (("templates", "*.html"), ("mobility", "*.py")):
        for path in (ROOT / folder).rglob(pattern):
            text = path.read_text(encoding="utf-8")
            names |= set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
            names |= set(re.findall(r"""\bicon(?:_name)?["']?\s*[=:]\s*["']([a-z0-9-]+)["']""", text))
    return names


def test_every_icon_that_a_page_or_a_room_names_is_in_the_sprite(manifest: dict[str, str]) -> None:
    sprite = (DIST / manifest["icons.svg"]).read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    assert len(there) > 20
    assert _asked_icons() - there == set(), "unknown icon, or the front end must be built again"


def test_the_lock_names_no_registry() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_the_lock_holds_the_builders_of_every_usual_machine() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for machine in ("linux-x64", "linux-arm64", "darwin-arm64", "win32-x64"):
        assert f"node_modules/@esbuild/{machine}" in packages
