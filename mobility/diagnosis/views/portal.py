"""The person's own side: preparing one's part, and reading what was found."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.diagnosis import queries, services, shown
from mobility.diagnosis.forms import PlainForm
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import Author
from mobility.diagnosis.views.blueprints import portal_bp
from mobility.diagnosis.views.filling import Door, fill_block, progress, save_answer
from mobility.diagnosis.views.results import paper
from mobility.people.access import own_file
from mobility.people.queries import family_ids

VIEW, WRITE = Permission.PORTAL_VIEW, Permission.PORTAL_OWN_DATA


def _open_id() -> int:
    open_id = queries.standing_of(family_ids(own_file())).open_id
    if open_id is None:
        raise NotFound("diagnosis")
    return open_id


def _door() -> Door:
    return Door(
        author=Author.PERSON,
        user_id=actor().user_id,
        page=lambda block: url_for("my_diagnosis.block", block=block),
        answer=lambda item: url_for("my_diagnosis.answer", item=item),
        end=url_for("my_diagnosis.index"),
        back=(_("Mon diagnostic"), url_for("my_diagnosis.index")),
        layout="portal.html",
    )


@portal_bp.get("/mon-diagnostic")
@requires(VIEW)
def index() -> ResponseReturnValue:
    """Show what is to be prepared, and what was found last."""
    standing = queries.standing_of(family_ids(own_file()))
    row = queries.get_diagnosis(standing.open_id) if standing.open_id is not None else None
    blocks = progress(queries.fill(row, today=day_of(now())), _door()) if row is not None else []
    last = _last(standing)
    result = shown.result_of(last, queries.fill(last, today=day_of(now()))) if last is not None else None
    return render_template(
        "diagnosis/portal_index.html", row=row, blocks=blocks, last=last, result=result, form=PlainForm()
    )


def _last(standing: queries.Standing) -> Diagnosis | None:
    return queries.get_diagnosis(standing.last.diagnosis_id) if standing.last is not None else None


@portal_bp.post("/mon-diagnostic/commencer")
@requires(WRITE)
def start() -> ResponseReturnValue:
    """Begin one's part."""
    form, person_id = PlainForm(), own_file()
    if form.submits(lambda: services.start_alone(person_id=person_id, user_id=actor().user_id, now=now())):
        first = progress(queries.fill(queries.get_diagnosis(form.result), today=day_of(now())), _door())
        return redirect(first[0]["url"], 303)
    return redirect(url_for("my_diagnosis.index"), 303)


@portal_bp.route("/mon-diagnostic/questions/<block>", methods=["GET", "POST"])
@requires(WRITE)
def block(block: str) -> ResponseReturnValue:
    """Ask the person's own questions of one block."""
    return fill_block(_open_id(), block, _door())


@portal_bp.post("/mon-diagnostic/reponses/<item>")
@requires(WRITE)
def answer(item: str) -> ResponseReturnValue:
    """Save one answer."""
    return save_answer(_open_id(), item, _door())


@portal_bp.post("/mon-diagnostic/fini")
@requires(WRITE)
def done() -> ResponseReturnValue:
    """Note that the person has done their part."""
    form, diagnosis_id = PlainForm(), _open_id()
    if form.submits(lambda: services.prepared(diagnosis_id=diagnosis_id, user_id=actor().user_id, now=now())):
        flash(_("Merci. Vous continuez ensemble au prochain rendez-vous."), "success")
    return redirect(url_for("my_diagnosis.index"), 303)


@portal_bp.get("/mon-diagnostic/resume.pdf")
@requires(VIEW)
def summary() -> ResponseReturnValue:
    """Give one's own page."""
    last = _last(queries.standing_of(family_ids(own_file())))
    if last is None:
        raise NotFound("diagnosis")
    return paper(last)
