"""Wire the room of carpooling into the application."""

from __future__ import annotations

from flask import Flask

from mobility.carpool import access, acts, contributions, found, hooks, index, indexing, lifecycle, messages, parameters
from mobility.carpool.aid import AID
from mobility.carpool.jobs import JOBS
from mobility.carpool.services import following, replies, steps
from mobility.carpool.services.forgetting import follow_desk, leave_protected
from mobility.carpool.views import bp, links_bp, portal_bp
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.notifications import hooks as notification_hooks
from mobility.pathway import aid
from mobility.pathway import hooks as pathway_hooks
from mobility.people import hooks as people_hooks
from mobility.people import lifecycle as people_lifecycle


def init_app(app: Flask) -> None:
    """Set up the index of trips, register pages, row answers, navigation, journal kinds, messages and jobs."""
    for blueprint in (bp, portal_bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, "carpool_member", access.may_touch_member, person=access.person_of_member)
    register_row(app, "carpool_offer", access.may_touch_offer, person=access.person_of_offer)
    register_row(app, "carpool_request", access.may_touch_request, person=access.person_of_request)
    register_row(app, "carpool_match", access.may_touch_match, person=access.person_of_match)
    register_row(app, "carpool_hub", access.may_touch_hub)
    register_row(app, "carpool_trip", access.may_touch_trip, person=access.person_of_trip)
    register_row(app, "carpool_ride", access.may_touch_ride, person=access.person_of_ride)
    register_row(app, "carpool_report", access.may_touch_report, person=access.person_of_report)
    register_row(app, "carpool_booking", access.may_touch_booking, person=access.person_of_booking)
    register_row(app, "carpool_message", access.may_touch_message, person=access.person_of_message)
    register_nav(
        app,
        NavEntry("Covoiturage", "carpool.index", Permission.CARPOOL_VIEW, "people", order=140, group="Covoiturage"),
        NavEntry(
            "Trajets du jour", "carpool.days", Permission.CARPOOL_VIEW, "calendar-week", order=142, group="Covoiturage"
        ),
        NavEntry(
            "Signalements",
            "carpool.reports",
            Permission.CARPOOL_EDIT,
            "exclamation-triangle",
            order=146,
            group="Covoiturage",
        ),
        NavEntry(
            "D’autres services", "carpool.outside", Permission.CARPOOL_EDIT, "share", order=148, group="Covoiturage"
        ),
        NavEntry(
            "Services de covoiturage",
            "carpool.operator_list",
            Permission.CARPOOL_OPERATORS,
            "share",
            order=810,
            group="Règles et catalogues",
        ),
        NavEntry(
            "Lieux de travail", "carpool.hubs", Permission.CARPOOL_MANAGE, "building", order=150, group="Covoiturage"
        ),
        NavEntry("Covoiturage", "my_carpool.home", Permission.PORTAL_VIEW, "people", order=40, space="portal"),
    )
    acts.declare_journal()
    acts.declare_messages()
    found.declare_messages()
    hooks.on_journey(following.follow)
    # Last: it holds the counter of the index to the end of the transaction.
    hooks.on_journey(indexing.follow)
    people_lifecycle.register(lifecycle.PART)
    people_hooks.on_protected(leave_protected)
    people_hooks.on_desk_changed(follow_desk)
    messages.declare_journal()
    messages.declare_messages()
    parameters.declare()
    aid.register(AID)
    pathway_hooks.choose_legs(steps.AID_KIND, steps.carried)
    pathway_hooks.grade_legs(steps.AID_KIND, steps.grades)
    pathway_hooks.price_days(steps.AID_KIND, contributions.of_legs)
    notification_hooks.on_reply(replies.take)
    index.init_app(app)
    jobs.register(*JOBS)
