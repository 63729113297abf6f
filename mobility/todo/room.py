"""Wire the list of tasks into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.core.web.access import Permission
from mobility.core.web.nav import NavEntry, register_nav
from mobility.todo.jobs import JOBS
from mobility.todo.views import bp


def init_app(app: Flask) -> None:
    """Register the page, its entry and its job; the rooms bring the tasks."""
    app.register_blueprint(bp)
    register_nav(app, NavEntry("À faire", "todo.index", Permission.TODO_VIEW, "check2-square", order=5))
    jobs.register(*JOBS)
