"""What the demo brings to the house: its start page, and only in demo mode."""

from __future__ import annotations

from flask import Flask

from mobility.demo.views import bp


def init_app(app: Flask) -> None:
    """Register the start page in demo mode."""
    if app.config["DEMO"]:
        app.register_blueprint(bp)
