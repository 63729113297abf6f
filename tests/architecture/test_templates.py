"""Templates: all compile, all are used, none holds what the Content-Security-Policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
# Papers are typst, not Jinja.
JINJA = [name for name in FILES if not name.startswith("pdf/")]
PAGES = [name for name in FILES if name.endswith(".html")]
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "mobility").rglob("*.py"))
TEXTS = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in FILES}

INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=\s*[\"']", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\bnonce=)(?![^>]*type=[\"']application/(ld\+)?json)", re.IGNORECASE)
STYLE = re.compile(r"<style\b", re.IGNORECASE)
ELSEWHERE = re.compile(r"\b(?:src|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE)


@pytest.mark.parametrize("name", JINJA)
def test_a_template_compiles(application: Flask, name: str) -> None:
    application.jinja_env.get_template(name)


def _is_used(name: str) -> bool:
    if name.startswith("emails/"):
        stem = Path(name).stem
        return stem.startswith("_") or f'"{stem}"' in CODE or any(name in text for text in TEXTS.values())
    if name.startswith("pdf/"):
        stem = Path(name).stem
        return stem.startswith("_") or f'"{stem}"' in CODE
    if name.startswith("errors/"):
        return True
    folder, _slash, stem = name.removesuffix(".html").rpartition("/")
    if f'f"{folder}/{{' in CODE and f'"{stem}"' in CODE:
        return True  # a room that has one view for several pages puts the name together
    return f'"{name}"' in CODE or any(
        f'"{name}"' in text or f"'{name}'" in text for other, text in TEXTS.items() if other != name
    )


def test_every_template_is_used() -> None:
    assert [name for name in FILES if not _is_used(name)] == []


def test_every_template_that_the_code_names_exists() -> None:
    named = set(re.findall(r"render_template\(\s*f?\"([^\"{}]+)\"", CODE))
    assert named
    assert named - set(FILES) == set()


def test_every_template_that_a_template_names_exists() -> None:
    named = {
        found
        for text in TEXTS.values()
        for found in re.findall(r"{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)[\"']", text)
    }
    assert named - set(FILES) == set()


@pytest.mark.parametrize("pattern", [INLINE, SCRIPT, STYLE, ELSEWHERE], ids=["inline", "script", "style", "elsewhere"])
def test_no_page_holds_what_the_policy_forbids(pattern: re.Pattern[str]) -> None:
    pages = [name for name in PAGES if not name.startswith("emails/")]
    assert [name for name in pages if pattern.search(TEXTS[name])] == []


def test_every_form_that_posts_carries_a_token() -> None:
    """Forms are written by macros that add it; one written by hand must hold the field."""
    posting = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL)
    token = re.compile(r"csrf|hidden_tag|once")
    assert [name for name in PAGES if any(not token.search(form) for form in posting.findall(TEXTS[name]))] == []
