"""Rights requests: the list with its clock, and the answer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _

from mobility.core import clock
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.people import exports, lifecycle, queries, services
from mobility.people.access import visible_archives
from mobility.people.errors import ErasureHeld
from mobility.people.forms import AnswerForm, ExtendForm, RightsForm
from mobility.people.kinds import CHANNEL_LABELS, RIGHTS_LABELS, RIGHTS_STATE_LABELS, RequestChannel, RightsKind
from mobility.people.rules import rights_due_on
from mobility.people.views.base import bp, me, now

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue


@bp.get("/droits")
@requires(Permission.RIGHTS_MANAGE)
def rights() -> ResponseReturnValue:
    """List the open requests, the first due first."""
    rows = queries.list_open_requests(visible=visible_archives(actor()))
    return render_template("people/rights.html", rows=rows, labels=RIGHTS_LABELS, today=clock.today())


@bp.route("/personnes/<int:person_id>/droits", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def rights_of(person_id: int) -> ResponseReturnValue:
    """Note a request that came in at the desk; show the earlier ones."""
    form = RightsForm()
    if form.submits(
        lambda: services.open_request(
            person_id=person_id,
            kind=RightsKind(form.kind.data),
            channel=RequestChannel(form.channel.data),
            received_on=form.received_on.data,
            wish=form.wish.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("La demande est notée : la réponse est due dans le mois."), "success")
        return redirect(url_for("people.rights_of", person_id=person_id), 303)
    page = render_template(
        "people/rights_of.html",
        form=form,
        card=queries.get_person_card(person_id),
        requests=queries.list_requests_of(person_id),
        labels=RIGHTS_LABELS,
        states=RIGHTS_STATE_LABELS,
        may_answer=actor().permits(Permission.RIGHTS_MANAGE),
    )
    return page, form.status


@bp.route("/droits/<int:request_id>", methods=["GET", "POST"])
@requires(Permission.RIGHTS_MANAGE, rights_request="request_id")
def rights_answer(request_id: int) -> ResponseReturnValue:
    """Answer a request: done or refused. An erasure erases."""
    asked = queries.get_request(request_id)
    person_id, form = asked.person_id, AnswerForm()

    def answer() -> None:
        decide = services.fulfil_request if form.decision.data == "fulfil" else services.refuse_request
        decide(request_id=request_id, answer=form.answer.data, actor_id=me(), now=now())

    if form.submits(answer):
        flash(_("La réponse est enregistrée."), "success")
        return redirect(url_for("people.rights"), 303)
    page = render_template(
        "people/rights_answer.html",
        form=form,
        asked=queries.get_request(request_id),
        card=queries.get_person_card(person_id),
        labels=RIGHTS_LABELS,
        channels=CHANNEL_LABELS,
        states=RIGHTS_STATE_LABELS,
        held=isinstance(form.violation, ErasureHeld),
        until=lifecycle.longest_clock(person_id=person_id, on=clock.today()),
        today=clock.today(),
    )
    return page, form.status


@bp.route("/droits/<int:request_id>/prolonger", methods=["GET", "POST"])
@requires(Permission.RIGHTS_MANAGE, rights_request="request_id")
def rights_extend(request_id: int) -> ResponseReturnValue:
    """Give the answer three months, with a reason."""
    asked, form = queries.get_request(request_id), ExtendForm()
    if form.submits(
        lambda: services.extend_request(request_id=request_id, reason=form.reason.data, actor_id=me(), now=now())
    ):
        flash(_("Le délai est prolongé. Dites-le à la personne avant la fin du premier mois."), "success")
        return redirect(url_for("people.rights_answer", request_id=request_id), 303)
    page = render_template(
        "people/rights_extend.html",
        form=form,
        asked=asked,
        card=queries.get_person_card(asked.person_id),
        until=rights_due_on(asked.received_on, extended=True),
    )
    return page, form.status


@bp.post("/personnes/<int:person_id>/copie")
@requires(Permission.RIGHTS_MANAGE, person="person_id")
def export(person_id: int) -> ResponseReturnValue:
    """Give the copy of a person's data, to hand it over."""
    return send_export(person_id)


def send_export(person_id: int) -> ResponseReturnValue:
    """Return the archive of a person's data, and write that it was made."""
    form = Form()
    if not form.validate_on_submit():
        return redirect(url_for("people.rights_of", person_id=person_id), 303)
    sections = exports.gather(person_id)
    services.note_export(person_id=person_id, actor_id=me(), now=now())
    page = render_template("people/export.html", sections=sections, say=exports.say, made_at=now())
    archive = exports.make_archive(sections, page=page, made_at=now())
    response: Response = send_file(
        io.BytesIO(archive),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"mes-donnees-{clock.today():%Y-%m-%d}.zip",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
