"""The plan laid before both: read, printed, signed at the desk, sent to be signed, signed by a link."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import links
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.pathway import messages
from mobility.pathway.models import Plan, PlanVersion
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.forms import SignForm
from mobility.pathway.plan.paper import Signature
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH
from mobility.pathway.plan.rules.signers import box_label, may_sign, needed
from mobility.pathway.plan.rules.terms import LIVING_PLAN_STATES, VERSION_STATE_LABELS, Manner, Party, VersionState
from mobility.pathway.services import signing
from mobility.pathway.views.blueprint import bp, note_view
from mobility.people.models import Person
from mobility.people.queries import RepresentativeCard, get_person_card, get_signatories

FILENAME = "plan-action-mobilite.pdf"


def sign_as(
    form: SignForm,
    version_id: int,
    party: Party,
    manner: Manner,
    actor_id: int | None,
    *,
    representative_id: int | None = None,
) -> bool:
    """Run the signature that a form carries; tell whether it is done."""
    mark = form.mark(party, manner, representative_id=representative_id)
    return form.submits(lambda: signing.sign(version_id=version_id, mark=mark, actor_id=actor_id, now=now()).value)


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
        sides=_sides(version, plan),
        represented=get_signatories(plan.person_id, on=today()).representatives if is_open(version, plan) else (),
        plan=plan,
        card=get_person_card(plan.person_id),
        changes=plan_queries.changes_of(version, versions),
        is_open=is_open(version, plan),
        labels=VERSION_STATE_LABELS,
        form=Form(),
    )


@dataclass(frozen=True)
class Side:
    """One who signs, as the page shows them."""

    party: Party
    label: str
    signature: Signature | None
    needed: bool


def _sides(version: PlanVersion, plan: Plan) -> list[Side]:
    """Return who has signed and, while the version waits, who may still."""
    given, needs = signing.signatures_of(version), needed(version.signs_with)
    return [
        Side(party, box_label(party, version.signs_with), given.get(party), party in needs)
        for party in may_sign(version.signs_with)
        if party in given or is_open(version, plan)
    ]


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


@bp.route(
    "/plans/versions/<int:version_id>/signer/<any(person, representative, adviser):party>", methods=["GET", "POST"]
)
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def sign_at_desk(version_id: int, party: str) -> ResponseReturnValue:
    """Sign on the tablet, or note what was signed by hand: the person, their representative, or the adviser."""
    version, plan = _version_and_plan(version_id)
    who = Party(party)
    may = [(one.id, f"{one.name} ({one.kind_label})") for one in _representatives(plan, who)]
    form = SignForm()
    form.shape(representatives=may, at_desk=who is not Party.ADVISER)
    if not form.is_submitted():
        form.name.data = _usual_name(version, plan, who)
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
        label=box_label(who, version.signs_with) if who in may_sign(version.signs_with) else "",
        pad=(WIDTH, HEIGHT),
        is_open=is_open(version, plan)
        and who in may_sign(version.signs_with)
        and who not in signing.signatures_of(version),
    ), form.status


def _representatives(plan: Plan, party: Party) -> tuple[RepresentativeCard, ...]:
    if party is not Party.REPRESENTATIVE:
        return ()
    return get_signatories(plan.person_id, on=today()).representatives


def _usual_name(version: PlanVersion, plan: Plan, party: Party) -> str:
    """Return the name under which a side is most likely to sign."""
    if party is Party.REPRESENTATIVE:
        found = _representatives(plan, party)
        return f"{found[0].first_name} {found[0].last_name}".strip() if len(found) == 1 else ""
    return str(version.content.get("adviser" if party is Party.ADVISER else "person", ""))


def _signed_words(form: SignForm) -> str:
    if form.result == VersionState.SIGNED.value:
        return str(_("Le plan est signé. Le papier signé est gardé dans les documents."))
    return str(_("C’est signé. Il manque encore une signature."))


@bp.post("/plans/versions/<int:version_id>/envoyer")
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def send_version(version_id: int) -> ResponseReturnValue:
    """Send the person a link to read and sign."""
    return _send(version_id, None)


@bp.post("/plans/versions/<int:version_id>/envoyer-au-representant")
@requires(Permission.PATHWAY_EDIT, plan_version="version_id")
def send_to_representative(version_id: int) -> ResponseReturnValue:
    """Send a representative their own link to read and sign."""
    typed = request.form.get("representative_id", "")
    if not (typed.isdecimal() and typed.isascii() and len(typed) < 10):
        raise NotFound("representative")
    return _send(version_id, int(typed))


def _send(version_id: int, representative_id: int | None) -> ResponseReturnValue:
    form = Form()
    if form.submits(
        lambda: signing.send_to_sign(
            version_id=version_id, representative_id=representative_id, actor_id=actor().user_id, now=now()
        )
    ):
        if form.result:
            flash(_("Le lien est envoyé. Il vaut 14 jours."), "success")
        else:
            flash(_("Un lien est déjà parti il y a moins d’une heure."), "info")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("pathway.plan_version", version_id=version_id), 303)


# ---- by the link, on the phone of whoever signs


@bp.route("/signer/<token>", methods=["GET", "POST"])
@signed_link
def sign_link(token: str) -> ResponseReturnValue:
    """Show the plan behind a signed link, and sign it."""
    payload = links.read(messages.PLAN_LINK, token[:400], now=now())
    version = plan_queries.find_version(int(payload["v"]))
    if version is None or version.erased_at is not None:
        raise LinkInvalid
    version_id, representative_id = version.id, payload.get("r")
    party = Party.PERSON if representative_id is None else Party.REPRESENTATIVE
    form = SignForm()
    form.shape()
    done = sign_as(form, version_id, party, Manner.LINK, None, representative_id=representative_id)
    version = plan_queries.get_version(version_id)
    plan = plan_queries.plan_of_version(version_id)
    return render_template(
        "pathway/portal_sign.html",
        form=form,
        version=version,
        party=party,
        quality=_quality(plan, representative_id),
        done=done or party in signing.signatures_of(version),
        is_open=is_open(version, plan),
        desk=load(Desk, load(Person, plan.person_id).desk_id),
        pad=(WIDTH, HEIGHT),
        paper=url_for("pathway.sign_link_paper", token=token),
        back=None,
    ), form.status


def _quality(plan: Plan, representative_id: int | None) -> str:
    """Return in which quality a link's representative signs. Raises LinkInvalid once they no longer may."""
    if representative_id is None:
        return ""
    for one in get_signatories(plan.person_id, on=today()).representatives:
        if one.id == representative_id:
            return one.kind_label
    raise LinkInvalid


@bp.get("/signer/<token>/plan.pdf")
@signed_link
def sign_link_paper(token: str) -> ResponseReturnValue:
    """Give the paper behind a signed link as it stands."""
    payload = links.read(messages.PLAN_LINK, token[:400], now=now())
    version = plan_queries.find_version(int(payload["v"]))
    if version is None or version.erased_at is not None:
        raise LinkInvalid
    _quality(plan_queries.plan_of_version(version.id), payload.get("r"))
    return paper_response(version)
