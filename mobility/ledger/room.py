"""What the ledger brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.core.web.legal import tell_clock
from mobility.ledger import parameters, views
from mobility.ledger.lifecycle import PART
from mobility.people import lifecycle


def init_app(app: Flask) -> None:
    """Show statements, answer for a person's life, and declare how long accounts are kept."""
    app.register_blueprint(views.bp)
    lifecycle.register(PART)
    parameters.declare()
    tell_clock(app, parameters.clock_words)
