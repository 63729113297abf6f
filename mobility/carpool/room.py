"""Wire the room of carpooling into the application."""

from __future__ import annotations

from flask import Flask

from mobility.carpool.jobs import JOBS
from mobility.core import jobs


def init_app(_app: Flask) -> None:
    """Register the jobs."""
    jobs.register(*JOBS)
