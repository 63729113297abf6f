"""What the team decides about a prescription, one page an act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import staff_of_desks
from mobility.core.clock import now
from mobility.core.errors import StaleVersion
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import VersionedForm
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
    RefuseForm,
    ReopenForm,
    TransferForm,
)
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.inbox import get_prescription, list_events
from mobility.prescriptions.rules.states import (
    ACTION_LABELS,
    OUTCOME_LABELS,
    STATE_LABELS,
    Outcome,
    RefusalReason,
    outcomes_in,
)
from mobility.prescriptions.views.blueprints import bp

NEW = "new"
# How many acts of others are shown to whoever came too late.
SHOWN_MEANWHILE = 3


def me() -> int:
    """Return the id of whoever makes the request; only signed-in users get this far."""
    user_id = actor().user_id
    if user_id is None:
        abort(403)
    return user_id


def back(row: Prescription) -> ResponseReturnValue:
    """Return to the prescription."""
    return redirect(url_for("prescriptions.show", prescription_id=row.id), 303)


def page(template: str, row: Prescription, form: VersionedForm, **values: Any) -> ResponseReturnValue:
    """Show the page of an act; where somebody else has acted meanwhile, what they did stands above it.

    The form then stands on what is there now: whoever has read it may send it again.
    """
    meanwhile = []
    # What is chosen may be no choice any more: the form refuses it before the service sees the version.
    if form.is_submitted() and form.typed_version() not in {None, row.version}:
        meanwhile = list_events(row.id)[:SHOWN_MEANWHILE]
    if meanwhile or not form.is_submitted():
        form.show_version(row)
    return (
        render_template(
            template,
            row=row,
            form=form,
            name=f"{row.first_name} {row.last_name}".strip(),
            meanwhile=meanwhile,
            action_labels=ACTION_LABELS,
            state_label=STATE_LABELS[row.state],
            **values,
        ),
        form.status,
    )


def button(row: Prescription, act: Callable[[int | None], Any], done: str) -> ResponseReturnValue:
    """Run a one-button act on the version that its page showed, say what came of it, go back."""
    form = ConfirmForm()
    version = request.args.get("version", type=int)
    if form.submits(lambda: act(version)):
        flash(done, "success")
    elif isinstance(form.violation, StaleVersion):
        last = list_events(row.id)[0]
        flash(
            _(
                "Entre-temps : %(what)s (%(who)s). Regardez, puis décidez.",
                what=ACTION_LABELS[last.event.action].lower(),
                who=last.actor_name or _("automatique"),
            ),
            "warning",
        )
    else:
        for _field, _label, message in form.errors_summary:
            flash(message, "danger")
    return back(row)


@bp.post("/bannette/<int:prescription_id>/prendre")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def take(prescription_id: int) -> ResponseReturnValue:
    """Take it oneself."""
    return button(
        get_prescription(prescription_id),
        lambda version: services.assign(
            prescription_id=prescription_id, user_id=me(), actor_id=me(), now=now(), version=version
        ),
        _("Vous vous en occupez."),
    )


@bp.post("/bannette/<int:prescription_id>/reprendre")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def resume(prescription_id: int) -> ResponseReturnValue:
    """Go on without the answer."""
    return button(
        get_prescription(prescription_id),
        lambda version: services.resume(prescription_id=prescription_id, actor_id=me(), now=now(), version=version),
        _("Vous continuez sans attendre. La réponse arrivera ici si elle vient."),
    )


@bp.route("/bannette/<int:prescription_id>/confier", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def assign(prescription_id: int) -> ResponseReturnValue:
    """Give it to a colleague of the desk."""
    row = get_prescription(prescription_id)
    form = AssignForm(user_id=row.assignee_id)
    form.user_id.choices = [(user.id, user.display_name) for user in staff_of_desks([row.desk_id or 0])]
    if form.submits(
        lambda: services.assign(
            prescription_id=row.id,
            user_id=form.user_id.data,
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("C’est confié."), "success")
        return back(row)
    return page("prescriptions/assign.html", row, form)


@bp.route("/bannette/<int:prescription_id>/transferer", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def transfer(prescription_id: int) -> ResponseReturnValue:
    """Hand it to another desk."""
    row = get_prescription(prescription_id)
    form = TransferForm()
    form.desk_id.choices = [pair for pair in desk_choices() if pair[0] != row.desk_id]
    if form.submits(
        lambda: services.transfer(
            prescription_id=row.id,
            desk_id=form.desk_id.data,
            note=form.note.data,
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("L’orientation est transférée. La personne est prévenue."), "success")
        return redirect(url_for("prescriptions.index"), 303)
    return page("prescriptions/transfer.html", row, form)


@bp.route("/bannette/<int:prescription_id>/demander", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def ask(prescription_id: int) -> ResponseReturnValue:
    """Ask for what is missing."""
    row = get_prescription(prescription_id)
    form = AskForm()
    if form.submits(
        lambda: services.ask(
            prescription_id=row.id,
            missing=form.codes(),
            note=form.note.data,
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("La demande est partie. La réponse arrivera ici."), "success")
        return back(row)
    return page("prescriptions/ask.html", row, form)


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
            version=form.typed_version(),
        )
    ):
        flash(_("L’orientation est refusée. La raison est envoyée à la personne et au prescripteur."), "success")
        return back(row)
    return page("prescriptions/refuse.html", row, form)


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
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("L’orientation est acceptée. Proposez maintenant un premier rendez-vous."), "success")
        return back(row)
    return page("prescriptions/accept.html", row, form, matches=matches)


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
            version=form.typed_version(),
        )
    ):
        flash(_("L’orientation est terminée."), "success")
        return back(row)
    return page("prescriptions/close.html", row, form)


@bp.route("/bannette/<int:prescription_id>/rouvrir", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def reopen(prescription_id: int) -> ResponseReturnValue:
    """Let what ended go on, with the reason."""
    row = get_prescription(prescription_id)
    form = ReopenForm()
    if form.submits(
        lambda: services.reopen(
            prescription_id=row.id,
            note=form.note.data,
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(
            _("L’orientation est rouverte. Vous vous en occupez ; la personne et le prescripteur sont prévenus."),
            "success",
        )
        return back(row)
    return page("prescriptions/reopen.html", row, form)
