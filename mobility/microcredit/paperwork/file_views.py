"""The dossier and its papers in one file: asked for, waited for, read. A job makes it; these pages only look."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mobility.accounts.audit import record_view
from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.documents.queries import get_document
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.paperwork import services
from mobility.microcredit.paperwork.queries import joined_file
from mobility.microcredit.rules.joining import JoinState

bp = Blueprint("microcredit_files", __name__)
EDIT = Permission.MICROCREDIT_EDIT


class FileForm(Form):
    """Nothing but the will to have the file, or to do without it."""


def _back(dossier_id: int) -> ResponseReturnValue:
    return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id, _anchor="fichier"), 303)


@bp.post("/micro-credits/<int:dossier_id>/fichier")
@requires(EDIT, microcredit="dossier_id")
def ask(dossier_id: int) -> ResponseReturnValue:
    """Have the file made, or take back what was asked for."""
    get_dossier(dossier_id)
    form, act = FileForm(), request.form.get("act", "")
    if act == "make":
        form.submits(lambda: services.ask_file(dossier_id=dossier_id, actor_id=actor().user_id, now=now()))
    elif act == "call_off":
        form.submits(lambda: services.call_off(dossier_id=dossier_id, now=now()))
    else:
        abort(400)
    return _back(dossier_id)


@bp.get("/micro-credits/<int:dossier_id>/preparation")
@requires(EDIT, microcredit="dossier_id")
def wait(dossier_id: int) -> ResponseReturnValue:
    """Say how far the file is, for the part of the page that asks again; what ended shows the whole page anew."""
    file = joined_file(dossier_id)
    answer = make_response(render_template("microcredit/_preparation.html", file=file, dossier_id=dossier_id))
    if file is None or file.state is not JoinState.WAITING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/micro-credits/<int:dossier_id>/dossier.pdf")
@requires(EDIT, microcredit="dossier_id")
def pdf(dossier_id: int) -> ResponseReturnValue:
    """Give the file that a job has made, or show that there is none yet."""
    row, file = get_dossier(dossier_id), joined_file(dossier_id)
    if file is None or file.document_id is None:
        return _back(dossier_id)
    record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    return as_file(get_document(file.document_id))


def as_file(row: Document) -> Response:
    """Return a PDF of the storage, read in pieces, that no cache keeps."""
    answer = Response(storage.pieces(row.storage_key), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = "attachment; filename=dossier-microcredit.pdf"
    answer.headers["Content-Length"] = str(row.size_bytes)
    answer.headers["Cache-Control"] = "no-store"
    return answer
