"""Rules that every template keeps, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.frontend.conftest import ROOT

TEMPLATES = ROOT / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
# E-mails are not under our CSP, and mail readers know little else than attributes.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parts[len(TEMPLATES.parts)] != "emails")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def _code(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_a_template_holds_nothing_that_the_csp_refuses(path: Path) -> None:
    code = _code(path)
    assert not re.search(r"\sstyle\s*=", code), "no style attribute: use a class, or SVG attributes"
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", code), "no inline handler"
    assert "javascript:" not in code
    assert "<style" not in code
    for script in re.findall(r"<script\b[^>]*>", code):
        assert 'nonce="{{ csp_nonce() }}"' in script
    assert "hx-on" not in code, "htmx would have to evaluate it"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_a_template_never_switches_the_escaping_off(path: Path) -> None:
    assert "|safe" not in _code(path).replace(" ", "")


@pytest.mark.parametrize("path", COMPONENTS, ids=_name)
def test_a_component_is_documented_on_top(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{#")
    head = text[: text.index("#}")]
    for macro in re.findall(r"\{%-? *macro ([a-z]\w*)\(", text):
        assert macro in head, f"{macro} is missing from the comment on top"


@pytest.mark.parametrize("path", COMPONENTS, ids=_name)
def test_a_component_with_macros_is_in_the_list_and_in_the_style_guide(path: Path) -> None:
    macros = re.findall(r"\{%-? *macro ([a-z]\w*)\(", path.read_text(encoding="utf-8"))
    if macros:
        listed = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
        assert f"| `{path.stem}` |" in listed
        assert all(macro in listed for macro in macros)
    reached = _reached_from(TEMPLATES / "styleguide" / "index.html") | _reached_from(TEMPLATES / "portal.html")
    reached |= _reached_from(TEMPLATES / "desk.html")
    assert path in reached


def _reached_from(start: Path) -> set[Path]:
    seen: set[Path] = set()
    todo = [start]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        todo += [TEMPLATES / name for name in re.findall(r'"((?:components/)?[a-z_]+\.html)"', _code(path))]
    return seen
