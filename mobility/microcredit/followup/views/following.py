"""The follow-up of one loan: signals, what to do before a second miss, a new schedule, a loss."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.accounts.queries import names_of
from mobility.core.clock import now, today
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Permission, acting_user, actor, requires
from mobility.documents.uploads import take
from mobility.microcredit import parameters as room
from mobility.microcredit.accords import queries as accords
from mobility.microcredit.accords.services import laying
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers import queries as dossiers
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.followup import queries
from mobility.microcredit.followup.forms import ChangeForm, GoneForm, LossForm, PayoffForm, PlanForm, SeenForm
from mobility.microcredit.followup.services import following, losses, payoff, plans
from mobility.microcredit.followup.views.blueprint import bp
from mobility.microcredit.rules.accords import ACCORD_LABELS, ACCORD_TONES, KIND_LABELS, AccordState
from mobility.microcredit.rules.loss import split
from mobility.microcredit.rules.repayment import STANDING_LABELS, STANDING_TONES
from mobility.microcredit.rules.rescheduling import NewPlan
from mobility.microcredit.rules.signals import SIGNAL_ADVICE, SIGNAL_LABELS, SIGNAL_TONES, act_before
from mobility.microcredit.rules.states import DOSSIERS, PAID_OUT, RUNNING, STATE_LABELS, STATE_TONES, Action, State
from mobility.microcredit.rules.words import percent_fr
from mobility.people.queries import get_person_card
from mobility.people.rules import add_months

EDIT = Permission.MICROCREDIT_EDIT
Forms = dict[str, Any]


def _percent(value: Decimal | str) -> str:
    """Return « 3,5 % » of a rate, kept as text or worked out."""
    return percent_fr(Decimal(value))


@bp.route("/micro-credits/<int:dossier_id>/suivi", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def show(dossier_id: int) -> ResponseReturnValue:
    """Show how a loan is paid back, and take what is noted about it."""
    row = dossiers.get_dossier(dossier_id)
    if row.state not in PAID_OUT:
        return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id), 303)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    pressed = request.form.get("act", "")
    kinds = {"seen": SeenForm, "change": ChangeForm, "gone": GoneForm, "loss": LossForm, "payoff": PayoffForm}
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in kinds.items()}
    if request.method == "POST":
        act = _ACTS.get(pressed)
        if act is None:
            abort(400)
        if act(dossier_id, forms[pressed]):
            flash(_("C’est noté."), "success")
            return redirect(url_for("microcredit_followup.show", dossier_id=dossier_id), 303)
    return _page(dossiers.get_dossier(dossier_id), forms, pressed)


def _seen(dossier_id: int, form: SeenForm) -> bool:
    asked = request.form.get("signal", "")
    if not asked.isdecimal() or len(asked) > 9:
        abort(400)
    if queries.dossier_of_signal(int(asked)) != dossier_id:
        abort(404)
    return form.submits(lambda: following.see(signal_id=int(asked), actor_id=acting_user(), now=now()))


def _change(dossier_id: int, form: ChangeForm) -> bool:
    return form.submits(
        lambda: following.declare_change(dossier_id=dossier_id, said=form.said.data, actor_id=acting_user(), now=now())
    )


def _gone(dossier_id: int, form: GoneForm) -> bool:
    return form.submits(
        lambda: following.vehicle_gone(
            dossier_id=dossier_id, said=form.gone_why.data, actor_id=acting_user(), now=now()
        )
    )


def _loss(dossier_id: int, form: LossForm) -> bool:
    def act() -> int:
        return losses.close_with_loss(
            dossier_id=dossier_id,
            on=form.on.data,
            loss_cents=form.loss_cents.data,
            reason=form.reason.data or "",
            version=form.typed_version(),
            actor_id=acting_user(),
            now=now(),
        ).fund_cents

    return form.submits(act)


def _payoff(dossier_id: int, form: PayoffForm) -> bool:
    with take(form, "payoff") as prepared:
        return form.submits(
            lambda: payoff.repay_early(
                dossier_id=dossier_id,
                on=form.repaid_on.data,
                amount_cents=form.repaid_cents.data,
                prepared=prepared,
                version=form.typed_version(),
                actor_id=acting_user(),
                now=now(),
            )
        )


_ACTS: dict[str, Callable[[int, Any], bool]] = {
    "seen": _seen,
    "change": _change,
    "gone": _gone,
    "loss": _loss,
    "payoff": _payoff,
}


def _page(row: MicrocreditDossier, forms: Forms, pressed: str) -> ResponseReturnValue:
    ledger = dossiers.ledger_of(row.id, on=today())
    if pressed != "loss":
        forms["loss"].loss_cents.data = ledger.left_cents or None
    forms["loss"].show_version(row)
    forms["payoff"].show_version(row)
    ends = DOSSIERS.allows(row.state, Action.REPAY_EARLY) and bool(ledger.left_cents)
    if ends and pressed != "payoff":
        forms["payoff"].repaid_cents.data = plans.standing_of(row, on=today()).owed.cents or None
    kept = accords.accords_of(row.id)
    is_broken = row.state is State.INCIDENT and bool(kept) and kept[0].state is AccordState.BROKEN
    percent = losses.share_percent(row)
    signals = queries.signals_of(row.id)
    loss = queries.loss_of(row.id)
    return render_template(
        "microcredit/suivi.html",
        row=row,
        card=get_person_card(row.person_id),
        forms=forms,
        state=(STATE_LABELS[row.state], STATE_TONES[row.state]),
        ledger=ledger,
        runs=row.state in RUNNING,
        before=act_before(ledger, ficp_days=parameters.ficp_days(on=today())),
        signals=signals,
        signal_labels=SIGNAL_LABELS,
        signal_tones=SIGNAL_TONES,
        advice=SIGNAL_ADVICE,
        names=names_of([one.seen_by_id for one in signals if one.seen_by_id]),
        plans=queries.plans_of(row.id),
        loss=loss,
        shares=split(ledger.left_cents, percent),
        percent=_percent,
        guarantee=percent,
        reschedules=DOSSIERS.allows(row.state, Action.RESCHEDULE),
        closes=DOSSIERS.allows(row.state, Action.CLOSE),
        plans_arrears=DOSSIERS.allows(row.state, Action.AGREE_PLAN),
        ends=ends,
        accords=kept,
        is_broken=is_broken,
        in_plan=any(one.state is AccordState.IN_FORCE for one in kept),
        kinds=KIND_LABELS,
        accord_labels=ACCORD_LABELS,
        accord_tones=ACCORD_TONES,
        standings=STANDING_LABELS,
        standing_tones=STANDING_TONES,
    ), max(form.status for form in forms.values())


@bp.route("/micro-credits/<int:dossier_id>/reechelonner", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def reschedule(dossier_id: int) -> ResponseReturnValue:
    """Lay a new schedule beside the old one, then before the person."""
    row = dossiers.get_dossier(dossier_id)
    if not DOSSIERS.allows(row.state, Action.RESCHEDULE):
        return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id), 303)
    standing = plans.standing_of(row, on=today())
    form = PlanForm()
    if not form.is_submitted():
        form.show_version(row)
        form.capital_cents.data = standing.owed.cents or None
        form.rate.data = f"{standing.rate.normalize():f}".replace(".", ",")
        form.months.data = len(standing.left) or 1
        form.first_on.data = add_months(today(), 1)
    seen: plans.Preview | None = None
    if form.validate_on_submit():
        plan = form.plan(from_on=today())
        try:
            seen = plans.preview(dossier_id=dossier_id, plan=plan)
        except RuleViolation as violation:
            form.add_violation(violation)
        if (
            seen is not None
            and request.form.get("act") == "save"
            and form.submits(lambda: _lay(dossier_id, plan, form))
        ):
            return redirect(url_for("microcredit_accords.show", accord_id=form.result), 303)
    row = dossiers.get_dossier(dossier_id)
    if form.violation is not None:
        form.show_version(row)
    card = get_person_card(row.person_id)
    budget = dossiers.find_budget(row.person_id)
    told = None
    if seen is not None and budget is not None:
        told = dossiers.tell(budget, on=today(), desk_id=card.desk_id, schedule=seen.compared.rows)
    return render_template(
        "microcredit/reschedule.html",
        row=row,
        card=card,
        form=form,
        standing=standing,
        seen=seen,
        told=told,
        most_months=room.limits(on=row.signed_on or today()).months,
        percent=_percent,
        legal_sentence=room.legal_sentence(on=today()),
    ), form.status


def _lay(dossier_id: int, plan: NewPlan, form: PlanForm) -> int:
    return laying.lay_schedule(
        dossier_id=dossier_id,
        plan=plan,
        reason=form.reason.data or "",
        version=form.typed_version(),
        actor_id=acting_user(),
        now=now(),
    )
