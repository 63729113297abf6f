"""One person: the phase, the adviser and the desk, the notes that are handed over."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import staff_of_desks
from mobility.agenda import parameters as agenda_parameters
from mobility.caseload import queries, services
from mobility.caseload.forms import HandoverForm, PhaseForm, TransferForm
from mobility.caseload.rules import Coming, propose
from mobility.caseload.views.blueprint import bp, note_view
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.errors import StaleVersion
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.core.web.forms import Form
from mobility.desks.queries import desk_choices
from mobility.people.kinds import PHASE_HINTS, PHASE_LABELS, Phase
from mobility.people.models import Person
from mobility.people.queries import current_id, family_ids, get_person_card

P = Permission.PERSON_EDIT


def _back(person_id: int) -> str:
    """Return the person's page, or the search where the file is the actor's no more."""
    if may_touch(actor(), Permission.PERSON_VIEW, "person", person_id):
        return url_for("pathway.person", person_id=person_id)
    return url_for("people.search")


@bp.route("/personnes/<int:person_id>/phase", methods=["GET", "POST"])
@requires(P, person="person_id")
def phase(person_id: int) -> ResponseReturnValue:
    """Say in which phase the person is; what has happened may speak for the next one."""
    note_view(person_id)
    person_id = current_id(person_id)
    person = load(Person, person_id)
    months = agenda_parameters.coaching_months(on=today(), desk_id=person.desk_id)
    proposal = propose(queries.phase_facts(person, on=today(), coaching_months=months), today=today())
    form = PhaseForm()
    if form.submits(
        lambda: services.set_phase(
            person_id=person_id,
            phase=Phase(form.phase.data),
            since_on=form.since_on.data,
            reason=form.reason.data,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("C’est noté : %(phase)s.", phase=PHASE_LABELS[Phase(form.phase.data)]), "success")
        return redirect(_back(person_id), 303)
    if not form.is_submitted():
        form.show_version(person)
        form.phase.data = (proposal.phase if proposal else person.phase).value
        form.since_on.data = today()
    elif isinstance(form.violation, StaleVersion):
        form.show_version(load(Person, person_id))
    return render_template(
        "caseload/phase.html",
        form=form,
        card=get_person_card(person_id),
        proposal=proposal,
        proposal_label=PHASE_LABELS[proposal.phase] if proposal else "",
        hints={one.value: hint for one, hint in PHASE_HINTS.items()},
        labels=PHASE_LABELS,
        phases=queries.list_phases(family_ids(person_id)),
        moves=queries.list_moves(family_ids(person_id)),
    ), form.status


@bp.route("/personnes/<int:person_id>/transfert", methods=["GET", "POST"])
@requires(P, person="person_id")
def transfer(person_id: int) -> ResponseReturnValue:
    """Give the person to another adviser or desk, with what they should know and what becomes of the appointments."""
    note_view(person_id)
    person_id = current_id(person_id)
    person = load(Person, person_id)
    card = get_person_card(person_id)
    form = TransferForm()
    desks = desk_choices()
    form.desk_id.choices = desks
    if person.protected:
        form.referent_user_id.choices = list(card.named_staff)
    else:
        team = staff_of_desks([desk_id for desk_id, _name in desks])
        form.referent_user_id.choices = [("", _("Choisissez")), *((user.id, user.display_name) for user in team)]
    if form.submits(
        lambda: services.transfer(
            person_id=person_id,
            desk_id=form.desk_id.data,
            referent_user_id=form.referent_user_id.data,
            reason=form.reason.data,
            coming=Coming(form.coming.data),
            note=form.note.data,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("C’est fait : la personne et les conseillers sont prévenus."), "success")
        return redirect(_back(person_id), 303)
    if not form.is_submitted():
        form.show_version(person)
        form.desk_id.data = person.desk_id
    elif isinstance(form.violation, StaleVersion):
        form.show_version(load(Person, person_id))
    return render_template("caseload/transfer.html", form=form, card=card), form.status


@bp.route("/personnes/<int:person_id>/passation", methods=["GET", "POST"])
@requires(P, person="person_id")
def write_note(person_id: int) -> ResponseReturnValue:
    """Leave a note to the colleague who takes over; the earlier ones stand below."""
    note_view(person_id)
    person_id = current_id(person_id)
    card = get_person_card(person_id)
    form = HandoverForm()
    if card.protected:
        people = list(card.named_staff)
    else:
        people = [(user.id, user.display_name) for user in staff_of_desks([card.desk_id])]
    form.to_user_id.choices = [one for one in people if one[0] != actor().user_id]
    if form.submits(
        lambda: services.write_handover(
            person_id=person_id,
            to_user_id=form.to_user_id.data,
            text=form.text.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La note est laissée à votre collègue, qui est prévenu."), "success")
        return redirect(_back(person_id), 303)
    if not form.is_submitted():
        form.to_user_id.data = request.args.get("pour", card.referent_user_id, type=int)
    return render_template(
        "caseload/handover.html", form=form, card=card, notes=queries.list_notes(family_ids(person_id))
    ), form.status


@bp.route("/passations/<int:note_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_VIEW, handover_note="note_id")
def note(note_id: int) -> ResponseReturnValue:
    """Show a handover note; whoever takes over says that it is read."""
    row = queries.get_note(note_id)
    note_view(row.note.person_id)
    row = queries.get_note(note_id)
    form = Form()
    if form.submits(lambda: services.read_handover(note_id=note_id, actor_id=actor().user_id, now=now())):
        flash(_("C’est noté : vous avez lu la note."), "success")
        return redirect(url_for("pathway.person", person_id=row.note.person_id), 303)
    return render_template(
        "caseload/note.html", form=form, row=row, mine=row.note.to_user_id == actor().user_id
    ), form.status
