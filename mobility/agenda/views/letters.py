"""« Courriers à envoyer »: what goes by post to people whom no message reaches."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, true

from mobility.agenda.forms import PlainForm
from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.services import letters as services
from mobility.agenda.views.blueprints import bp
from mobility.core.clock import day_of, now
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.people.access import visible_persons

BOOK = Permission.AGENDA_BOOK


def _mine() -> ColumnElement[bool]:
    """Return the condition « at the actor's desks, of people whose file they may read or who have none »."""
    who = actor()
    desks = who.desk_ids(BOOK)
    at_desks = true() if desks is ALL_DESKS else AgendaLetter.desk_id.in_(desks)
    return and_(at_desks, or_(AgendaLetter.person_id.is_(None), visible_persons(who, BOOK)))


@bp.get("/agenda/courriers")
@requires(BOOK)
def letters() -> ResponseReturnValue:
    """List the letters to post."""
    return render_template(
        "agenda/letters.html", rows=services.list_letters(_mine()), form=PlainForm(), today=day_of(now())
    )


@bp.get("/agenda/courriers/imprimer")
@requires(BOOK)
def print_all() -> ResponseReturnValue:
    """Print the letters that are to be posted by today."""
    today = day_of(now())
    due = [row.id for row in services.list_letters(_mine()) if row.post_on <= today and row.has_address]
    if not due:
        flash(_("Il n’y a pas de courrier à imprimer aujourd’hui."), "info")
        return redirect(url_for("agenda.letters"), 303)
    return _paper(services.print_letters(due, now=now()))


@bp.get("/agenda/courriers/<int:letter_id>/imprimer")
@requires(BOOK, agenda_letter="letter_id")
def print_one(letter_id: int) -> ResponseReturnValue:
    """Print one letter."""
    return _paper(services.print_letters([letter_id], now=now()))


def _paper(content: bytes) -> Response:
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="courriers.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/agenda/courriers/<int:letter_id>/poste")
@requires(BOOK, agenda_letter="letter_id")
def mark_posted(letter_id: int) -> ResponseReturnValue:
    """Note that the letter is in the post."""
    form = PlainForm()
    if form.submits(lambda: services.mark_posted(letter_id=letter_id, actor_id=actor().user_id, now=now())):
        flash(_("C’est noté : le courrier est posté."), "success")
    return redirect(url_for("agenda.letters"), 303)
