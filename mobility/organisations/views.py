"""Pages of the organisations, and the funders' own page."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now, today
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number, paginate
from mobility.desks.queries import desk_choices, desk_names
from mobility.organisations import figures, hooks, queries, rules, services
from mobility.organisations.forms import AgreementForm, ConfirmForm, OrganisationForm
from mobility.organisations.queries import AgreementCard
from mobility.organisations.rules import LABELS, OrganisationKind

bp = Blueprint("organisations", __name__)
YEARS_SHOWN = 4


@bp.get("/organisations")
@requires(Permission.ORGANISATION_VIEW)
def index() -> ResponseReturnValue:
    """List and search the organisations."""
    chosen = [kind for kind in OrganisationKind if kind.value == request.args.get("type")]
    query = queries.select_organisations(
        kinds=chosen, text=request.args.get("q", ""), with_archived="archives" in request.args
    )
    return render_template(
        "organisations/list.html",
        page=paginate(query, number=page_number()),
        labels=LABELS,
        kinds=[("", _("Tous"))] + [(kind.value, LABELS[kind]) for kind in OrganisationKind],
        filtered=bool(request.args.get("q") or chosen),
        may_manage=actor().permits(Permission.ORGANISATION_MANAGE),
    )


@bp.get("/organisations/<int:organisation_id>")
@requires(Permission.ORGANISATION_VIEW, organisation="organisation_id")
def show(organisation_id: int) -> ResponseReturnValue:
    """Show one organisation with its agreements."""
    row = queries.get_organisation(organisation_id)
    return render_template(
        "organisations/show.html",
        organisation=row,
        label=LABELS[row.kind],
        agreements=[(card, _state(card)) for card in queries.list_agreements([organisation_id])],
        desks=desk_names(),
        sections=hooks.sections_of(row, actor()),
        may_manage=actor().permits(Permission.ORGANISATION_MANAGE),
    )


def _state(card: AgreementCard) -> str:
    if card.in_force_on(today()):
        return "current"
    return "coming" if card.valid_from_on > today() else "over"


@bp.route("/organisations/nouvelle", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def create() -> ResponseReturnValue:
    """Add an organisation."""
    form = OrganisationForm()
    if form.submits(lambda: services.create_organisation(details=form.details(), actor_id=actor().user_id, now=now())):
        flash(_("L’organisation est ajoutée."), "success")
        return redirect(url_for("organisations.show", organisation_id=form.result), 303)
    return render_template("organisations/edit.html", form=form, organisation=None), form.status


@bp.route("/organisations/<int:organisation_id>/modifier", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE, organisation="organisation_id")
def edit(organisation_id: int) -> ResponseReturnValue:
    """Change an organisation."""
    row = queries.get_organisation(organisation_id)
    form = OrganisationForm()
    if form.submits(
        lambda: services.update_organisation(
            organisation_id=organisation_id,
            details=form.details(),
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("L’organisation est modifiée."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)
    if not form.is_submitted():
        form.show(row)
    return render_template("organisations/edit.html", form=form, organisation=row), form.status


@bp.route("/organisations/<int:organisation_id>/archiver", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE, organisation="organisation_id")
def archive(organisation_id: int) -> ResponseReturnValue:
    """Put an organisation away, or take it back."""
    row = queries.get_organisation(organisation_id)
    form = ConfirmForm()
    if form.submits(
        lambda: services.set_archived(
            organisation_id=organisation_id,
            archived=row.archived_at is None,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("C’est fait."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)
    return render_template("organisations/archive.html", form=form, organisation=row), form.status


def _agreement_form() -> AgreementForm:
    form = AgreementForm()
    form["desks"].choices = [(str(number), name) for number, name in desk_choices()]
    return form


@bp.route("/organisations/<int:organisation_id>/conventions/nouvelle", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE, organisation="organisation_id")
def create_agreement(organisation_id: int) -> ResponseReturnValue:
    """Add an agreement."""
    row = queries.get_organisation(organisation_id)
    form = _agreement_form()
    if form.submits(
        lambda: services.create_agreement(
            organisation_id=organisation_id, details=form.details(), actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("La convention est ajoutée."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)
    return render_template("organisations/agreement.html", form=form, organisation=row, agreement=None), form.status


@bp.route("/organisations/<int:organisation_id>/conventions/<int:agreement_id>", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE, organisation="organisation_id")
def edit_agreement(organisation_id: int, agreement_id: int) -> ResponseReturnValue:
    """Change an agreement."""
    row = queries.get_organisation(organisation_id)
    card = next((card for card in queries.list_agreements([organisation_id]) if card.id == agreement_id), None)
    if card is None:
        raise NotFound("agreement")
    form = _agreement_form()
    if form.submits(
        lambda: services.update_agreement(
            organisation_id=organisation_id,
            agreement_id=agreement_id,
            details=form.details(),
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La convention est modifiée."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)
    if not form.is_submitted():
        form.show(card)
    return render_template("organisations/agreement.html", form=form, organisation=row, agreement=card), form.status


@bp.get("/financeur", endpoint="figures")
@requires(Permission.FIGURES_VIEW)
def figures_page() -> ResponseReturnValue:
    """Show a funder the figures of its own agreements: counts alone, small ones masked."""
    this_year = today().year
    year = request.args.get("annee", this_year, type=int)
    if not this_year - YEARS_SHOWN < year <= this_year:
        year = this_year
    first_on, last_on = date(year, 1, 1), date(year, 12, 31)
    own = actor().organisation_ids(Permission.FIGURES_VIEW)
    names = queries.organisation_names(own)
    cards = queries.list_agreements(own)
    windows = [w for card in cards if (w := figures.window_of(card, first_on=first_on, last_on=last_on)) is not None]
    lines = figures.lines_for(windows)
    sections = [(card, names[card.organisation_id], lines[card.id]) for card in cards if card.id in lines]
    return render_template(
        "organisations/figures.html",
        sections=sections,
        year=year,
        years=range(this_year, this_year - YEARS_SHOWN, -1),
        small=rules.SMALL_NUMBER,
        desks=desk_names(),
    )
