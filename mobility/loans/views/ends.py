"""The end of a loan, at the desk: moved, or a request answered."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda.offers import read_day
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.loans import services
from mobility.loans.forms import DecideEndForm, EndForm
from mobility.loans.models import ExtensionRequest
from mobility.loans.queries import pages
from mobility.loans.services.extension import reasons_against
from mobility.loans.views.blueprints import bp


def _override(loan_id: int, written: str | None) -> str | None:
    """Return the reason of an override, from whoever may override."""
    who = actor()
    may = who.permits(Permission.LOAN_OVERRIDE) and may_touch(who, Permission.LOAN_OVERRIDE, "loan", loan_id)
    return written if may else None


@bp.route("/prets/<int:loan_id>/prolonger", methods=["GET", "POST"])
@requires(Permission.LOAN_APPROVE, loan="loan_id")
def extend(loan_id: int) -> ResponseReturnValue:
    """Move the end, later or sooner."""
    form = EndForm()
    if form.submits(
        lambda: services.extend(
            loan_id=loan_id,
            new_due_at=form.new_due_at(),
            override_reason=_override(loan_id, form.override_reason.data),
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("La date de retour est changée : la personne est prévenue."), "success")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    card = pages.get_loan_card(loan_id, now=now())
    if not form.is_submitted():
        form.show_version(card.loan)
        form.propose(card.loan, read_day(request.args.get("fin")))
    reasons = getattr(form.violation, "reasons", ())
    return render_template("loans/extend.html", form=form, card=card, loan=card.loan, reasons=reasons), form.status


@bp.route("/prets/prolongations/<int:request_id>", methods=["GET", "POST"])
@requires(Permission.LOAN_APPROVE, loan_extension="request_id")
def decide_extension(request_id: int) -> ResponseReturnValue:
    """Answer a request for another end."""
    asked = load(ExtensionRequest, request_id)
    form = DecideEndForm()
    if form.submits(
        lambda: services.decide_extension(
            request_id=request_id,
            accept=form.answer.data == "accept",
            reason=form.reason.data,
            override_reason=_override(asked.loan_id, form.override_reason.data),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Votre réponse est enregistrée : la personne est prévenue."), "success")
        return redirect(url_for("loans.show", loan_id=asked.loan_id), 303)
    card = pages.get_loan_card(asked.loan_id, now=now())
    asked = next(row for row in card.extensions if row.id == request_id)
    reasons = reasons_against(card.loan, asked.new_due_at, now=now()) if asked.decided_at is None else []
    return render_template(
        "loans/decide_extension.html", form=form, card=card, loan=card.loan, asked=asked, reasons=reasons
    ), form.status
