"""« Mon plan »: the person reads it in easy words, ticks their own errands, signs it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.pathway.models import Plan
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan import view as plan_view
from mobility.pathway.plan.forms import SignForm
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH
from mobility.pathway.plan.rules.terms import Manner, Party, VersionState
from mobility.pathway.services import plan_steps
from mobility.pathway.views.blueprint import bp
from mobility.pathway.views.plan_signing import is_open, paper_response, sign_as
from mobility.people.access import own_file
from mobility.people.models import Person


@bp.get("/mon-espace/plan")
@requires(Permission.PORTAL_VIEW)
def portal_plan() -> ResponseReturnValue:
    """Show the person their plan: what comes next, who does what, and what is done."""
    person_id = own_file()
    plan = _shown(person_id)
    desk = load(Desk, load(Person, person_id).desk_id)
    if plan is None:
        return render_template("pathway/portal_plan.html", page=None, desk=desk, form=Form())
    page = plan_view.page_of(plan, adviser_name=plan_queries.get_subject(plan).adviser_name, now=now())
    return render_template("pathway/portal_plan.html", page=page, desk=desk, form=Form())


def _shown(person_id: int) -> Plan | None:
    """Return the plan that the person sees: the living one once it was laid before them, else the last one."""
    living = plan_queries.find_living_plan(person_id)
    if living is not None and any(
        row.state is not VersionState.WITHDRAWN for row in plan_queries.list_versions(living.id)
    ):
        return living
    return next((row for row in plan_queries.list_plans(person_id) if row.agreed_at is not None), None)


@bp.post("/mon-espace/plan/etapes/<int:step_id>/<any(fait, annuler):tick>")
@requires(Permission.PORTAL_OWN_DATA, step="step_id")
def portal_tick(step_id: int, tick: str) -> ResponseReturnValue:
    """Let the person tick an errand of theirs, or take the tick back."""
    form = Form()
    service = plan_steps.tick_own if tick == "fait" else plan_steps.untick_own
    if form.submits(lambda: service(step_id=step_id, actor_id=actor().user_id, now=now())):
        flash(_("Bravo, c’est noté.") if tick == "fait" else _("C’est noté : ce n’est pas encore fait."), "success")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.portal_plan"), 303)


@bp.route("/mon-espace/plan/signer/<int:version_id>", methods=["GET", "POST"])
@requires(Permission.PORTAL_OWN_DATA, plan_version="version_id")
def portal_sign(version_id: int) -> ResponseReturnValue:
    """Let the person read and sign their plan."""
    form = SignForm()
    form.shape()
    done = sign_as(form, version_id, Party.PERSON, Manner.PORTAL, actor().user_id)
    version, plan = plan_queries.get_version(version_id), plan_queries.plan_of_version(version_id)
    return render_template(
        "pathway/portal_sign.html",
        form=form,
        version=version,
        party=Party.PERSON,
        quality="",
        done=done or version.person_signed_at is not None,
        is_open=is_open(version, plan),
        desk=load(Desk, load(Person, plan.person_id).desk_id),
        pad=(WIDTH, HEIGHT),
        paper=url_for("pathway.portal_paper", version_id=version_id),
        back=url_for("pathway.portal_plan"),
    ), form.status


@bp.get("/mon-espace/plan/<int:version_id>/plan.pdf")
@requires(Permission.PORTAL_VIEW, plan_version="version_id")
def portal_paper(version_id: int) -> ResponseReturnValue:
    """Give the person their paper: the signed one as it is kept, else as it stands."""
    version = plan_queries.get_version(version_id)
    if version.document_id is not None:
        return redirect(url_for("documents.show", document_id=version.document_id), 303)
    return paper_response(version)
