"""Wire the room of carpooling into the application."""

from __future__ import annotations

from flask import Flask

from mobility.carpool import access, index
from mobility.carpool.jobs import JOBS
from mobility.carpool.views import bp, links_bp, portal_bp
from mobility.core import jobs
from mobility.core.web.access import register_row


def init_app(app: Flask) -> None:
    """Set up the index of trips, register pages, row answers and jobs."""
    for blueprint in (bp, portal_bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, "carpool_member", access.may_touch_member, person=access.person_of_member)
    register_row(app, "carpool_offer", access.may_touch_offer, person=access.person_of_offer)
    register_row(app, "carpool_request", access.may_touch_request, person=access.person_of_request)
    register_row(app, "carpool_match", access.may_touch_match, person=access.person_of_match)
    register_row(app, "carpool_trip", access.may_touch_trip)
    register_row(app, "carpool_ride", access.may_touch_ride)
    register_row(app, "carpool_report", access.may_touch_report)
    index.init_app(app)
    jobs.register(*JOBS)
