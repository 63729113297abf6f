"""The tool that blackens a passage of a paper: rectangles drawn on its page, or typed as numbers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form, integer
from mobility.documents import masking
from mobility.documents.models import Document
from mobility.documents.queries import get_document
from mobility.documents.rules import Mask, mask_of
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.paperwork import queries

bp = Blueprint("microcredit_masks", __name__)
EDIT = Permission.MICROCREDIT_EDIT
ROWS = 8
SIDES = (("left", "Depuis la gauche"), ("top", "Depuis le haut"), ("width", "Largeur"), ("height", "Hauteur"))


class _Rows(Form):
    """Rectangles on one page, in whole per cents of it; ``sha256`` of the document that was shown."""

    page = HiddenField()
    sha256 = HiddenField()

    def rows(self) -> list[list[Any]]:
        """Return the four fields of each rectangle."""
        return [[self[f"{side}_{number}"] for side, _label in SIDES] for number in range(ROWS)]

    def masks(self, page: int) -> list[Mask]:
        """Return what was typed; rows without anything are left out."""
        typed = [[field.data for field in row] for row in self.rows()]
        return [
            mask_of(
                page=page,
                left=10 * (left or 0),
                top=10 * (top or 0),
                width=10 * (width or 0),
                height=10 * (height or 0),
            )
            for left, top, width, height in typed
            if any(value is not None for value in (left, top, width, height))
        ]


MaskForm: type[_Rows] = type(
    "MaskForm",
    (_Rows,),
    {
        f"{side}_{number}": integer(f"Rectangle {number + 1} : {label.lower()} (%)", required=False, low=0, high=100)
        for number in range(ROWS)
        for side, label in SIDES
    },
)


def _document(row: MicrocreditDossier, document_id: int) -> Document:
    """Return a document of the dossier's papers. Raises NotFound for any other."""
    known = {one.brought.document_id for one in checklist.of_dossier(row, on=today()) if one.brought is not None}
    for documents in queries.further_pages(row.person_id).values():
        known |= set(documents)
    for pages in queries.waiting_pages(row.id).values():
        known |= {document.id for _page, document in pages}
    if document_id not in known:
        raise NotFound("document")
    return get_document(document_id)


def _page_number() -> int:
    raw = request.values.get("page", "1")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 4 else 1


@bp.route("/micro-credits/<int:dossier_id>/papiers/<int:scan_id>/cacher", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def mask(dossier_id: int, scan_id: int) -> ResponseReturnValue:
    """Show a page of a paper, and blacken what the adviser marks."""
    row = get_dossier(dossier_id)
    document = _document(row, scan_id)
    page = _page_number()
    form = MaskForm()
    if form.submits(
        lambda: masking.mask(
            document_id=scan_id,
            masks=form.masks(page),
            sha256=form.sha256.data or "",
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les passages sont cachés. L’original est détruit."), "success")
        return redirect(url_for("microcredit_papers.show", dossier_id=dossier_id), 303)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    _picture, _media_type, pages = masking.page_picture(scan_id, page=page)
    document, page = get_document(scan_id), min(page, pages)
    form.sha256.data, form.page.data = document.sha256, str(page)
    return render_template(
        "microcredit/mask.html", form=form, row=row, document=document, page=page, pages=pages, sides=SIDES
    ), form.status


@bp.get("/micro-credits/<int:dossier_id>/papiers/<int:scan_id>/page/<int:page>")
@requires(EDIT, microcredit="dossier_id")
def picture(dossier_id: int, scan_id: int, page: int) -> ResponseReturnValue:
    """Give one page of a paper as a picture."""
    _document(get_dossier(dossier_id), scan_id)
    data, media_type, _pages = masking.page_picture(scan_id, page=page)
    answer = Response(data, mimetype=media_type.value)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
