"""The page of a loan, and each act on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts import audit
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.web.access import Permission, acting_user, actor, may_touch, requires
from mobility.core.web.filters import km
from mobility.core.web.forms import VersionedForm
from mobility.fleet.kinds import CYCLES
from mobility.fleet.queries.candidates import odometers_of
from mobility.loans import services
from mobility.loans.errors import TooEarly
from mobility.loans.forms import (
    ActForm,
    CancelForm,
    CheckForm,
    ContractForm,
    DepartForm,
    PaymentForm,
    ReasonForm,
    ReturnForm,
    SettleForm,
    SwapForm,
)
from mobility.loans.models import Loan
from mobility.loans.queries import pages
from mobility.loans.rules.policy import DEPOSIT_LABELS, HANDOVER_LABELS
from mobility.loans.rules.states import EXTENSION_LABELS, LOANS, STATE_LABELS, STEPPER, LoanAction
from mobility.loans.services.vehicles import replacements
from mobility.loans.views.blueprints import bp

P = Permission
# Each act that the page offers: its permission, and where it is done.
ACTS: dict[LoanAction, tuple[P, str]] = {
    LoanAction.APPROVE: (P.LOAN_APPROVE, "loans.approve"),
    LoanAction.REFUSE: (P.LOAN_APPROVE, "loans.refuse"),
    LoanAction.CONTRACT: (P.LOAN_HANDOVER, "loans.contract"),
    LoanAction.DEPART: (P.LOAN_HANDOVER, "loans.depart"),
    LoanAction.RETURN: (P.LOAN_HANDOVER, "loans.return_vehicle"),
    LoanAction.SETTLE: (P.LOAN_SETTLE, "loans.settle"),
    LoanAction.EXTEND: (P.LOAN_APPROVE, "loans.extend"),
    LoanAction.SWAP: (P.LOAN_BOOK, "loans.swap"),
    LoanAction.NO_SHOW: (P.LOAN_APPROVE, "loans.no_show"),
    LoanAction.CANCEL: (P.LOAN_BOOK, "loans.cancel"),
}


@bp.get("/prets/<int:loan_id>")
@requires(P.LOAN_VIEW, loan="loan_id")
def show(loan_id: int) -> ResponseReturnValue:
    """Show a loan: where it stands, its terms, its log, what can be done."""
    who = actor()
    card = pages.get_loan_card(loan_id, now=now())
    sees_person = who.permits(P.PERSON_VIEW) and may_touch(who, P.PERSON_VIEW, "person", card.loan.person_id)
    allowed = {
        action: url_for(endpoint, loan_id=loan_id)
        for action, (permission, endpoint) in ACTS.items()
        if action in card.actions and who.permits(permission) and may_touch(who, permission, "loan", loan_id)
    }
    audit.record(
        actor_id=who.user_id,
        action=audit.VIEW,
        subject_kind="loan",
        subject_id=loan_id,
        person_id=card.loan.person_id,
        now=now(),
    )
    return render_template(
        "loans/show.html",
        card=card,
        loan=card.loan,
        acts={action.value: url for action, url in allowed.items()},
        steps=[STATE_LABELS[state] for state in STEPPER],
        may_settle=who.permits(P.LOAN_SETTLE) and may_touch(who, P.LOAN_SETTLE, "loan", loan_id),
        may_decide=who.permits(P.LOAN_APPROVE) and may_touch(who, P.LOAN_APPROVE, "loan", loan_id),
        may_change_desk=card.desk.archived_at is not None
        and LOANS.allows(card.loan.state, LoanAction.RESCHEDULE)
        and may_touch(who, P.LOAN_APPROVE, "loan", loan_id),
        may_inspect=who.permits(P.LOAN_HANDOVER) and may_touch(who, P.LOAN_HANDOVER, "loan", loan_id),
        sees_person=sees_person,
        handovers=HANDOVER_LABELS,
        deposits=DEPOSIT_LABELS,
        extension_labels=EXTENSION_LABELS,
    )


def _act(
    loan_id: int,
    form: VersionedForm,
    template: str,
    service: Callable[[dict[str, Any]], Any],
    done: str,
    **context: Any,
) -> ResponseReturnValue:
    """Run one act behind its form, and come back to the loan."""
    common: dict[str, Any] = {
        "loan_id": loan_id,
        "actor_id": actor().user_id,
        "now": now(),
        "version": form.typed_version(),
    }
    if form.submits(lambda: service(common)):
        flash(done, "success")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    card = pages.get_loan_card(loan_id, now=now())
    if not form.is_submitted():
        form.show_version(card.loan)
    if "odometer_km" in form:
        context["last_reading"] = _last_reading(card.loan.vehicle_id)
    return render_template(f"loans/{template}.html", form=form, card=card, loan=card.loan, **context), form.status


def _last_reading(vehicle_id: int) -> str:
    """Return the last reading in words, for beside the field: an odometer never goes back."""
    last_km = odometers_of([vehicle_id]).get(vehicle_id)
    return "" if last_km is None else str(_("Dernier relevé : %(km)s.", km=km(last_km)))


@bp.route("/prets/<int:loan_id>/accepter", methods=["GET", "POST"])
@requires(P.LOAN_APPROVE, loan="loan_id")
def approve(loan_id: int) -> ResponseReturnValue:
    """Accept a request."""
    return _act(
        loan_id,
        ActForm(),
        "approve",
        lambda given: services.approve(**given),
        _("Le prêt est accepté : la personne est prévenue."),
    )


@bp.route("/prets/<int:loan_id>/refuser", methods=["GET", "POST"])
@requires(P.LOAN_APPROVE, loan="loan_id")
def refuse(loan_id: int) -> ResponseReturnValue:
    """Refuse a request, with a reason that is sent."""
    form = ReasonForm()
    return _act(
        loan_id,
        form,
        "refuse",
        lambda given: services.refuse(reason=form.reason.data, **given),
        _("La demande est refusée : la raison est envoyée à la personne."),
    )


@bp.route("/prets/<int:loan_id>/annuler", methods=["GET", "POST"])
@requires(P.LOAN_BOOK, loan="loan_id")
def cancel(loan_id: int) -> ResponseReturnValue:
    """Cancel a loan before its departure."""
    form = CancelForm()
    return _act(
        loan_id,
        form,
        "cancel",
        lambda given: services.cancel(reason=form.reason.data, **given),
        _("Le prêt est annulé : le véhicule est de nouveau libre."),
    )


@bp.route("/prets/<int:loan_id>/non-venu", methods=["GET", "POST"])
@requires(P.LOAN_APPROVE, loan="loan_id")
def no_show(loan_id: int) -> ResponseReturnValue:
    """Note that nobody came."""
    return _act(
        loan_id,
        ActForm(),
        "no_show",
        lambda given: services.mark_no_show(**given),
        _("C’est noté : le véhicule est de nouveau libre."),
    )


@bp.route("/prets/<int:loan_id>/contrat", methods=["GET", "POST"])
@requires(P.LOAN_HANDOVER, loan="loan_id")
def contract(loan_id: int) -> ResponseReturnValue:
    """Note that the contract is signed and the deposit received."""
    form = ContractForm()
    form.allow(load(Loan, loan_id))
    return _act(
        loan_id,
        form,
        "contract",
        lambda given: services.contract(deposit_kind=form.typed_kind(), signed_by=form.signed_by.data, **given),
        _("Le contrat est signé. Le véhicule peut partir."),
    )


@bp.route("/prets/<int:loan_id>/depart", methods=["GET", "POST"])
@requires(P.LOAN_HANDOVER, loan="loan_id")
def depart(loan_id: int) -> ResponseReturnValue:
    """Hand the vehicle over."""
    form = DepartForm()
    return _act(
        loan_id,
        form,
        "depart",
        lambda given: services.depart(**form.values("odometer_km", "energy_percent", "remarks"), **given),
        _("Le véhicule est remis. Bonne route !"),
        cycles=CYCLES,
    )


@bp.route("/prets/<int:loan_id>/retour", methods=["GET", "POST"])
@requires(P.LOAN_HANDOVER, loan="loan_id")
def return_vehicle(loan_id: int) -> ResponseReturnValue:
    """Take the vehicle back."""
    form = ReturnForm()

    def act(given: dict[str, Any]) -> None:
        if form.returned_on.data is not None and form.returned_time.data is None:
            raise TooEarly("Indiquez aussi l’heure du retour.", field="returned_time")
        services.return_vehicle(
            returned_at=form.returned_at(),
            **form.values("odometer_km", "energy_percent", "remarks", "in_key_box"),
            **given,
        )

    return _act(loan_id, form, "return", act, _("Le véhicule est rendu."), cycles=CYCLES)


MOMENTS = {"depart": "departure", "retour": "return"}


@bp.route("/prets/<int:loan_id>/verifier/<any(depart, retour):moment>", methods=["GET", "POST"])
@requires(P.LOAN_HANDOVER, loan="loan_id")
def check_inspection(loan_id: int, moment: str) -> ResponseReturnValue:
    """Confirm or correct what was noted through the key box."""
    noted = pages.get_loan_card(loan_id, now=now()).inspections.get(MOMENTS[moment])
    if noted is None or (noted.checked_at is not None and request.method == "GET"):
        flash(_("Rien n’est à vérifier ici."), "info")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    form = CheckForm()
    if not form.is_submitted():
        form.show(noted)

    def act(given: dict[str, Any]) -> None:
        values = form.values("odometer_km", "energy_percent", "remarks")
        services.check_inspection(moment=MOMENTS[moment], **values, **{**given, "actor_id": acting_user()})

    return _act(
        loan_id, form, "check_inspection", act, _("Le relevé est vérifié."), cycles=CYCLES, moment=moment, noted=noted
    )


@bp.route("/prets/<int:loan_id>/solder", methods=["GET", "POST"])
@requires(P.LOAN_SETTLE, loan="loan_id")
def settle(loan_id: int) -> ResponseReturnValue:
    """Close the accounts, give the deposit back."""
    form = SettleForm()
    return _act(
        loan_id, form, "settle", lambda given: services.settle(**form.amounts(), **given), _("Le prêt est soldé.")
    )


@bp.route("/prets/<int:loan_id>/paiement", methods=["GET", "POST"])
@requires(P.LOAN_SETTLE, loan="loan_id")
def pay(loan_id: int) -> ResponseReturnValue:
    """Note a payment."""
    form = PaymentForm()
    if form.submits(
        lambda: services.record_payment(
            loan_id=loan_id, paid_cents=form.paid_cents.data, actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("Le paiement est noté."), "success")
        return redirect(url_for("loans.show", loan_id=loan_id), 303)
    card = pages.get_loan_card(loan_id, now=now())
    if not form.is_submitted() and card.balance.owed_cents > 0:
        form.paid_cents.data = card.balance.owed_cents
    return render_template("loans/pay.html", form=form, card=card, loan=card.loan), form.status


@bp.route("/prets/<int:loan_id>/vehicule", methods=["GET", "POST"])
@requires(P.LOAN_BOOK, loan="loan_id")
def swap(loan_id: int) -> ResponseReturnValue:
    """Give the loan another vehicle."""
    form = SwapForm()
    others = replacements(load(Loan, loan_id))
    form.vehicle_id.choices = [(vehicle.vehicle_id, vehicle.name) for vehicle in others]
    return _act(
        loan_id,
        form,
        "swap",
        lambda given: services.swap_vehicle(vehicle_id=form.vehicle_id.data, reason=form.reason.data, **given),
        _("Le prêt a un autre véhicule."),
        others=others,
    )
