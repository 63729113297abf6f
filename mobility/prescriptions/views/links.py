"""The pages behind signed links: send somebody without an account, come back to a draft, follow, answer."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mobility.agenda import offers
from mobility.agenda.forms import SlotForm, read_slot, slot_choices
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.documents.queries import list_for
from mobility.organisations.models import Organisation
from mobility.people.models import Person
from mobility.prescriptions import services, tokens
from mobility.prescriptions.errors import DraftGone
from mobility.prescriptions.forms import AnswerForm, PrescriptionForm
from mobility.prescriptions.kinds import MISSING_LABELS, Missing, Source
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.consent import may_tell_details
from mobility.prescriptions.queries.meetings import prescriber_type
from mobility.prescriptions.queries.senders import sent_row
from mobility.prescriptions.rules.states import Followed, State
from mobility.prescriptions.services import Origin
from mobility.prescriptions.services.intake import OWNER
from mobility.prescriptions.views.blueprints import links_bp
from mobility.prescriptions.views.filling import handle, papers


def _sender() -> str:
    return str(request.remote_addr or "")


def _row(purpose: str, token: str) -> Prescription:
    try:
        return load(Prescription, tokens.read_id(purpose, token, "p", now=now()))
    except NotFound:
        raise LinkInvalid from None


@links_bp.route("/orienter/<token>", methods=["GET", "POST"])
@signed_link
def form(token: str) -> ResponseReturnValue:
    """Let an organisation send somebody without an account."""
    link = services.check_link(tokens.read_id(tokens.FORM, token, "l", now=now()))
    organisation = load(Organisation, link.organisation_id)
    services.check_prescriber(organisation.id)
    filled = PrescriptionForm()

    def origin() -> Origin:
        services.check_rate(link_id=link.id, sender=_sender(), now=now())
        return Origin(source=Source.LINK, organisation_id=organisation.id, link_id=link.id, sender=_sender())

    gone = handle(filled, origin)
    if gone is not None:
        return gone
    return (
        render_template(
            "prescriptions/form.html",
            layout="portal.html",
            form=filled,
            organisation=organisation.name,
            draft=None,
            files=[],
        ),
        filled.status,
    )


@links_bp.route("/orientation/brouillon/<token>", methods=["GET", "POST"])
@signed_link
def draft(token: str) -> ResponseReturnValue:
    """Come back to a draft: change it, send it."""
    try:
        row = _row(tokens.DRAFT, token)
    except LinkInvalid:
        raise DraftGone from None
    if row.state is not State.DRAFT or row.draft_until_at is None or row.draft_until_at <= now():
        raise DraftGone
    if row.link_id is not None:
        services.check_link(row.link_id)
    organisation = services.check_prescriber(row.organisation_id)
    filled = PrescriptionForm()

    def origin() -> Origin:
        return Origin(
            source=row.source, organisation_id=row.organisation_id, link_id=row.link_id, user_id=row.created_by_id
        )

    gone = handle(filled, origin, draft=row)
    if gone is not None:
        return gone
    return (
        render_template(
            "prescriptions/form.html",
            layout="portal.html",
            form=filled,
            organisation=organisation.name if organisation else "",
            draft=row,
            files=list_for(OWNER, row.id),
        ),
        filled.status,
    )


@links_bp.get("/orientation/suivi/<token>")
@signed_link
def follow(token: str) -> ResponseReturnValue:
    """Show how far it is: received, started, ended; nothing more."""
    row = _row(tokens.FOLLOW, token)
    if row.state is State.DRAFT:
        raise LinkInvalid
    desk = load(Desk, row.desk_id or 0)
    return render_template(
        "prescriptions/follow.html",
        sent=sent_row(row),
        desk=desk,
        target_on=row.target_on,
        steps=list(Followed),
        receipt="recu" in request.args,
        booking_token=token if prescriber_type(row) is not None else None,
        meeting_at=row.meeting_at if row.missed_on is None and may_tell_details(row) else None,
        booked="pris" in request.args,
        answer_token=tokens.answer_token(row) if services.is_answerable(row) else None,
    )


@links_bp.route("/orientation/suivi/<token>/rendez-vous", methods=["GET", "POST"])
@signed_link
def book(token: str) -> ResponseReturnValue:
    """Let the prescriber choose the first meeting with the person, where the desk and the person allow it."""
    row = _row(tokens.FOLLOW, token)
    meeting = prescriber_type(row)
    if meeting is None or row.desk_id is None:
        return redirect(url_for("prescription_links.follow", token=token), 303)
    found = offers.online(
        meeting,
        desk_id=row.desk_id,
        now=now(),
        from_on=offers.read_day(request.args.get("des")),
        favour=row.assignee_id,
        # Only hours at which the person can come; why others are left out is not the prescriber's business.
        person=load(Person, row.person_id) if row.person_id is not None else None,
    )
    filled = SlotForm()
    filled.offer(slot_choices(found.slots))

    def act() -> int:
        starts_at, adviser_id, _desk = read_slot(filled.slot.data)
        return services.book_for(prescription_id=row.id, adviser_id=adviser_id, starts_at=starts_at, now=now())

    if filled.submits(act):
        return redirect(url_for("prescription_links.follow", token=token, pris=1), 303)
    filled.hide_taken()
    return (
        render_template(
            "prescriptions/link_book.html",
            form=filled,
            meeting=meeting,
            found=found,
            desk=load(Desk, row.desk_id),
            sent=sent_row(row),
            token=token,
        ),
        filled.status,
    )


@links_bp.route("/orientation/reponse/<token>", methods=["GET", "POST"])
@signed_link
def answer(token: str) -> ResponseReturnValue:
    """Take what was missing."""
    row = _row(tokens.ANSWER, token)
    filled = AnswerForm()
    with papers(filled, ("paper_1",)) as files:
        if filled.submits(
            lambda: services.answer(prescription_id=row.id, values=filled.answered(), files=files, now=now())
        ):
            return render_template("prescriptions/answered.html", sent=sent_row(row), done=True)
    if not services.is_answerable(row):
        return render_template("prescriptions/answered.html", sent=sent_row(row), done=False), filled.status
    return (
        render_template(
            "prescriptions/answer.html",
            form=filled,
            sent=sent_row(row),
            asked=[(code, MISSING_LABELS[Missing(code)]) for code in row.asked],
            note=row.ask_note,
        ),
        filled.status,
    )
