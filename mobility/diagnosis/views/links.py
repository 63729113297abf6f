"""The pages behind the signed link of a message: the person answers their part without signing in.

Whoever holds the link sees what was answered through this door or the portal, and nothing that the file or the adviser
says. It ends with the diagnosis.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.diagnosis import queries, services, tokens
from mobility.diagnosis.forms import PlainForm
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import Author, State
from mobility.diagnosis.views.blueprints import links_bp
from mobility.diagnosis.views.filling import Door, fill_block, progress, save_answer
from mobility.people.models import Person
from mobility.people.queries import current_id


def _row(token: str) -> tuple[Diagnosis, Person]:
    try:
        row = queries.get_diagnosis(tokens.read_id(token, now=now()))
    except NotFound:
        raise LinkInvalid from None
    person = load(Person, current_id(row.person_id))
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    return row, person


def _open_row(token: str) -> Diagnosis:
    row, _person = _row(token)
    if row.state is not State.OPEN:
        raise LinkInvalid
    return row


def _door(token: str) -> Door:
    return Door(
        author=Author.PERSON,
        user_id=None,
        page=lambda block: url_for("diagnosis_links.block", token=token, block=block),
        answer=lambda item: url_for("diagnosis_links.answer", token=token, item=item),
        end=url_for("diagnosis_links.index", token=token),
        back=(_("Mes questions"), url_for("diagnosis_links.index", token=token)),
        layout="portal.html",
        trusted=False,
    )


@links_bp.get("/preparer/<token>")
@signed_link
def index(token: str) -> ResponseReturnValue:
    """Show the blocks that the person may answer; a diagnosis that has ended says so."""
    row, person = _row(token)
    is_open = row.state is State.OPEN
    blocks = progress(queries.fill(row, today=day_of(now())), _door(token)) if is_open else []
    return render_template(
        "diagnosis/link_index.html",
        row=row,
        blocks=blocks,
        is_open=is_open,
        token=token,
        form=PlainForm(),
        desk=load(Desk, person.desk_id),
    )


@links_bp.route("/preparer/<token>/questions/<block>", methods=["GET", "POST"])
@signed_link
def block(token: str, block: str) -> ResponseReturnValue:
    """Ask the person's own questions of one block."""
    return fill_block(_open_row(token).id, block, _door(token))


@links_bp.post("/preparer/<token>/reponses/<item>")
@signed_link
def answer(token: str, item: str) -> ResponseReturnValue:
    """Save one answer."""
    return save_answer(_open_row(token).id, item, _door(token))


@links_bp.post("/preparer/<token>/fini")
@signed_link
def done(token: str) -> ResponseReturnValue:
    """Note that the person has done their part."""
    form, diagnosis_id = PlainForm(), _open_row(token).id
    form.submits(lambda: services.prepared(diagnosis_id=diagnosis_id, user_id=None, now=now()))
    return redirect(url_for("diagnosis_links.index", token=token), 303)
