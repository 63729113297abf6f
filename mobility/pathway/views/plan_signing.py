"""The plan laid before both: read, printed, signed at the desk, sent to be signed, signed by a link."""

from __future__ import annotations

from io import BytesIO

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.links import LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.pathway import messages
from mobility.pathway.models import Plan, PlanVersion
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.forms import SignForm
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH
from mobility.pathway.plan.rules.terms import LIVING_PLAN_STATES, VERSION_STATE_LABELS, Manner, Party, VersionState
from mobility.pathway.services import signing
from mobility.pathway.services.signing import Mark
from mobility.pathway.views.blueprint import bp, note_view
from mobility.people.models import Person
from mobility.people.queries import get_person_card

FILENAME = "plan-action-mobilite.pdf"


def sign_as(form: SignForm, version_id: int, party: Party, manner: Manner, actor_id: int | None) -> bool:
    """Run the signature that a form carries; tell whether it is done."""
    return form.submits(
        lambda: (
            signing.sign(
                version_id=version_id,
                mark=Mark(party, manner, form.name.data, form.ink.data, bool(form.agreed.data)),
                actor_id=actor_id,
                now=now(),
            ).value
        )
    )


def is_open(version: PlanVersion, plan: Plan) -> bool:
    """Tell whether a version still waits for a signature."""
    return version.state is VersionState.WAITING and plan.state in LIVING_PLAN_STATES


def paper_response(version: PlanVersion) -> Response:
    """Return the paper of a version as it stands, to be opened in the browser."""
    return send_file(BytesIO(signing.paper_of(version)), mimetype="application/pdf", download_name=FILENAME, max_age=0)


@bp.post("/plans/<int:plan_id>/a-signer")
@requires(Permission.PATHWAY_EDIT, plan="plan_id")
def lay_plan(plan_id: int) -> ResponseReturnValue:
    """Freeze the plan into a version to sign, and go to it."""
    form = Form()
    if form.submits(lambda: signing.lay_before(plan_id=plan_id, actor_id=actor().user_id, now=now())):
        return redirect(url_for("pathway.plan_version", version_id=form.result), 303)
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.plan", plan_id=plan_id), 303)


@bp.get("/plans/versions/<int:version_id>")
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def plan_version(version_id: int) -> ResponseReturnValue:
    """Show one version: what it says, what it changes, who has signed."""
    version, plan = _version_and_plan(version_id)
    versions = plan_queries.list_versions(plan.id)
    return render_template(
        "pathway/plan_version.html",
        version=version,
        plan=plan,
        card=get_person_card(plan.person_id),
        changes=plan_queries.changes_of(version, versions),
        is_open=is_open(version, plan),
        labels=VERSION_STATE_LABELS,
        form=Form(),
    )


def _version_and_plan(version_id: int) -> tuple[PlanVersion, Plan]:
    person_id = plan_queries.person_of_version(version_id)
    if person_id is not None:
        note_view(person_id)
    return plan_queries.get_version(version_id), plan_queries.plan_of_version(version_id)


@bp.get("/plans/versions/<int:version_id>/plan.pdf")
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def plan_paper(version_id: int) -> ResponseReturnValue:
    """Give the paper: the one that was signed as it is kept, else as it stands."""
    version, _plan = _version_and_plan(version_id)
    if version.document_id is not None:
        return redirect(url_for("documents.show", document_id=version.document_id), 303)
    return paper_response(version)


@bp.route("/plans/versions/<int:version_id>/signer/<any(person, adviser):party>", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def sign_at_desk(version_id: int, party: str) -> ResponseReturnValue:
    """Sign on the tablet: the person, or the adviser."""
    version, plan = _version_and_plan(version_id)
    who = Party(party)
    form = SignForm()
    if not form.is_submitted():
        form.name.data = version.content["adviser"] if who is Party.ADVISER else version.content["person"]
    if sign_as(form, version_id, who, Manner.DESK, actor().user_id):
        flash(_signed_words(form), "success")
        return redirect(url_for("pathway.plan_version", version_id=version_id), 303)
    return render_template(
        "pathway/sign.html",
        form=form,
        version=version,
        plan=plan,
        card=get_person_card(plan.person_id),
        party=who,
        pad=(WIDTH, HEIGHT),
        is_open=is_open(version, plan) and signing.signature_of(version, who) is None,
    ), form.status


def _signed_words(form: SignForm) -> str:
    if form.result == VersionState.SIGNED.value:
        return str(_("Le plan est signé par les deux. Le papier signé est gardé dans les documents."))
    return str(_("C’est signé. Il manque encore l’autre signature."))


@bp.post("/plans/versions/<int:version_id>/envoyer")
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def send_version(version_id: int) -> ResponseReturnValue:
    """Send the person a link to read and sign."""
    form = Form()
    if form.submits(lambda: signing.send_to_sign(version_id=version_id, actor_id=actor().user_id, now=now())):
        if form.result:
            flash(_("Le lien est envoyé. Il vaut 14 jours."), "success")
        else:
            flash(_("Un lien est déjà parti il y a moins d’une heure."), "info")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.plan_version", version_id=version_id), 303)


# ---- by the link, on the person's phone


@bp.route("/signer/<token>", methods=["GET", "POST"])
@signed_link
def sign_link(token: str) -> ResponseReturnValue:
    """Show the plan behind a signed link, and sign it."""
    payload = links.read(messages.PLAN_LINK, token[:400], now=now())
    version = plan_queries.find_version(int(payload["v"]))
    if version is None or version.erased_at is not None:
        raise LinkInvalid
    version_id, plan = version.id, plan_queries.plan_of_version(version.id)
    form = SignForm()
    done = sign_as(form, version_id, Party.PERSON, Manner.LINK, None)
    version = plan_queries.get_version(version_id)
    plan = plan_queries.plan_of_version(version_id)
    return render_template(
        "pathway/portal_sign.html",
        form=form,
        version=version,
        done=done or version.person_signed_at is not None,
        is_open=is_open(version, plan),
        desk=load(Desk, load(Person, plan.person_id).desk_id),
        pad=(WIDTH, HEIGHT),
        paper=url_for("pathway.sign_link_paper", token=token),
        back=None,
    ), form.status


@bp.get("/signer/<token>/plan.pdf")
@signed_link
def sign_link_paper(token: str) -> ResponseReturnValue:
    """Give the paper behind a signed link as it stands."""
    payload = links.read(messages.PLAN_LINK, token[:400], now=now())
    version = plan_queries.find_version(int(payload["v"]))
    if version is None or version.erased_at is not None:
        raise LinkInvalid
    return paper_response(version)
