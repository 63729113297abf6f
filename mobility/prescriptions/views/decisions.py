"""What the team decides about a prescription, one page an act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import staff_of_desks
from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.desks.queries import desk_choices
from mobility.geo.geocoding import find_place
from mobility.people.access import scope_of
from mobility.prescriptions import services
from mobility.prescriptions.forms import (
    AcceptForm,
    AskForm,
    AssignForm,
    CloseForm,
    ConfirmForm,
    MeetingForm,
    RefuseForm,
    StartForm,
    TransferForm,
)
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.inbox import get_prescription
from mobility.prescriptions.rules.states import OUTCOME_LABELS, Outcome, RefusalReason, outcomes_in
from mobility.prescriptions.views.blueprints import bp

NEW = "new"


def me() -> int:
    """Return the id of whoever makes the request; only signed-in users get this far."""
    user_id = actor().user_id
    if user_id is None:
        abort(403)
    return user_id


def _back(row: Prescription) -> ResponseReturnValue:
    return redirect(url_for("prescriptions.show", prescription_id=row.id), 303)


def _page(template: str, row: Prescription, form: Form, **values: Any) -> ResponseReturnValue:
    name = f"{row.first_name} {row.last_name}".strip()
    return render_template(template, row=row, form=form, name=name, **values), form.status


def _button(row: Prescription, act: Callable[[], Any], done: str) -> ResponseReturnValue:
    """Run a one-button act, say what came of it, go back."""
    form = ConfirmForm()
    if form.submits(act):
        flash(done, "success")
    else:
        for _field, _label, message in form.errors_summary:
            flash(message, "danger")
    return _back(row)


@bp.post("/bannette/<int:prescription_id>/prendre")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def take(prescription_id: int) -> ResponseReturnValue:
    """Take it oneself."""
    return _button(
        get_prescription(prescription_id),
        lambda: services.assign(prescription_id=prescription_id, user_id=me(), actor_id=me(), now=now()),
        _("Vous vous en occupez."),
    )


@bp.post("/bannette/<int:prescription_id>/reprendre")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def resume(prescription_id: int) -> ResponseReturnValue:
    """Go on without the answer."""
    return _button(
        get_prescription(prescription_id),
        lambda: services.resume(prescription_id=prescription_id, actor_id=me(), now=now()),
        _("Vous continuez sans attendre. La réponse arrivera ici si elle vient."),
    )


@bp.post("/bannette/<int:prescription_id>/rendez-vous/annuler")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def unbook(prescription_id: int) -> ResponseReturnValue:
    """Cancel the first meeting."""
    return _button(
        get_prescription(prescription_id),
        lambda: services.unbook_meeting(prescription_id=prescription_id, actor_id=me(), now=now()),
        _("Le rendez-vous est annulé. Fixez-en un autre."),
    )


@bp.route("/bannette/<int:prescription_id>/confier", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def assign(prescription_id: int) -> ResponseReturnValue:
    """Give it to a colleague of the desk."""
    row = get_prescription(prescription_id)
    form = AssignForm(user_id=row.assignee_id)
    form.user_id.choices = [(user.id, user.display_name) for user in staff_of_desks([row.desk_id or 0])]
    if form.submits(
        lambda: services.assign(prescription_id=row.id, user_id=form.user_id.data, actor_id=me(), now=now())
    ):
        flash(_("C’est confié."), "success")
        return _back(row)
    return _page("prescriptions/assign.html", row, form)


@bp.route("/bannette/<int:prescription_id>/transferer", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def transfer(prescription_id: int) -> ResponseReturnValue:
    """Hand it to another desk."""
    row = get_prescription(prescription_id)
    form = TransferForm()
    form.desk_id.choices = [pair for pair in desk_choices() if pair[0] != row.desk_id]
    if form.submits(
        lambda: services.transfer(
            prescription_id=row.id, desk_id=form.desk_id.data, note=form.note.data, actor_id=me(), now=now()
        )
    ):
        flash(_("L’orientation est transférée. La personne est prévenue."), "success")
        return redirect(url_for("prescriptions.index"), 303)
    return _page("prescriptions/transfer.html", row, form)


@bp.route("/bannette/<int:prescription_id>/demander", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def ask(prescription_id: int) -> ResponseReturnValue:
    """Ask for what is missing."""
    row = get_prescription(prescription_id)
    form = AskForm()
    if form.submits(
        lambda: services.ask(
            prescription_id=row.id, missing=form.codes(), note=form.note.data, actor_id=me(), now=now()
        )
    ):
        flash(_("La demande est partie. La réponse arrivera ici."), "success")
        return _back(row)
    return _page("prescriptions/ask.html", row, form)


@bp.route("/bannette/<int:prescription_id>/refuser", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def refuse(prescription_id: int) -> ResponseReturnValue:
    """Refuse, with the reason that both will read."""
    row = get_prescription(prescription_id)
    form = RefuseForm()
    if form.submits(
        lambda: services.refuse(
            prescription_id=row.id,
            reason=RefusalReason(form.reason_code.data),
            note=form.note.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("L’orientation est refusée. La raison est envoyée à la personne et au prescripteur."), "success")
        return _back(row)
    return _page("prescriptions/refuse.html", row, form)


@bp.route("/bannette/<int:prescription_id>/accepter", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def accept(prescription_id: int) -> ResponseReturnValue:
    """Accept: link the person's file, or open one."""
    row = get_prescription(prescription_id)
    matches = services.matches_of(row, scope=scope_of(actor()))
    shown = [match for match in matches if match.visible]
    form = AcceptForm(choice=None if matches else NEW)
    form.choice.choices = [(str(match.person_id), match.name) for match in shown] + [(NEW, _("Une nouvelle fiche"))]
    place = None
    if form.validate_on_submit() and form.choice.data == NEW:
        place = find_place(row.street, insee_code=row.insee_code, outside=True)

    def act() -> int:
        chosen = form.choice.data
        return services.accept(
            prescription_id=row.id,
            person_id=None if chosen == NEW else int(chosen),
            new_file=chosen == NEW,
            scope=scope_of(actor()),
            place=place,
            actor_id=me(),
            now=now(),
        )

    if form.submits(act):
        flash(_("L’orientation est acceptée. Fixez maintenant le premier rendez-vous."), "success")
        return _back(row)
    return _page("prescriptions/accept.html", row, form, matches=matches)


