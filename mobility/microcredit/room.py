"""Wire the room of micro-credit into the application."""

from __future__ import annotations

from flask import Flask

from mobility.agenda import hooks as agenda_hooks
from mobility.core import jobs
from mobility.core.web.access import Permission, register_row
from mobility.core.web.nav import NavEntry, register_nav
from mobility.microcredit import access, parameters
from mobility.microcredit.accords import access as accord_access
from mobility.microcredit.accords import link_views as accord_links
from mobility.microcredit.accords import queries as accord_queries
from mobility.microcredit.accords import views as accord_views
from mobility.microcredit.accords import words as accord_words
from mobility.microcredit.dossiers import access as dossier_access
from mobility.microcredit.dossiers import bank_views, budget_views, debt_views, link_views, portal_views, queries, words
from mobility.microcredit.dossiers import parameters as dossier_parameters
from mobility.microcredit.dossiers.aid import AID
from mobility.microcredit.dossiers.jobs import JOBS
from mobility.microcredit.dossiers.lifecycle import PART
from mobility.microcredit.followup import access as followup_access
from mobility.microcredit.followup import jobs as followup_jobs
from mobility.microcredit.followup import messages as followup_messages
from mobility.microcredit.followup import portal_views as followup_portal
from mobility.microcredit.followup import views as followup_views
from mobility.microcredit.followup.services import following
from mobility.microcredit.paperwork import file_views, mask_views
from mobility.microcredit.paperwork import jobs as paper_jobs
from mobility.microcredit.paperwork import link_views as paper_link_views
from mobility.microcredit.paperwork import portal_views as paper_portal_views
from mobility.microcredit.paperwork import views as paper_views
from mobility.microcredit.paperwork import words as paper_words
from mobility.microcredit.views import bp
from mobility.pathway import aid
from mobility.pathway import hooks as pathway_hooks
from mobility.people import lifecycle


def init_app(app: Flask) -> None:
    """Register pages, row answers, navigation, settings, journal kinds, a person's life and the aid."""
    papers = (paper_views.bp, file_views.bp, mask_views.bp, paper_link_views.links_bp, paper_portal_views.portal_bp)
    pages = (
        bp,
        bank_views.bp,
        budget_views.bp,
        debt_views.bp,
        link_views.links_bp,
        portal_views.portal_bp,
        followup_views.bp,
        followup_portal.bp,
        accord_views.bp,
        accord_links.links_bp,
        accord_links.portal_bp,
        *papers,
    )
    for blueprint in dict.fromkeys(pages):  # the desk's pages of a dossier are brought by several modules
        app.register_blueprint(blueprint)
    register_row(app, words.SUBJECT, dossier_access.may_touch_dossier, person=queries.person_of_dossier)
    register_row(app, "credit_accord", accord_access.may_touch_accord, person=accord_queries.person_of_accord)
    register_row(app, "credit_statement", followup_access.may_touch_statement)
    register_row(app, "credit_count", followup_access.may_touch_count)
    register_row(app, "credit_partner", access.may_touch_partner)
    register_row(app, "credit_offer", access.may_touch_offer)
    register_nav(
        app,
        NavEntry("Dossiers", "microcredit_dossiers.index", Permission.MICROCREDIT_EDIT, words.AID_ICON, order=150, group="Micro-crédit"),
        NavEntry("Simulateur", "microcredit.simulator", Permission.MICROCREDIT_EDIT, "calculator", order=160, group="Micro-crédit"),
        NavEntry("Chiffres", "microcredit_followup.counts", Permission.COUNTS_MAKE, "calculator", order=165, group="Micro-crédit"),
        NavEntry("Banques partenaires", "microcredit.partners", Permission.MICROCREDIT_MANAGE, "bank", order=776, group="Règles et catalogues"),
        NavEntry("Mon micro-crédit", "my_microcredit.index", Permission.PORTAL_VIEW, words.AID_ICON, order=45, space="portal"),
    )  # fmt: skip
    parameters.declare()
    dossier_parameters.declare()
    words.declare_journal()
    followup_messages.declare()
    accord_words.declare()
    agenda_hooks.on_visit(following.follow_visit)
    words.declare_messages()
    paper_words.declare()
    jobs.register(*JOBS, *followup_jobs.JOBS, *paper_jobs.JOBS)
    lifecycle.register(PART)
    aid.register(AID)
    pathway_hooks.price_days(words.AID_KIND, queries.instalments_by_day)
