"""When and how a person can come: said in the portal, behind a link, or by the adviser for them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import queries, services
from mobility.agenda.forms import ReachForm
from mobility.agenda.queries import ways
from mobility.agenda.services.messages import INVITATION_PURPOSE, LINK_PURPOSE
from mobility.agenda.views.blueprints import bp, links_bp, portal_bp
from mobility.agenda.views.links import TOKEN_MAX
from mobility.agenda.views.portal import own_person
from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.people.models import Person
from mobility.people.queries import current_id, get_person_card


def _page(person_id: int, *, template: str, back: str, actor_id: int | None, **page: object) -> ResponseReturnValue:
    form = ReachForm()
    if form.submits(lambda: services.say_reach(person_id=person_id, said=form.said(), actor_id=actor_id, now=now())):
        flash(_("C’est noté : nous proposons des heures qui vont."), "success")
        return redirect(back, 303)
    row = ways.find_reach(person_id)
    if not form.is_submitted() and row is not None:
        form.show(ways.fact_of(row))
    return render_template(template, form=form, back=back, **page), form.status


def _open_person(person_id: int) -> Person:
    try:
        person = load(Person, current_id(person_id))
    except NotFound:
        raise LinkInvalid from None
    if person.erased_at is not None or person.restricted_at is not None:
        raise LinkInvalid
    return person


@links_bp.route("/rdv/<token>/venir", methods=["GET", "POST"])
@signed_link
def reach_by_link(token: str) -> ResponseReturnValue:
    """Say when and how one can come, before choosing another hour."""
    payload = links.read(LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    try:
        visit = queries.get_visit(int(payload["a"]))
    except NotFound:
        raise LinkInvalid from None
    person = _open_person(visit.attendance.person_id)
    back = url_for("agenda_links.move", token=token)
    return _page(person.id, template="agenda/reach_person.html", back=back, actor_id=None)


@links_bp.route("/rdv/choisir/<token>/venir", methods=["GET", "POST"])
@signed_link
def reach_by_invitation(token: str) -> ResponseReturnValue:
    """Say when and how one can come, before choosing an hour."""
    payload = links.read(INVITATION_PURPOSE, token[:TOKEN_MAX], now=now())
    person = _open_person(int(payload["p"]))
    back = url_for("agenda_links.choose", token=token)
    return _page(person.id, template="agenda/reach_person.html", back=back, actor_id=None)


@portal_bp.route("/mon-espace/rendez-vous/venir", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK)
def reach() -> ResponseReturnValue:
    """Say when and how one can come."""
    person = own_person()
    back = url_for("my_agenda.index")
    return _page(person.id, template="agenda/reach_person.html", back=back, actor_id=actor().user_id)


@bp.route("/personnes/<int:person_id>/rendez-vous/venir", methods=["GET", "POST"])
@requires(Permission.AGENDA_BOOK, person="person_id")
def reach_of(person_id: int) -> ResponseReturnValue:
    """Note when and how the person can come."""
    card = get_person_card(current_id(person_id))
    back = url_for("agenda.book", person_id=card.id)
    kept = {name: request.args[name] for name in ("type", "antenne") if request.args.get(name, "").isdecimal()}
    if kept:
        back = url_for("agenda.book", person_id=card.id, **kept)  # type: ignore[arg-type]  # only ids, as text
    return _page(card.id, template="agenda/reach_desk.html", back=back, actor_id=actor().user_id, card=card)
