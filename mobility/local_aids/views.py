"""The catalogue of local aids for managers, and a person's request for one."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.errors import NotFound
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.desks.queries import list_desks
from mobility.diagnosis.barriers import LABELS as BARRIER_LABELS
from mobility.local_aids import queries, services
from mobility.local_aids.forms import EntryForm, MoveForm
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import REASONED, USE_ACTION_LABELS, USE_STATE_LABELS, USE_STATE_TONES, USES, UseAction
from mobility.organisations.queries import organisation_choices, organisation_names
from mobility.organisations.rules import OrganisationKind
from mobility.people.queries import get_person_card

bp = Blueprint("local_aids", __name__)


@bp.get("/aides-locales")
@requires(Permission.LOCAL_AIDS_MANAGE)
def index() -> ResponseReturnValue:
    """List the catalogue."""
    desks = actor().desk_ids(Permission.LOCAL_AIDS_MANAGE)
    return render_template(
        "local_aids/index.html",
        rows=queries.list_entries(desk_ids=None if desks is ALL_DESKS else desks),
        desks={desk.id: desk.name for desk in list_desks()},
        own_desks=desks,
        writes_all=desks is ALL_DESKS,
        barriers={code.value: label for code, label in BARRIER_LABELS.items()},
        today=today(),
        form=Form(),
    )


@bp.post("/aides-locales/habituelles")
@requires(Permission.LOCAL_AIDS_MANAGE)
def usual() -> ResponseReturnValue:
    """Write the usual entries, for whoever writes for all desks."""
    if actor().desk_ids(Permission.LOCAL_AIDS_MANAGE) is not ALL_DESKS:
        abort(403)
    form = Form()
    if form.submits(lambda: services.write_defaults(valid_from_on=today(), actor_id=actor().user_id, now=now())):
        flash(_("Les aides habituelles sont dans la liste. Corrigez les montants et les contacts."), "success")
    return redirect(url_for("local_aids.index"), 303)


@bp.route("/aides-locales/nouvelle", methods=["GET", "POST"])
@requires(Permission.LOCAL_AIDS_MANAGE)
def create() -> ResponseReturnValue:
    """Write a new entry."""
    return _entry_page(None)


@bp.route("/aides-locales/<int:entry_id>", methods=["GET", "POST"])
@requires(Permission.LOCAL_AIDS_MANAGE, local_aid="entry_id")
def edit(entry_id: int) -> ResponseReturnValue:
    """Change an entry; requests that were made of it stay."""
    return _entry_page(queries.get_entry(entry_id))


def _entry_page(row: LocalAid | None) -> ResponseReturnValue:
    form = EntryForm()
    entry_id, kept_desk = (None, None) if row is None else (row.id, row.desk_id)
    desks = actor().desk_ids(Permission.LOCAL_AIDS_MANAGE)
    own = [(desk.id, desk.name) for desk in list_desks() if desk.id in desks]
    form.desk_id.choices = [*([("", _("toutes les antennes"))] if desks is ALL_DESKS else []), *own]
    form.funder_id.choices = [("", "—"), *organisation_choices(OrganisationKind.FUNDER)]
    if request.method == "GET":
        if row is None:
            form.valid_from_on.data, form.duration_days.data, form.licence.data = today(), 30, "any"
            form.at_night.data = True
        else:
            form.show(row)
    if form.validate_on_submit():
        desk_id = form.desk_id.data if row is None else kept_desk
        if row is None and desk_id is None and desks is not ALL_DESKS:
            abort(403)
        if form.submits(
            lambda: services.write_entry(
                facts=form.facts(),
                desk_id=desk_id,
                entry_id=entry_id,
                version=form.typed_version(),
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("L’aide est enregistrée."), "success")
            return redirect(url_for("local_aids.index"), 303)
    if form.violation is not None and entry_id is not None:
        form.show_version(queries.get_entry(entry_id))
    return render_template("local_aids/form.html", form=form, row=row), form.status


@bp.route("/demandes-aide/<int:use_id>", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, local_aid_use="use_id")
def show(use_id: int) -> ResponseReturnValue:
    """Show a request for a local aid, and take it further."""
    person_id = queries.person_of_use(use_id)
    if person_id is None:
        raise NotFound("local aid use")
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    use, entry = queries.get_use(use_id)
    form = MoveForm()
    if request.method == "GET":
        form.show_version(use)
    asked = request.form.get("act", "")
    if form.is_submitted():
        if asked not in set(UseAction):
            abort(400)
        if form.submits(
            lambda: services.move(
                use_id=use_id,
                action=UseAction(asked),
                reason=form.reason.data,
                version=form.typed_version(),
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("C’est noté."), "success")
            return redirect(url_for("local_aids.show", use_id=use_id), 303)
        use, entry = queries.get_use(use_id)
        form.show_version(use)
    actions = USES.actions_from(use.state)
    return render_template(
        "local_aids/show.html",
        form=form,
        use=use,
        entry=entry,
        card=get_person_card(person_id),
        state=(USE_STATE_LABELS[use.state], USE_STATE_TONES[use.state]),
        acts=[(one.value, USE_ACTION_LABELS[one]) for one in actions],
        asks_reason=any(USES.after(use.state, one) in REASONED for one in actions),
        funder=organisation_names([entry.funder_id]).get(entry.funder_id, "") if entry.funder_id else "",
        barriers=[BARRIER_LABELS[code] for code in BARRIER_LABELS if code.value in entry.lifts],
    ), form.status
