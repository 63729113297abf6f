"""Search people, and open a file; duplicates are shown while typing, and on submit without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import clean_line
from mobility.core.web.pagination import page_number
from mobility.desks.queries import desk_choices
from mobility.people import queries, services
from mobility.people.access import scope_of, visible_persons
from mobility.people.duplicates import Facts
from mobility.people.errors import DuplicateSuspected, PhoneUnreadable
from mobility.people.forms import PersonForm
from mobility.people.identifiers import clean_phone
from mobility.people.queries import Match
from mobility.people.queries.search import QUERY_MAX
from mobility.people.views.base import bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/personnes")
@requires(Permission.PERSON_SEARCH)
def search() -> ResponseReturnValue:
    """Search people; without words, list those of the actor's desks, the last seen first."""
    text = (clean_line(request.args.get("q")) or "")[:QUERY_MAX]
    visible = visible_persons(actor(), Permission.PERSON_SEARCH)
    number = page_number()
    page = (
        queries.search(text, visible=visible, number=number)
        if text
        else queries.list_desk(visible=visible, number=number)
    )
    return render_template("people/search.html", page=page, text=text)


@bp.route("/personnes/nouvelle", methods=["GET", "POST"])
@requires(Permission.PERSON_CREATE)
def create() -> ResponseReturnValue:
    """Open a file."""
    desks = desk_choices(actor().desk_ids(Permission.PERSON_CREATE))
    form = PersonForm(desk_id=desks[0][0] if desks else None)
    form.desk_id.choices = desks
    form.last_name.data = form.last_name.data or (clean_line(request.args.get("nom")) or None)

    place = form.find_place(outside=True)

    def act() -> int:
        return services.create_person(
            desk_id=form.desk_id.data,
            identity=form.identity(),
            address=form.address(place),
            phone=form.phone.data,
            email=form.email.data,
            actor_id=me(),
            scope=scope_of(actor()),
            not_a_duplicate=form.not_a_duplicate.data,
            now=now(),
        )

    if form.submits(act):
        flash(_("La fiche est ouverte."), "success")
        return redirect(url_for("people.show", person_id=form.result), 303)
    matches = _matches(form) if isinstance(form.violation, DuplicateSuspected) else []
    return render_template("people/create.html", form=form, matches=matches), form.status


@bp.post("/personnes/doublons")
@requires(Permission.PERSON_CREATE)
def duplicates() -> ResponseReturnValue:
    """Return the files that look like what is being typed, as a part of the page."""
    return render_template("people/_duplicates.html", matches=_matches(PersonForm()))


def _matches(form: PersonForm) -> list[Match]:
    try:
        phones = [clean_phone(form.phone.data)] if form.phone.data else []
    except PhoneUnreadable:
        phones = []
    facts = Facts(
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        birth_name=form.birth_name.data,
        born_on=form.born_on.data,
        phones=frozenset(phones),
        emails=frozenset([form.email.data.lower()] if form.email.data else []),
        france_travail_id=form.france_travail_id.data,
    )
    return queries.find_duplicates(facts, scope=scope_of(actor()))
