"""The statement of a month and its certificate, and the problems that people tell of."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import access, reports, statements
from mobility.carpool.agreed import WAY_LABELS
from mobility.carpool.models import CarpoolMember
from mobility.carpool.services import complaints
from mobility.carpool.services.telling import name_of
from mobility.carpool.statements import Statement
from mobility.carpool.states import Side
from mobility.carpool.trip_forms import AnswerForm
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import Door, desk_door, link_door, linked, note_view, own_member, portal_door
from mobility.core import pdf
from mobility.core.clock import format_date, format_time, now, today
from mobility.core.db import load
from mobility.core.money import format_cents
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.desks.models import Desk

TITLE = "Attestation de covoiturage"


def _km(metres: int) -> str:
    return f"{metres / 1000:.1f}".replace(".", ",") + " km"


def statement_page(door: Door, member: CarpoolMember | None) -> ResponseReturnValue:
    """Show a month: journeys made, what was given and received."""
    if member is None:
        return redirect(door.url("home"), 303)
    found = statements.statement_of(member.id, statements.month_of(request.args.get("mois", ""), today=today()))
    return render_template(
        "carpool/statement.html",
        door=door,
        member=member,
        found=found,
        before=statements.month_before(found.month_on),
        after=statements.next_month(found.month_on) if found.month_on < today().replace(day=1) else None,
        name=name_of(member) if door.staff else "",
        Side=Side,
        ways=WAY_LABELS,
    )


def certificate(member: CarpoolMember | None) -> ResponseReturnValue:
    """Return the certificate of a month as PDF: for a tax return, an employer or a funder."""
    if member is None:
        return redirect(url_for("my_carpool.home"), 303)
    found = statements.statement_of(member.id, statements.month_of(request.args.get("mois", ""), today=today()))
    content = pdf.render("carpool_certificate", paper_of(member, found), title=f"{TITLE} – {found.label}", now=now())
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="attestation-covoiturage-{found.month_on:%Y-%m}.pdf"'},
    )


def paper_of(member: CarpoolMember, found: Statement) -> dict[str, Any]:
    """Return what the paper says."""
    desk = load(Desk, member.desk_id)
    return {
        "name": name_of(member),
        "month": found.label,
        "desk": desk.name,
        "address": desk.address,
        "day": format_date(today(), weekday=False, year=0),
        "sides": [
            {
                "drives": side is Side.DRIVER,
                "count": found.count(side),
                "km": _km(found.metres(side)),
                "cents": format_cents(found.cents(side)),
            }
            for side in Side
            if found.count(side)
        ],
        "lines": [
            {
                "day": format_date(line.day_on),
                "way": WAY_LABELS[line.direction],
                "at": format_time(line.pickup_at),
                "role": _("conducteur") if line.side is Side.DRIVER else _("passager"),
                "km": _km(line.metres),
                "cents": format_cents(line.cents),
            }
            for line in found.lines
        ],
    }


@portal_bp.get("/mon-espace/covoiturage/releve", endpoint="statement")
@requires(Permission.PORTAL_VIEW)
def my_statement() -> ResponseReturnValue:
    """Show the person's month."""
    return statement_page(portal_door(), own_member())


@portal_bp.get("/mon-espace/covoiturage/attestation.pdf", endpoint="certificate")
@requires(Permission.PORTAL_VIEW)
def my_certificate() -> ResponseReturnValue:
    """Give the person's certificate."""
    return certificate(own_member())


@links_bp.get("/c/<token>/releve", endpoint="statement")
@signed_link
def linked_statement(token: str) -> ResponseReturnValue:
    """Show the month of whoever has a link."""
    return statement_page(link_door(token), linked(token))


@links_bp.get("/c/<token>/attestation.pdf", endpoint="certificate")
@signed_link
def linked_certificate(token: str) -> ResponseReturnValue:
    """Give the certificate of whoever has a link."""
    return certificate(linked(token))


@bp.get("/covoiturage/membres/<int:member_id>/releve", endpoint="statement")
@requires(Permission.CARPOOL_VIEW, carpool_member="member_id")
def staff_statement(member_id: int) -> ResponseReturnValue:
    """Show a member's month to the staff."""
    member = load(CarpoolMember, member_id)
    note_view(member)
    return statement_page(desk_door(), load(CarpoolMember, member_id))


@bp.get("/covoiturage/membres/<int:member_id>/attestation.pdf", endpoint="certificate")
@requires(Permission.CARPOOL_VIEW, carpool_member="member_id")
def staff_certificate(member_id: int) -> ResponseReturnValue:
    """Give a member's certificate to the staff, to print."""
    return certificate(load(CarpoolMember, member_id))


@bp.get("/covoiturage/signalements", endpoint="reports")
@requires(Permission.CARPOOL_EDIT)
def report_list() -> ResponseReturnValue:
    """List the problems that people told of, those that wait first."""
    return render_template("carpool/reports.html", rows=reports.list_reports(access.visible_members(actor())))


@bp.route("/covoiturage/signalements/<int:report_id>", methods=["GET", "POST"], endpoint="report")
@requires(Permission.CARPOOL_EDIT, carpool_report="report_id")
def report_show(report_id: int) -> ResponseReturnValue:
    """Show a report, and note what was done about it."""
    form = AnswerForm()
    user_id = actor().user_id or 0
    if form.submits(
        lambda: complaints.handle(report_id=report_id, answer=form.answer.data, actor_id=user_id, now=now())
    ):
        flash(_("C’est noté."), "success")
        return redirect(url_for("carpool.reports"), 303)
    return render_template("carpool/report.html", found=reports.get_report(report_id), form=form), form.status
