"""What the room brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import job_views, jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.notifications import link_views
from mobility.notifications.access import may_touch_message, person_of_message
from mobility.notifications.jobs import JOBS
from mobility.notifications.views import bp


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation and jobs."""
    app.register_blueprint(bp)
    app.register_blueprint(job_views.bp)
    link_views.exempt_from_csrf(app)
    register_row(app, "message", may_touch_message, person=person_of_message)
    register_nav(
        app,
        NavEntry(
            "Messages envoyés", "notifications.outbox", Permission.OUTBOX_VIEW, "envelope", 840, group="Administration"
        ),
        NavEntry(
            "Tâches automatiques", "jobs.index", Permission.JOBS_VIEW, "clock-history", 850, group="Administration"
        ),
    )
    jobs.register(*JOBS)