@bp.route("/bannette/<int:prescription_id>/rendez-vous", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def book(prescription_id: int) -> ResponseReturnValue:
    """Note when the first meeting is."""
    row = get_prescription(prescription_id)
    form = MeetingForm()
    if form.submits(
        lambda: services.book_meeting(prescription_id=row.id, meeting_at=form.meeting_at(), actor_id=me(), now=now())
    ):
        flash(_("Le rendez-vous est noté. La personne le reçoit par message."), "success")
        return _back(row)
    return _page("prescriptions/book.html", row, form)


@bp.route("/bannette/<int:prescription_id>/commencer", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def start(prescription_id: int) -> ResponseReturnValue:
    """Note that the first meeting was held."""
    row = get_prescription(prescription_id)
    form = StartForm()
    if form.submits(lambda: services.start(prescription_id=row.id, met_on=form.met_on.data, actor_id=me(), now=now())):
        flash(_("L’accompagnement a commencé. Le prescripteur voit « commencée »."), "success")
        return _back(row)
    return _page("prescriptions/start.html", row, form)


@bp.route("/bannette/<int:prescription_id>/terminer", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def close(prescription_id: int) -> ResponseReturnValue:
    """End it, with its outcome."""
    row = get_prescription(prescription_id)
    form = CloseForm()
    form.outcome.choices = [(outcome.value, OUTCOME_LABELS[outcome]) for outcome in outcomes_in(row.state)]
    if form.submits(
        lambda: services.close(
            prescription_id=row.id,
            outcome=Outcome(form.outcome.data),
            note=form.note.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("L’orientation est terminée."), "success")
        return _back(row)
    return _page("prescriptions/close.html", row, form)
