"""Calls and visits noted in 20 seconds; the call-back list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from mobility.core import clock
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, check_permission, requires
from mobility.core.web.filters import phone
from mobility.core.web.forms import Form, clean_line
from mobility.desks.queries import desk_choices
from mobility.people import queries, services
from mobility.people.access import visible_persons
from mobility.people.forms import CallBackForm, HandOverForm, NoteForm
from mobility.people.kinds import NOTE_LABELS, NoteKind
from mobility.people.models import ContactNote, Person
from mobility.people.queries.search import QUERY_MAX
from mobility.people.views.base import bp, me, now, own_desks, team_choices

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/appels")
@requires(Permission.CONTACT_NOTE)
def callbacks() -> ResponseReturnValue:
    """List who waits for a call back: the actor's own, or everybody's of the desk, or all notes."""
    which = request.args.get("voir", "moi")
    rows = queries.list_callbacks(
        desk_ids=own_desks(Permission.CONTACT_NOTE),
        user_id=me(),
        visible=visible_persons(actor(), Permission.CONTACT_NOTE),
        mine=which not in {"tous", "notes"},
        open_only=which != "notes",
    )
    return render_template("people/callbacks.html", rows=rows, which=which, labels=NOTE_LABELS, today=clock.today())


def _prepare(form: NoteForm, desk_id: int | None = None) -> None:
    desks = desk_choices(actor().desk_ids(Permission.CONTACT_NOTE))
    form.desk_id.choices = desks
    form.callback_user_id.choices = team_choices(Permission.CONTACT_NOTE, none=_("Personne : c’est réglé"))
    known = [choice for choice, _name in desks]
    if known and not form.is_submitted():
        form.desk_id.data = desk_id if desk_id in known else known[0]


def _note(form: NoteForm, person_id: int | None) -> int:
    return services.note_contact(
        desk_id=form.desk_id.data,
        kind=NoteKind(form.kind.data),
        person_id=person_id,
        caller_name=form.caller_name.data,
        caller_phone=form.caller_phone.data,
        text=form.text.data,
        callback_user_id=form.callback_user_id.data,
        callback_due_on=form.callback_due_on.data,
        actor_id=me(),
        now=now(),
    )


@bp.route("/appels/noter", methods=["GET", "POST"])
@requires(Permission.CONTACT_NOTE)
def note_new() -> ResponseReturnValue:
    """Note a call or visit of somebody whose file is not known (yet)."""
    form = NoteForm()
    _prepare(form)
    if form.submits(lambda: _note(form, None)):
        flash(_("C’est noté."), "success")
        return redirect(url_for("people.note_attach", note_id=form.result), 303)
    return render_template("people/note.html", form=form, card=None), form.status


@bp.route("/personnes/<int:person_id>/noter", methods=["GET", "POST"])
@requires(Permission.CONTACT_NOTE, person="person_id")
def note_for(person_id: int) -> ResponseReturnValue:
    """Note a call or visit of a known person."""
    card = queries.get_person_card(person_id)
    form = NoteForm()
    _prepare(form, card.desk_id)
    if card.protected:
        form.callback_user_id.choices = [("", _("Personne : c’est réglé")), *card.named_staff]
    if form.submits(lambda: _note(form, person_id)):
        flash(_("C’est noté."), "success")
        return redirect(url_for("people.show", person_id=person_id, _anchor="appels"), 303)
    return render_template("people/note.html", form=form, card=card), form.status


@bp.route("/appels/<int:note_id>/rattacher", methods=["GET", "POST"])
@requires(Permission.CONTACT_NOTE, contact_note="note_id")
def note_attach(note_id: int) -> ResponseReturnValue:
    """Put a note into a file: those that its phone or name suggest, or a search."""
    note = load(ContactNote, note_id)
    if note.person_id is not None:
        return redirect(url_for("people.callbacks", voir="notes"), 303)
    form = Form()
    if form.is_submitted():
        chosen = request.form.get("person_id", type=int)
        if chosen is None:
            raise NotFound("person")
        check_permission(Permission.CONTACT_NOTE, person=chosen)
        if form.submits(lambda: services.attach_note(note_id=note_id, person_id=chosen, actor_id=me(), now=now())):
            flash(_("La note est dans la fiche."), "success")
            return redirect(url_for("people.show", person_id=chosen, _anchor="appels"), 303)
    text = (clean_line(request.args.get("q")) or phone(note.caller_phone) or note.caller_name)[:QUERY_MAX]
    page = queries.search(text, visible=visible_persons(actor(), Permission.CONTACT_NOTE), per_page=10)
    return render_template("people/note_attach.html", form=form, note=note, text=text, page=page), form.status


@bp.route("/appels/<int:note_id>/rappeler", methods=["GET", "POST"])
@requires(Permission.CONTACT_NOTE, contact_note="note_id")
def call_back(note_id: int) -> ResponseReturnValue:
    """Note that the call back is done."""
    note, form = load(ContactNote, note_id), CallBackForm()
    if form.submits(lambda: services.call_back(note_id=note_id, outcome=form.outcome.data, actor_id=me(), now=now())):
        flash(_("Le rappel est fait."), "success")
        return redirect(url_for("people.callbacks"), 303)
    card = queries.get_person_card(note.person_id) if note.person_id is not None else None
    return render_template("people/call_back.html", form=form, note=note, card=card, labels=NOTE_LABELS), form.status


@bp.route("/appels/<int:note_id>/transmettre", methods=["GET", "POST"])
@requires(Permission.CONTACT_NOTE, contact_note="note_id")
def hand_over(note_id: int) -> ResponseReturnValue:
    """Let somebody else call back, or on another day."""
    note = load(ContactNote, note_id)
    form = HandOverForm(data={"callback_user_id": note.callback_user_id, "callback_due_on": note.callback_due_on})
    form.callback_user_id.choices = _callers(note)
    if form.submits(
        lambda: services.hand_over(
            note_id=note_id,
            callback_user_id=form.callback_user_id.data,
            callback_due_on=form.callback_due_on.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("Le rappel est transmis."), "success")
        return redirect(url_for("people.callbacks"), 303)
    return render_template("people/hand_over.html", form=form, note=note), form.status


def _callers(note: ContactNote) -> list[tuple[int, str]]:
    """Return who may call back: of a protected file, its named staff only."""
    if note.person_id is not None and load(Person, note.person_id).protected:
        return list(queries.get_person_card(note.person_id).named_staff)
    return team_choices(Permission.CONTACT_NOTE)
