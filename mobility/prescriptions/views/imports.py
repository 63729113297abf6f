"""Import a file of prescriptions: choose it, look at what it says, confirm."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.tables import BYTES_MAX
from mobility.core.web.access import Permission, actor, requires
from mobility.organisations.queries import get_organisation, organisation_choices
from mobility.organisations.rules import OrganisationKind
from mobility.people.access import scope_of
from mobility.prescriptions.access import may_be_known, visible
from mobility.prescriptions.forms import ConfirmImportForm, ImportForm
from mobility.prescriptions.kinds import ImportState
from mobility.prescriptions.models import PrescriptionImport
from mobility.prescriptions.services import imports
from mobility.prescriptions.tables import NEEDED, ROWS_MAX, TITLES
from mobility.prescriptions.views.blueprints import bp
from mobility.prescriptions.views.decisions import me


@bp.route("/bannette/import", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE)
def import_file() -> ResponseReturnValue:
    """Choose a file; nothing is made by it yet."""
    form = ImportForm()
    form.organisation_id.choices = organisation_choices(OrganisationKind.PRESCRIBER)

    def act() -> int:
        upload = form.file.data
        return imports.preview(
            data=upload.stream.read(BYTES_MAX + 1),
            filename=upload.filename or "",
            organisation_id=form.organisation_id.data,
            scope=scope_of(actor()),
            known=may_be_known(actor()),
            visible=visible(actor()),
            actor_id=me(),
            now=now(),
        )

    if form.submits(act):
        return redirect(url_for("prescriptions.import_preview", import_id=form.result), 303)
    return (
        render_template(
            "prescriptions/import.html",
            form=form,
            needed=[TITLES[name] for name in NEEDED],
            others=[title for name, title in TITLES.items() if name not in NEEDED],
            limit=ROWS_MAX,
        ),
        form.status,
    )


@bp.route("/bannette/import/<int:import_id>", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription_import="import_id")
def import_preview(import_id: int) -> ResponseReturnValue:
    """Show what a file says, line by line; make what is ticked, or nothing."""
    row = load(PrescriptionImport, import_id)
    rows = row.rows or []
    form = ConfirmImportForm(lines=[str(one["line"]) for one in rows if _is_plain(one)])
    form.lines.choices = [(str(one["line"]), str(one["line"])) for one in rows if not one["problems"]]

    def act() -> int:
        if request.form.get("act") == "drop":
            imports.drop(import_id=import_id, actor_id=me(), now=now())
            return 0
        chosen = [int(number) for number in form.lines.data or ()]
        return imports.confirm(import_id=import_id, lines=chosen, actor_id=me(), now=now())

    if row.state is ImportState.PREVIEW and form.submits(act):
        made = int(form.result)
        flash(
            ngettext("%(num)s orientation est importée.", "%(num)s orientations sont importées.", made)
            if made
            else _("Rien n’a été importé."),
            "success" if made else "info",
        )
        return redirect(url_for("prescriptions.index"), 303)
    return (
        render_template(
            "prescriptions/import_preview.html",
            form=form,
            row=row,
            rows=rows,
            organisation=get_organisation(row.organisation_id),
            shown=list(TITLES.items()),
            headings=TITLES,
            decided=row.state is not ImportState.PREVIEW,
        ),
        form.status,
    )


def _is_plain(one: dict[str, object]) -> bool:
    """Tell whether a line is ticked by itself: nothing is wrong with it, and nobody looks like its person."""
    return not one["problems"] and not one["matches"] and not one["same"] and one["twin"] is None and not one["outside"]
