"""The borrower's own loans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.loans import services
from mobility.loans.forms import CATEGORY_ICONS, AloneForm, AskEndForm, PortalCancelForm
from mobility.loans.models import Loan
from mobility.loans.queries import pages
from mobility.loans.queries.key_box import find_key_box
from mobility.loans.rules.key_box import KeyBoxStage
from mobility.loans.rules.policy import DEPOSIT_LABELS
from mobility.loans.rules.states import HOLDING, STATE_LABELS, STEPPER
from mobility.loans.views.blueprints import portal_bp


def person_id() -> int:
    """Return whose portal it is."""
    found = actor().person_id
    assert found is not None  # noqa: S101 - the permission belongs to beneficiaries alone
    return found


@portal_bp.get("/mon-espace/prets")
@requires(Permission.PORTAL_VIEW)
def index() -> ResponseReturnValue:
    """List one's loans: those to come and running first."""
    rows = pages.loans_of_person(person_id())
    return render_template(
        "loans/portal_list.html",
        current=sorted((row for row in rows if row.state in HOLDING), key=lambda row: row.start_at),
        past=[row for row in rows if row.state not in HOLDING],
        icons=CATEGORY_ICONS,
    )


@portal_bp.get("/mon-espace/prets/<int:loan_id>")
@requires(Permission.PORTAL_VIEW, loan="loan_id")
def show(loan_id: int) -> ResponseReturnValue:
    """Show one loan: where it stands, where and when, what to pay."""
    card = pages.get_loan_card(loan_id, now=now())
    return render_template(
        "loans/portal_show.html",
        card=card,
        loan=card.loan,
        box=find_key_box(card.loan, card.desk, now=now()),
        steps=[STATE_LABELS[state] for state in STEPPER],
        may_cancel="cancel" in {action.value for action in card.actions},
        may_extend="extend" in {action.value for action in card.actions},
        deposits=DEPOSIT_LABELS,
    )


@portal_bp.route("/mon-espace/prets/<int:loan_id>/prendre", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK, loan="loan_id")
def take(loan_id: int) -> ResponseReturnValue:
    """Take the vehicle from the key box, alone."""
    return _alone(
        loan_id,
        KeyBoxStage.TAKE,
        services.depart_alone,
        title=_("Je prends le véhicule"),
        lead=_("Notez ce que vous voyez avant de partir."),
        done=_("C’est noté. Bonne route !"),
    )


@portal_bp.route("/mon-espace/prets/<int:loan_id>/rendre", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK, loan="loan_id")
def give_back(loan_id: int) -> ResponseReturnValue:
    """Bring the vehicle back to the key box, alone."""
    return _alone(
        loan_id,
        KeyBoxStage.BRING_BACK,
        services.return_alone,
        title=_("Je rends le véhicule"),
        lead=_("Garez le véhicule, notez ce que vous voyez, puis remettez la clé dans la boîte."),
        done=_("Merci. Le retour est noté : l’antenne vérifie le véhicule à son ouverture."),
    )


def _alone(
    loan_id: int, stage: KeyBoxStage, service: Callable[..., None], *, title: str, lead: str, done: str
) -> ResponseReturnValue:
    form = AloneForm()
    form.suit(load(Loan, loan_id).category)
    if form.submits(lambda: service(loan_id=loan_id, actor_id=actor().user_id, now=now(), **form.reading())):
        flash(done, "success")
        return redirect(url_for("my_loans.show", loan_id=loan_id), 303)
    card = pages.get_loan_card(loan_id, now=now())
    box = find_key_box(card.loan, card.desk, now=now())
    if not form.is_submitted() and (box is None or box.stage is not stage):
        return redirect(url_for("my_loans.show", loan_id=loan_id), 303)
    page = render_template(
        "loans/portal_alone.html", form=form, card=card, loan=card.loan, box=box, title=title, lead=lead
    )
    return page, form.status


@portal_bp.route("/mon-espace/prets/<int:loan_id>/annuler", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK, loan="loan_id")
def cancel(loan_id: int) -> ResponseReturnValue:
    """Cancel one's loan."""
    form = PortalCancelForm()
    if form.submits(lambda: services.cancel(loan_id=loan_id, actor_id=actor().user_id, by_person=True, now=now())):
        flash(_("Votre prêt est annulé."), "success")
        return redirect(url_for("my_loans.index"), 303)
    card = pages.get_loan_card(loan_id, now=now())
    return render_template("loans/portal_cancel.html", form=form, card=card, loan=card.loan), form.status


@portal_bp.route("/mon-espace/prets/<int:loan_id>/prolonger", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK, loan="loan_id")
def extend(loan_id: int) -> ResponseReturnValue:
    """Ask for another end."""
    card = pages.get_loan_card(loan_id, now=now())
    due_at = card.loan.due_at
    form = AskEndForm()
    if form.submits(
        lambda: services.request_extension(
            loan_id=loan_id,
            new_due_at=form.new_due_at(due_at),
            note=form.note.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Votre demande est partie. Vous aurez une réponse de l’antenne."), "success")
        return redirect(url_for("my_loans.show", loan_id=loan_id), 303)
    if not form.is_submitted():
        form.due_on.data = day_of(max(due_at, now())) + timedelta(days=7)
    card = pages.get_loan_card(loan_id, now=now())
    return render_template("loans/portal_extend.html", form=form, card=card, loan=card.loan), form.status


@portal_bp.route("/mon-espace/prets/<int:loan_id>/a-l-heure", methods=["GET", "POST"])
@requires(Permission.PORTAL_BOOK, loan="loan_id")
def confirm_return(loan_id: int) -> ResponseReturnValue:
    """Say that the vehicle comes back on time."""
    card = pages.get_loan_card(loan_id, now=now())
    due_at = card.loan.due_at
    form = PortalCancelForm()
    if form.submits(
        lambda: services.confirm_return(loan_id=loan_id, due_at=due_at, actor_id=actor().user_id, now=now())
    ):
        flash(_("Merci, c’est noté."), "success")
        return redirect(url_for("my_loans.show", loan_id=loan_id), 303)
    card = pages.get_loan_card(loan_id, now=now())
    return render_template("loans/portal_on_time.html", form=form, card=card, loan=card.loan), form.status
