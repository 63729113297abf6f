"""The papers of a person: what was brought, until when it is good, and one more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.db import transaction
from mobility.core.web.access import Permission, actor, requires
from mobility.documents import queries as documents
from mobility.documents import services as storage
from mobility.documents.services import Prepared
from mobility.documents.uploads import take
from mobility.people import queries
from mobility.people.paper_forms import PaperForm
from mobility.people.papers import PAPER_LABELS
from mobility.people.services.common import lock_living
from mobility.people.views.base import bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _keep(person_id: int, form: PaperForm, prepared: Prepared | None) -> int | None:
    if prepared is None:
        return None
    with transaction():
        lock_living(person_id)
        return storage.store(
            prepared=prepared,
            kind=form.kind.data,
            owner_kind="person",
            owner_id=person_id,
            person_id=person_id,
            valid_until_on=form.valid_until_on.data,
            actor_id=me(),
            now=now(),
        )


@bp.route("/personnes/<int:person_id>/pieces", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def papers(person_id: int) -> ResponseReturnValue:
    """Show a person's papers; add one (a photo or a PDF)."""
    form = PaperForm()
    with take(form, "file") as prepared:
        if form.submits(lambda: _keep(person_id, form, prepared)):
            flash(_("La pièce est enregistrée."), "success")
            return redirect(url_for("people.papers", person_id=person_id), 303)
    page = render_template(
        "people/papers.html",
        form=form,
        card=queries.get_person_card(person_id),
        documents=documents.list_for("person", person_id),
        labels=PAPER_LABELS,
        may_erase=actor().permits(Permission.DOCUMENT_ADD),
    )
    return page, form.status
