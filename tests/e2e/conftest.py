"""Browser tests: Debian's Chromium against the application on a real HTTP server.

Without Chromium they are skipped with a loud line, except in CI, where its absence is a failure.
Every screenshot lands in ``var/screenshots/``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from mobility.accounts.models import User
from tests.support.live import LiveServer, MovableClock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_FRENCH = ROOT / "node_modules" / "axe-core" / "locales" / "fr.json"
WIDTHS = {"360": {"width": 360, "height": 740}, "1280": {"width": 1280, "height": 900}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if CHROMIUM is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason="NO BROWSER: install chromium to run the browser tests"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How Chromium is started: the machine's own, quiet, without a sandbox of its own."""
    assert CHROMIUM is not None, "Chromium is missing: in CI this is a failure"
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def moving_clock() -> Iterator[MovableClock]:
    """The clock by which the application lives; ``move_to`` lets weeks pass."""
    moving = MovableClock()
    moving.install()
    yield moving
    moving.remove()


@pytest.fixture
def live(app: Flask, moving_clock: MovableClock) -> Iterator[LiveServer]:
    """The application, served."""
    server = LiveServer(app)
    # Forms are sent by a browser here: their tokens are checked, as they are for everybody.
    app.config["WTF_CSRF_ENABLED"] = True
    yield server
    app.config["WTF_CSRF_ENABLED"] = False
    server.stop()


@pytest.fixture
def browse(browser: Browser, live: LiveServer) -> Iterator[Callable[..., Page]]:
    """Open a page at a width, as a user (or nobody), with or without JavaScript."""
    contexts: list[BrowserContext] = []

    def open_page(user: User | None = None, *, width: str = "1280", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=WIDTHS[width],
            base_url=live.url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            java_script_enabled=scripts,
            bypass_csp=False,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "mobilite", "value": session_cookie(user), "url": live.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_page
    for context in contexts:
        context.close()


def session_cookie(user: User) -> str:
    """Return the cookie of a session that the user has just opened."""
    from flask import current_app
    from flask.sessions import SecureCookieSessionInterface

    from mobility.core import clock

    serializer = SecureCookieSessionInterface().get_signing_serializer(current_app)
    assert serializer is not None
    value = serializer.dumps(
        {"_user_id": str(user.id), "_fresh": True, "epoch": user.session_epoch, "seen_at": clock.now().timestamp()}
    )
    return value if isinstance(value, str) else value.decode()


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)

    return take


def axe_violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page, a line each; also a page wider than its window."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;undefined")
    page.evaluate("(locale) => { window.axe.configure({locale}) }", json.loads(AXE_FRENCH.read_text(encoding="utf-8")))
    result = page.evaluate(
        "() => window.axe.run(document, {resultTypes: ['violations'], "
        "runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','best-practice']})"
    )
    found = [
        f"{v['id']}: {v['help']} — {v['nodes'][0]['html'][:160]} ({len(v['nodes'])})" for v in result["violations"]
    ]
    if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
        found.append("the page is wider than its window")
    return found
