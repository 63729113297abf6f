"""What the room brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.notifications import models
from mobility.notifications.jobs import JOBS

__all__ = ["init_app", "models"]


def init_app(app: Flask) -> None:
    """Register pages, navigation and jobs."""
    jobs.register(*JOBS)
