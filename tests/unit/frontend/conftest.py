"""The smallest application that can draw a page: templates, filters, assets, nothing of the rooms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from jinja2 import StrictUndefined

from mobility.core.paths import resource_dir
from mobility.core.web import assets, filters, legal, security, styleguide

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "SECRET_KEY": "k" * 40,
    "TESTING": True,
    "DEMO": True,
    "WTF_CSRF_ENABLED": False,
    "SESSION_COOKIE_SECURE": False,
    "BABEL_DEFAULT_LOCALE": "fr",
    "OPERATOR_NAME": "Mobilité <Hainaut>",
    "OPERATOR_LEGAL_FORM": "Association loi 1901",
    "OPERATOR_ADDRESS": "",
    "OPERATOR_EMAIL": "bonjour@mobilite.example",
    "OPERATOR_PHONE": "+33639980001",
    "OPERATOR_DPO_EMAIL": "",
    "OPERATOR_PUBLICATION_DIRECTOR": "",
    "OPERATOR_HOSTING": "",
}
NAV = [
    SimpleNamespace(label="Accueil", url="/accueil", icon="house", active=False, group=""),
    SimpleNamespace(label="Prêts", url="/prets", icon="key", active=True, group="Zone de prêt"),
    SimpleNamespace(label="Comptes", url="/comptes", icon="people", active=False, group="Administrer"),
]
NAV_GROUPS = [
    SimpleNamespace(label=group, links=[one for one in NAV if one.group == group], folds=False, is_open=True)
    for group in dict.fromkeys(one.group for one in NAV)
]


@pytest.fixture
def site() -> Flask:
    """The application, with a signed-in person and a navigation that need no database."""
    app = Flask("frontend", static_folder=None, template_folder=str(resource_dir("templates")))
    app.config.from_mapping(SETTINGS)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.do")
    Babel(app)
    for module in (security, filters, assets, legal, styleguide):
        module.init_app(app)
    app.add_url_rule("/compte", "accounts.account", lambda: "")
    app.add_url_rule("/deconnexion", "accounts.sign_out", lambda: "", methods=["POST"])
    app.jinja_env.globals.update(
        nav_entries=lambda space: NAV,
        nav_groups=lambda space: NAV_GROUPS,
        search_url=lambda: "/personnes",
        csrf_token=lambda: "t0ken",
    )
    user = SimpleNamespace(is_authenticated=True, display_name="Camille Roussel", person_id=None)
    app.context_processor(lambda: {"current_user": user})
    return app


@pytest.fixture
def render(site: Flask) -> Callable[..., str]:
    """Draw a piece of template, as if the given address had been asked for."""

    def draw(source: str, *, at: str = "/liste", **context: Any) -> str:
        with site.test_request_context(at):
            return site.jinja_env.from_string(source).render(**context)

    return draw
