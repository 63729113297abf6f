"""What the ledger brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.ledger import ddl, views
from mobility.ledger.lifecycle import PART
from mobility.people import lifecycle

GUARDS = ddl.create_guards


def init_app(app: Flask) -> None:
    """Show statements, and answer for a person's life."""
    app.register_blueprint(views.bp)
    lifecycle.register(PART)
