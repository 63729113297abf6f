"""The application: settings, extensions, then the rooms from the lowest to the highest.

A room is a package with a module ``room.py`` whose ``init_app(app)`` registers all that it brings:
blueprints, row answers, navigation, parameters, jobs, journal kinds, hooks, aids. To add a room,
add its name to ``mobility/rooms.py`` at its place in the order of ``docs/architecture.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from mobility import api, wiring
from mobility.core import db as database
from mobility.core import privacy
from mobility.core.config import load_settings
from mobility.core.paths import resource_dir
from mobility.core.web import (
    access,
    assets,
    filters,
    handlers,
    legal,
    nav,
    observe,
    security,
    styleguide,
    typesetting,
)
from mobility.rooms import ROOMS

babel = Babel()
csrf = CSRFProtect()
login_manager = LoginManager()


def _configure(app: Flask, settings: Mapping[str, Any]) -> None:
    app.config.from_mapping(settings)
    app.config.update(
        SQLALCHEMY_ENGINES={"default": database.engine_options(str(settings["DATABASE_URL"]))},
        SESSION_COOKIE_NAME="mobilite",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings["COOKIE_SECURE"],
        MAX_CONTENT_LENGTH=int(settings["MAX_UPLOAD_MB"]) * 1024 * 1024 + 512 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_DEFAULT_TIMEZONE="Europe/Paris",
    )


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from the environment; ``overrides`` are settings given by tests."""
    settings = load_settings()
    app = Flask("mobility", static_folder=None, template_folder=str(resource_dir("templates")))
    _configure(app, {**settings, **(overrides or {})})
    if hops := int(app.config["TRUSTED_PROXIES"]):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.do")
    database.db.init_app(app)
    with app.app_context():
        for engine in database.db.engines.values():
            database.watch_engine(engine)
    privacy.install()
    babel.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    app.extensions["mobility.login_manager"] = login_manager
    observe.init_app(app)
    app.before_request(access.enforce)
    security.init_app(app)
    for module in (filters, assets, handlers, legal, typesetting):
        module.init_app(app)
    if app.config["DEMO"]:
        styleguide.init_app(app)
    app.jinja_env.globals.update(nav_entries=nav.nav_entries, nav_groups=nav.nav_groups, search_url=nav.search_url)
    for room in ROOMS:
        import_module(f"mobility.{room}.room").init_app(app)
    wiring.init_app(app)
    api.init_app(app)
    return app
