"""Wire the room of diagnoses into the application."""

from __future__ import annotations

from flask import Flask

from mobility.diagnosis import lifecycle
from mobility.people import lifecycle as people_lifecycle


def init_app(app: Flask) -> None:  # noqa: ARG001 - every room is wired in one way
    """Register the life of its rows."""
    people_lifecycle.register(lifecycle.PART)
