"""Wire the room of carpooling into the application."""

from __future__ import annotations

from flask import Flask

from mobility.carpool import index
from mobility.carpool.jobs import JOBS
from mobility.core import jobs


def init_app(app: Flask) -> None:
    """Set up the index of trips, register the jobs."""
    index.init_app(app)
    jobs.register(*JOBS)
