"""The inbox, one prescription, and the form for staff on the phone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import names_of
from mobility.agenda.queries import Visit
from mobility.agenda.rules import ORIGIN_LABELS
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.web.access import ALL_DESKS, Permission, actor, may_touch, requires
from mobility.core.web.pagination import page_number
from mobility.desks.models import Desk
from mobility.desks.queries import desk_choices
from mobility.documents.queries import list_for
from mobility.organisations.models import Organisation
from mobility.organisations.queries import organisation_choices
from mobility.organisations.rules import OrganisationKind
from mobility.people.access import scope_of
from mobility.people.kinds import LANGUAGES
from mobility.people.models import ContactNote
from mobility.people.queries.family import names_of as person_names
from mobility.prescriptions import access, services
from mobility.prescriptions.forms import DeskPrescriptionForm
from mobility.prescriptions.kinds import (
    AGE_TONES,
    DEADLINE_LABELS,
    MISSING_LABELS,
    NEED_LABELS,
    SOURCE_LABELS,
    Missing,
    Need,
    Source,
)
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries import inbox as queries
from mobility.prescriptions.queries.deadline import AHEAD_DAYS, PERIOD_DAYS, deadline_by_agreement, deadline_by_desk
from mobility.prescriptions.queries.meetings import visit_of
from mobility.prescriptions.queries.outside import page_of_outside
from mobility.prescriptions.rules.measure import PACE_DAYS
from mobility.prescriptions.rules.states import (
    ACTION_ICONS,
    ACTION_LABELS,
    OPEN,
    OUTCOME_LABELS,
    PRESCRIPTIONS,
    REFUSAL_LABELS,
    STATE_LABELS,
    STATE_TONES,
    UNDECIDED,
    Action,
    State,
    reopening,
)
from mobility.prescriptions.services import Origin
from mobility.prescriptions.services.intake import OWNER
from mobility.prescriptions.views.blueprints import bp
from mobility.prescriptions.views.filling import papers

CONTACTS_SHOWN = 6
OPEN_WORD, ALL_WORD = "ouvertes", "toutes"
MINE, NOBODY, LATE = "moi", "personne", "retard"


def _wish(desks: list[tuple[int, str]]) -> queries.Wish:
    raw, whose = request.args.get("etat", OPEN_WORD), request.args.get("qui", "")
    states: tuple[State, ...] = OPEN
    if raw == ALL_WORD:
        states = tuple(state for state in State if state is not State.DRAFT)
    elif raw in set(State) and raw != State.DRAFT:
        states = (State(raw),)
    desk_id = request.args.get("antenne", type=int)
    return queries.Wish(
        states=states,
        desk_id=desk_id if desk_id in dict(desks) else None,
        assignee_id=actor().user_id if whose == MINE else None,
        unassigned=whose == NOBODY,
        late_on=today() if whose == LATE else None,
    )


@bp.get("/bannette")
@requires(Permission.PRESCRIPTION_VIEW)
def index() -> ResponseReturnValue:
    """List what came in, the most pressing first, and the first contacts that wait for a call."""
    who = actor()
    held = who.desk_ids(Permission.PRESCRIPTION_VIEW)
    desks = desk_choices(held)
    contacts, waiting = queries.list_first_contacts(None if held is ALL_DESKS else held, limit=CONTACTS_SHOWN)
    return render_template(
        "prescriptions/inbox.html",
        page=queries.page_of_inbox(visible=access.visible(who), wish=_wish(desks), on=today(), number=page_number()),
        desks=desks,
        states=[(OPEN_WORD, _("À suivre")), (ALL_WORD, _("Toutes"))]
        + [(state.value, label) for state, label in STATE_LABELS.items() if state is not State.DRAFT],
        whose=[("", _("Tout le monde")), (MINE, _("À moi")), (NOBODY, _("Sans personne")), (LATE, _("En retard"))],
        contacts=contacts,
        contacts_waiting=waiting,
        today=today(),
        filtered=bool(set(request.args) - {"page"}),
        may_enter=who.permits(Permission.PRESCRIPTION_HANDLE),
    )


@bp.get("/bannette/delais")
@requires(Permission.PRESCRIPTION_FIGURES)
def deadline() -> ResponseReturnValue:
    """Show a manager the deadline: held, waiting, late, and what today's pace will miss."""
    who = actor()
    held = who.desk_ids(Permission.PRESCRIPTION_FIGURES)
    desks = None if held is ALL_DESKS else held
    return render_template(
        "prescriptions/deadline.html",
        rows=deadline_by_desk(desks, now=now(), known=access.visible(who)),
        agreements=deadline_by_agreement(desks, on=today()),
        period_days=PERIOD_DAYS,
        pace_days=PACE_DAYS,
        ahead_weeks=AHEAD_DAYS // 7,
        may_plan=who.permits(Permission.AGENDA_PLAN),
    )


@bp.get("/bannette/hors-territoire")
@requires(Permission.PRESCRIPTION_OUTSIDE)
def outside() -> ResponseReturnValue:
    """List who was sent from communes that no desk serves: where, to whom, how far it is; no names."""
    who = actor()
    held = who.desk_ids(Permission.PRESCRIPTION_OUTSIDE)
    page = page_of_outside(None if held is ALL_DESKS else held, number=page_number())
    return render_template("prescriptions/outside.html", page=page, may_open=who.permits(Permission.PRESCRIPTION_VIEW))


