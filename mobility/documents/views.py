"""The download of a document, and its erasure."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts import audit
from mobility.core.clock import now
from mobility.core.db import transaction
from mobility.core.web import forms
from mobility.core.web.access import Permission, actor, requires
from mobility.documents import queries, services, storage
from mobility.documents.models import Document
from mobility.documents.rules import PICTURES

bp = Blueprint("documents", __name__)


@bp.get("/documents/<int:document_id>")
@requires(Permission.DOCUMENT_VIEW, document="document_id")
def show(document_id: int) -> ResponseReturnValue:
    """Give the file: pictures may be shown in a page, anything else is saved."""
    row = queries.get_document(document_id)
    data = storage.read(row.storage_key)
    _note_view(row)
    response = send_file(
        BytesIO(data),
        mimetype=row.media_type,
        as_attachment=row.media_type not in PICTURES or "telecharger" in request.args,
        download_name=row.filename,
        etag=False,
    )
    return _closed(response)


def _note_view(row: Document) -> None:
    """Put the view into the audit log where the document concerns a person."""
    if row.person_id is None:
        return
    with transaction():
        audit.record(
            actor_id=actor().user_id,
            action="document.view",
            subject_kind="document",
            subject_id=row.id,
            person_id=row.person_id,
            now=now(),
        )


def _closed(response: Response) -> Response:
    """Let the file do nothing but be seen: no script, no guess at its type, no copy left behind."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


class EraseForm(forms.Form):
    """Nothing but the will to erase."""


def _back() -> str:
    """Return the page of ours from which the person came, else the home page."""
    try:
        target = urlsplit(request.values.get("retour", "")[:500])
    except ValueError:
        return url_for("accounts.door")
    if target.scheme or target.netloc or not target.path.startswith("/") or target.path.startswith(("//", "/\\")):
        return url_for("accounts.door")
    return target.path


@bp.route("/documents/<int:document_id>/effacer", methods=["GET", "POST"])
@requires(Permission.DOCUMENT_ADD, document="document_id")
def erase(document_id: int) -> ResponseReturnValue:
    """Ask, then erase a document for good."""
    row = queries.get_document(document_id)
    form = EraseForm()
    back = _back()
    if form.validate_on_submit():
        services.erase(document_id=document_id, actor_id=actor().user_id, now=now())
        flash(_("Le document est effacé."), "success")
        return redirect(back, 303)
    return render_template("documents/erase.html", form=form, document=row, back=back), form.status
