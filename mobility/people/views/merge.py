"""Merge two files: choose the other, compare side by side, confirm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from mobility.core.db import load
from mobility.core.web.access import Permission, actor, check_permission, requires
from mobility.core.web.compare import show_value
from mobility.core.web.forms import clean_line
from mobility.core.web.pagination import page_number
from mobility.desks.queries import desk_names
from mobility.people import queries, services
from mobility.people.access import scope_of, visible_persons
from mobility.people.duplicates import Facts
from mobility.people.forms import IdentityForm, MergeForm
from mobility.people.kinds import READING_LABELS
from mobility.people.models import Person
from mobility.people.queries import PersonCard
from mobility.people.queries.search import QUERY_MAX
from mobility.people.services.merge import MERGEABLE
from mobility.people.views.base import bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

CHOICES = (*MERGEABLE, "address")


@bp.get("/personnes/<int:person_id>/reunir")
@requires(Permission.PERSON_MERGE, person="person_id")
def merge_choose(person_id: int) -> ResponseReturnValue:
    """Choose the other file: those that look alike, or a search."""
    card = queries.get_person_card(person_id)
    text = (clean_line(request.args.get("q")) or "")[:QUERY_MAX]
    visible = visible_persons(actor(), Permission.PERSON_MERGE) & (Person.id != person_id)
    page = queries.search(text, visible=visible, number=page_number()) if text else None
    facts = Facts(
        first_name=card.first_name,
        last_name=card.last_name,
        birth_name=card.birth_name,
        born_on=card.born_on,
        phones=frozenset(contact.value for contact in card.contacts if contact.channel == "sms"),
        emails=frozenset(contact.value for contact in card.contacts if contact.channel == "email"),
        france_travail_id=card.france_travail_id,
    )
    matches = queries.find_duplicates(facts, scope=scope_of(actor()), except_id=person_id)
    return render_template("people/merge_choose.html", card=card, text=text, page=page, matches=matches)


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the comparison."""

    name: str
    label: str
    mine: str
    other: str

    @property
    def differs(self) -> bool:
        """Tell whether a choice is to be made."""
        return self.mine != self.other and bool(self.other)


@bp.route("/personnes/<int:person_id>/reunir/<int:other_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_MERGE, person="person_id")
def merge(person_id: int, other_id: int) -> ResponseReturnValue:
    """Compare two files and make them one. The file of the address stays."""
    check_permission(Permission.PERSON_MERGE, person=other_id)
    kept, other = load(Person, person_id), load(Person, other_id)
    form = MergeForm(data={"kept_version": kept.version, "merged_version": other.version})
    if form.submits(
        lambda: services.merge_persons(
            kept_id=person_id,
            merged_id=other_id,
            take=form.taken(CHOICES),
            kept_version=_version(form.kept_version.data),
            merged_version=_version(form.merged_version.data),
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("Les deux fiches n’en font plus qu’une."), "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    mine, theirs = queries.get_person_card(person_id), queries.get_person_card(other_id)
    lines = _lines(mine, theirs)
    taken = form.taken(CHOICES)
    if form.is_submitted():
        form.kept_version.data, form.merged_version.data = str(mine.version), str(theirs.version)
    return render_template(
        "people/merge.html", form=form, mine=mine, other=theirs, lines=lines, taken=taken
    ), form.status


def _version(given: str | None) -> int:
    text = str(given or "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _lines(mine: PersonCard, other: PersonCard) -> list[Line]:
    labels = {field.name: str(field.label.text) for field in IdentityForm()}
    labels["status"] = labels["situation"]
    desks = {str(desk_id): name for desk_id, name in desk_names().items()}
    lines = []
    for name in MERGEABLE:
        values = []
        for card in (mine, other):
            if name == "desk_id":
                values.append(desks.get(str(card.desk_id), ""))
            elif name == "referent_user_id":
                values.append(card.referent_name)
            elif name in {"status", "language", "legal_protection"}:
                values.append(getattr(card, f"{name}_label"))
            elif name == "reading_ease":
                values.append(READING_LABELS[card.reading_ease])
            else:
                values.append(show_value(getattr(card, name)))
        label = {"desk_id": _("Antenne"), "referent_user_id": _("Référent")}.get(name) or labels.get(name, name)
        lines.append(Line(name, label, values[0], values[1]))
    addresses = [_("(cachée)") if card.address_hidden else card.address for card in (mine, other)]
    lines.append(Line("address", _("Adresse"), addresses[0], addresses[1]))
    return lines