@bp.get("/bannette/<int:prescription_id>")
@requires(Permission.PRESCRIPTION_VIEW, prescription="prescription_id")
def show(prescription_id: int) -> ResponseReturnValue:
    """Show a prescription: who, why, until when, and what to do next."""
    who, row = actor(), queries.get_prescription(prescription_id)
    visible = access.visible(who)
    may_handle = may_touch(who, Permission.PRESCRIPTION_HANDLE, "prescription", prescription_id)
    visit, events = visit_of(row), queries.list_events(row.id)
    actions = set(PRESCRIPTIONS.actions_from(row.state)) if may_handle else set()
    return render_template(
        "prescriptions/show.html",
        row=row,
        line=queries.line_of(row, on=today()),
        desk=load(Desk, row.desk_id or 0),
        from_desk=load(Desk, row.transferred_from_id).name if row.transferred_from_id is not None else "",
        organisation=load(Organisation, row.organisation_id) if row.organisation_id is not None else None,
        assignee=names_of([row.assignee_id]).get(row.assignee_id or 0, ""),
        person_name=person_names([row.person_id]).get(row.person_id, "") if row.person_id is not None else "",
        matches=services.matches_of(row, scope=scope_of(who)) if row.state in UNDECIDED else [],
        same=queries.list_same(row, visible=visible, on=today()),
        files=list_for(OWNER, row.id),
        events=events,
        actions=actions,
        reopens=reopening(has_file=row.person_id is not None, was_met=row.met_on is not None) in actions,
        visit=visit,
        visit_url=_visit_url(visit),
        origin=ORIGIN_LABELS[visit.attendance.origin] if visit else "",
        invited_at=next((one.event.at for one in events if one.event.action is Action.INVITE), None),
        may_handle=may_handle,
        undecided=row.state in UNDECIDED,
        **words_of(row),
    )


def _visit_url(visit: Visit | None) -> str:
    """Return the page of the appointment, for those who may open it; of its closing once it has begun."""
    if visit is None or not may_touch(actor(), Permission.AGENDA_VIEW, "visit", visit.attendance.id):
        return ""
    begun = visit.is_ahead and visit.appointment.starts_at <= now() and actor().permits(Permission.AGENDA_BOOK)
    return url_for("agenda.close" if begun else "agenda.visit", attendance_id=visit.attendance.id)


def words_of(row: Prescription) -> dict[str, Any]:
    """Return the labels that the page of a prescription shows."""
    return {
        "needs": ", ".join(NEED_LABELS[Need(code)] for code in row.needs),
        "deadline_label": DEADLINE_LABELS[row.deadline_kind] if row.deadline_kind else "",
        "language_label": LANGUAGES.get(row.language, row.language),
        "source_label": SOURCE_LABELS[row.source],
        "state_label": STATE_LABELS[row.state],
        "state_tone": STATE_TONES[row.state],
        "outcome_label": OUTCOME_LABELS[row.outcome] if row.outcome else "",
        "refusal_label": REFUSAL_LABELS[row.refusal_reason] if row.refusal_reason else "",
        "asked_labels": ", ".join(MISSING_LABELS[Missing(code)] for code in row.asked),
        "action_labels": ACTION_LABELS,
        "action_icons": ACTION_ICONS,
        "age_tones": AGE_TONES,
    }


@bp.route("/bannette/nouvelle", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_HANDLE)
def create() -> ResponseReturnValue:
    """Note somebody who is sent by phone, or who comes by themselves."""
    who = actor()
    desks = desk_choices(who.desk_ids(Permission.PRESCRIPTION_HANDLE))
    note = _first_contact(request.args.get("note", type=int))
    form = DeskPrescriptionForm(**_from_note(note))
    senders = organisation_choices(OrganisationKind.PRESCRIBER)
    form.organisation_id.choices = [("", _("Aucune : la personne vient d’elle-même")), *senders]
    form.desk_id.choices = [("", _("Selon la commune")), *desks]
    with papers(form) as files:
        if form.submits(
            lambda: services.send(
                intake=form.intake(),
                origin=Origin(source=Source.DESK, organisation_id=form.organisation_id.data, user_id=who.user_id),
                desk_id=form.desk_id.data,
                files=files,
                note_id=note.id if note is not None else None,
                now=now(),
            )
        ):
            flash(_("L’orientation est enregistrée."), "success")
            sent = int(form.result)
            if not may_touch(who, Permission.PRESCRIPTION_VIEW, "prescription", sent):
                flash(_("Elle est partie vers l’antenne de la commune."), "info")
                return redirect(url_for("prescriptions.index"), 303)
            return redirect(url_for("prescriptions.show", prescription_id=sent), 303)
    return render_template("prescriptions/create.html", form=form), form.status


def _first_contact(note_id: int | None) -> ContactNote | None:
    """Return the call or visit of somebody without a file that the address names, where the actor may see it."""
    if note_id is None or not may_touch(actor(), Permission.CONTACT_NOTE, "contact_note", note_id):
        return None
    note = load(ContactNote, note_id)
    return note if note.person_id is None and note.erased_at is None else None


def _from_note(note: ContactNote | None) -> dict[str, Any]:
    """Return what a call or a visit has told already."""
    if note is None:
        return {}
    return {"last_name": note.caller_name, "phone": note.caller_phone, "need_text": note.text}
