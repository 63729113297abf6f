"""Wire the room of loans into the application."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import Flask, url_for
from sqlalchemy import select

from mobility.core import jobs
from mobility.core.db import db
from mobility.core.web.access import Permission, actor, register_row
from mobility.core.web.legal import tell_clock
from mobility.core.web.nav import NavEntry, register_nav
from mobility.desks import hooks as desk_hooks
from mobility.fleet import hooks as fleet_hooks
from mobility.fleet.kinds import ReservationKind
from mobility.loans import access, figures, lifecycle, parameters, words
from mobility.loans.aid import AID
from mobility.loans.desk_book import BOOK
from mobility.loans.jobs import JOBS
from mobility.loans.models import Loan
from mobility.loans.services.extension import propose_new_ends
from mobility.loans.services.vehicles import follow_fleet
from mobility.loans.views import bp, links_bp, portal_bp
from mobility.pathway import aid as pathway_aid
from mobility.pathway import hooks as pathway_hooks
from mobility.people import lifecycle as people_lifecycle
from mobility.people.models import Person


class _Owner:
    """Loans as the owner of their reservations in the fleet."""

    def urls(self, reservation_ids: Iterable[int]) -> dict[int, str]:
        """Return the pages of the loans that this actor may open, in one query."""
        rows = db.session.execute(
            select(Loan.reservation_id, Loan.id)
            .join(Person, Person.id == Loan.person_id)
            .where(Loan.reservation_id.in_(list(reservation_ids)), access.visible_loans(actor()))
        )
        return {row.reservation_id: url_for("loans.show", loan_id=row.id) for row in rows}

    def vehicle_changed(self, *, reservation_id: int, vehicle_id: int, actor_id: int | None, now: datetime) -> None:
        """Follow the fleet."""
        follow_fleet(reservation_id=reservation_id, vehicle_id=vehicle_id, actor_id=actor_id, now=now)


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation, settings, jobs, journal kinds, messages, the aid and the hooks."""
    for blueprint in (bp, portal_bp, links_bp):
        app.register_blueprint(blueprint)
    register_row(app, "loan", access.may_touch_loan, person=access.person_of_loan)
    register_row(app, "loan_right", access.may_touch_right, person=access.person_of_right)
    register_row(app, "loan_extension", access.may_touch_extension, person=access.person_of_extension)
    register_row(app, "loan_policy", access.may_touch_policy)
    figures.init_app(app)
    register_nav(
        app,
        NavEntry("Journée", "loans.day_board", Permission.DAY_BOARD_VIEW, "calendar-day", order=110, group="Prêts"),
        NavEntry("Prêts", "loans.index", Permission.LOAN_VIEW, "car-front", order=120, group="Prêts"),
        NavEntry("À accepter", "loans.queue", Permission.LOAN_APPROVE, "inbox", order=130, group="Prêts"),
        NavEntry(
            "Règles de prêt",
            "loans.policies",
            Permission.LOAN_POLICY_MANAGE,
            "sliders",
            order=750,
            group="Règles et catalogues",
        ),
        NavEntry("Mes prêts", "my_loans.index", Permission.PORTAL_VIEW, "car-front", order=20, space="portal"),
    )
    parameters.declare()
    tell_clock(app, parameters.clock_words)
    words.declare_journal()
    words.declare_messages()
    jobs.register(*JOBS)
    desk_hooks.register_book(words.SUBJECT, BOOK)
    fleet_hooks.register_owner(ReservationKind.LOAN, _Owner())
    pathway_hooks.on_objective_moved(propose_new_ends)
    pathway_aid.register(AID)
    people_lifecycle.register(lifecycle.PART)
