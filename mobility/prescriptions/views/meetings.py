"""The first meeting: proposed from the agenda, or noted by hand where it lies outside of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda import offers
from mobility.agenda.rules import MEETING_KIND_ICONS
from mobility.core.clock import day_of, format_instant, now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.desks.models import Desk
from mobility.prescriptions import services
from mobility.prescriptions.forms import ConfirmForm, MeetingForm, StartForm
from mobility.prescriptions.queries.inbox import get_prescription
from mobility.prescriptions.queries.meetings import first_types
from mobility.prescriptions.rules.states import PRESCRIPTIONS, Action
from mobility.prescriptions.views.blueprints import bp
from mobility.prescriptions.views.decisions import back, button, me, page


@bp.get("/bannette/<int:prescription_id>/premier-rendez-vous")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def propose(prescription_id: int) -> ResponseReturnValue:
    """Propose a first meeting: a free hour at once, or a link by which the person chooses."""
    row = get_prescription(prescription_id)
    if not PRESCRIPTIONS.allows(row.state, Action.BOOK) or row.person_id is None or row.desk_id is None:
        flash(_("Il n’y a pas de premier rendez-vous à proposer pour cette orientation."), "info")
        return back(row)
    types = first_types(row.desk_id)
    usual = types[0] if types else None
    soonest = offers.at_desk(usual, desk_id=row.desk_id, now=now(), shown=1).slots if usual else ()
    return render_template(
        "prescriptions/propose.html",
        row=row,
        name=f"{row.first_name} {row.last_name}".strip(),
        desk=load(Desk, row.desk_id),
        types=types,
        online=[one for one in types if one.by_person],
        icons=MEETING_KIND_ICONS,
        soonest=format_instant(soonest[0].starts_at) if soonest else "",
        soonest_late=bool(soonest and row.due_on is not None and day_of(soonest[0].starts_at) > row.due_on),
        may_book=may_touch(actor(), Permission.AGENDA_BOOK, "person", row.person_id),
        form=ConfirmForm(),
    )


@bp.post("/bannette/<int:prescription_id>/premier-rendez-vous/inviter/<int:type_id>")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def invite(prescription_id: int, type_id: int) -> ResponseReturnValue:
    """Send the person the link by which they choose their first meeting."""
    row = get_prescription(prescription_id)
    form = ConfirmForm()
    if form.submits(
        lambda: services.invite(prescription_id=prescription_id, type_id=type_id, actor_id=me(), now=now())
    ):
        sent = _("Le lien est parti : la personne choisit elle-même son heure. Le rendez-vous apparaîtra ici.")
        flash(sent if form.result else _("Un lien est déjà parti aujourd’hui."), "success")
        return back(row)
    for _field, _label, message in form.errors_summary:
        flash(message, "danger")
    return redirect(url_for("prescriptions.propose", prescription_id=row.id), 303)


@bp.route("/bannette/<int:prescription_id>/rendez-vous", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def book(prescription_id: int) -> ResponseReturnValue:
    """Note by hand when a first meeting outside the agenda is."""
    row = get_prescription(prescription_id)
    form = MeetingForm()
    if form.submits(
        lambda: services.book_meeting(
            prescription_id=row.id,
            meeting_at=form.meeting_at(),
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("Le rendez-vous est noté. La personne le reçoit par message."), "success")
        return back(row)
    return page("prescriptions/book.html", row, form)


@bp.post("/bannette/<int:prescription_id>/rendez-vous/annuler")
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def unbook(prescription_id: int) -> ResponseReturnValue:
    """Cancel a first meeting that was noted by hand."""
    return button(
        get_prescription(prescription_id),
        lambda version: services.unbook_meeting(
            prescription_id=prescription_id, actor_id=me(), now=now(), version=version
        ),
        _("Le rendez-vous est annulé. Proposez-en un autre."),
    )


@bp.route("/bannette/<int:prescription_id>/commencer", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE, prescription="prescription_id")
def start(prescription_id: int) -> ResponseReturnValue:
    """Note by hand that the first meeting was held."""
    row = get_prescription(prescription_id)
    form = StartForm()
    if form.submits(
        lambda: services.start(
            prescription_id=row.id,
            met_on=form.met_on.data,
            actor_id=me(),
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("L’accompagnement a commencé. Le prescripteur voit « commencée »."), "success")
        return back(row)
    return page("prescriptions/start.html", row, form)
