"""Wire the room of micro-credit into the application."""

from __future__ import annotations

from flask import Flask

from mobility.microcredit import parameters


def init_app(_app: Flask) -> None:
    """Declare the settings."""
    parameters.declare()
