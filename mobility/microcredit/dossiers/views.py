"""The desk's pages of budgets and dossiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from mobility.accounts.audit import record_view
from mobility.accounts.queries import names_of
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number, paginate
from mobility.documents.uploads import take
from mobility.funding.queries import get_project, projects_of, sellers_of
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import checklist, queries, services, waiting
from mobility.microcredit.dossiers.access import visible_dossiers
from mobility.microcredit.dossiers.forms import (
    ChangeForm,
    DisburseForm,
    PaymentForm,
    RequestForm,
    SignForm,
    StepForm,
    TakeOfferForm,
)
from mobility.microcredit.dossiers.models import Budget, MicrocreditDossier
from mobility.microcredit.dossiers.services.steps import facts_of
from mobility.microcredit.dossiers.standing import find_quote, offer_choices, standing_of
from mobility.microcredit.dossiers.words import JOURNAL
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.paperwork.queries import joined_file
from mobility.microcredit.rules.changes import CHANGE_LABELS, ChangeKind
from mobility.microcredit.rules.completeness import HOLDING_LABELS, HOLDING_TONES, LACKING
from mobility.microcredit.rules.guidance import steps as next_steps
from mobility.microcredit.rules.guidance import what_now
from mobility.microcredit.rules.law import offer_stands_until, signed_dates
from mobility.microcredit.rules.motives import ABOUT_ADVICE, about, label_of
from mobility.microcredit.rules.offers import announced_percent
from mobility.microcredit.rules.repayment import STANDING_LABELS, STANDING_TONES
from mobility.microcredit.rules.statement import reference_of
from mobility.microcredit.rules.states import (
    AGREED,
    BANK_READS,
    BEFORE_BANK,
    DATED,
    DOSSIERS,
    OPEN,
    PARTY_LABELS,
    RUNNING,
    STATE_LABELS,
    STATE_TONES,
    TAKES_PAPERS,
    Action,
    Party,
    State,
    party_of,
)
from mobility.microcredit.rules.words import percent_fr
from mobility.organisations.queries import organisation_choices, organisation_names
from mobility.organisations.rules import OrganisationKind
from mobility.people.queries import get_person_card

bp = Blueprint("microcredit_dossiers", __name__)
EDIT = Permission.MICROCREDIT_EDIT


@bp.get("/micro-credits")
@requires(EDIT)
def index() -> ResponseReturnValue:
    """List the dossiers that the actor accompanies, those touched last first."""
    return _list(visible_dossiers(actor()), committee=False)


@bp.get("/micro-credits/commission")
@requires(EDIT)
def committee() -> ResponseReturnValue:
    """List the dossiers on which our committee is to give its word before they leave."""
    return _list(visible_dossiers(actor()) & (MicrocreditDossier.state == State.COMMITTEE), committee=True)


def _list(condition: ColumnElement[bool], *, committee: bool) -> ResponseReturnValue:
    page = paginate(queries.select_dossiers(condition), number=page_number(), scalars=False)
    return render_template(
        "microcredit/index.html",
        page=page,
        rows=queries.listed(page.rows),
        labels=STATE_LABELS,
        tones=STATE_TONES,
        committee=committee,
        expected=checklist.at_decision([row[0] for row in page.rows], on=today()) if committee else {},
    )


def _fill_choices(form: RequestForm, person_id: int, *, project_id: int | None = None) -> None:
    if project_id is None:
        form.project_id.choices = [(one.id, one.title) for one, _totals in projects_of(person_id)]
    else:
        form.project_id.choices = [(project_id, get_project(project_id).title)]
    form.offer_id.choices = [("", "—"), *offer_choices(person_id)]
    form.bank_id.choices = [("", "—"), *organisation_choices(OrganisationKind.BANK)]
    card = get_person_card(person_id)
    form.cosigner_id.choices = [("", "—"), *((one.id, one.name) for one in card.representatives)]


@bp.route("/personnes/<int:person_id>/micro-credit", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def open_dossier(person_id: int) -> ResponseReturnValue:
    """Open a dossier on one of the person's projects."""
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    form = RequestForm()
    _fill_choices(form, person_id)
    if not form.is_submitted():
        form.months.data = 36
        missing = [(one, totals) for one, totals in projects_of(person_id) if totals.missing]
        if missing:
            form.project_id.data, form.amount_cents.data = missing[0][0].id, missing[0][1].missing
        form.begin(request.args)
    if form.submits(
        lambda: services.open_dossier(
            project_id=form.project_id.data, request=form.asked(), actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("Le dossier est ouvert."), "success")
        return redirect(url_for("microcredit_dossiers.show", dossier_id=form.result), 303)
    return render_template(
        "microcredit/open.html",
        form=form,
        card=get_person_card(person_id),
        has_projects=bool(form.project_id.choices),
        has_budget=queries.find_budget(person_id) is not None,
        begun=bool(request.args.get("offer_id")),
        dossiers=queries.dossiers_of(person_id),
        labels=STATE_LABELS,
        tones=STATE_TONES,
    ), form.status


@bp.route("/micro-credits/<int:dossier_id>", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def show(dossier_id: int) -> ResponseReturnValue:
    """Show a dossier; each button of the page is one step of it."""
    person_id = queries.get_dossier(dossier_id).person_id
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    forms = _forms(queries.get_dossier(dossier_id))
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        if act is None:
            abort(400)
        if act(dossier_id, forms):
            flash(_("C’est noté."), "success")
            goes_on = forms["change"].result or dossier_id
            return redirect(url_for("microcredit_dossiers.show", dossier_id=goes_on), 303)
    row = queries.get_dossier(dossier_id)
    if request.method == "POST":
        for name in ("request", "step", "sign", "disburse", "change"):
            forms[name].show_version(row)
    return _page(row, forms)


Forms = dict[str, Any]


def _forms(row: MicrocreditDossier) -> Forms:
    kinds = {
        "request": RequestForm,
        "step": StepForm,
        "change": ChangeForm,
        "sign": SignForm,
        "disburse": DisburseForm,
        "pay": PaymentForm,
    }
    pressed = request.form.get("act", "")
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in kinds.items()}
    _fill_choices(forms["request"], row.person_id, project_id=row.project_id)
    forms["sign"].cosigner_id.choices = forms["request"].cosigner_id.choices
    if pressed != "sign":
        forms["sign"].cosigner_id.data = row.cosigner_id
    if pressed != "disburse":
        forms["disburse"].paid_to.data = ", ".join(sellers_of(row.project_id))[:160]
    if pressed != "request":
        forms["request"].show(row)
    for name in ("step", "sign", "disburse", "change"):
        if name != pressed:
            forms[name].show_version(row)
    return forms


def _acts(form: Any) -> dict[str, Any]:
    return {"version": form.typed_version(), "actor_id": actor().user_id, "now": now()}


def _request(dossier_id: int, forms: Forms) -> bool:
    form: RequestForm = forms["request"]
    return form.submits(lambda: services.change_request(dossier_id=dossier_id, request=form.asked(), **_acts(form)))


def _step(dossier_id: int, forms: Forms) -> bool:
    form: StepForm = forms["step"]
    asked = request.form.get("step", "")
    if asked not in set(Action):
        abort(400)
    action = Action(asked)
    if party_of(action) is not Party.ADVISER or action in DATED | AGREED:
        abort(400)
    if action is Action.TRANSMIT:
        return form.submits(lambda: paperwork.ask_sending(dossier_id=dossier_id, **_acts(form)))
    return form.submits(
        lambda: services.move(
            dossier_id=dossier_id, action=action, reason=form.reason.data, said_on=form.said_on.data, **_acts(form)
        )
    )


def _change(dossier_id: int, forms: Forms) -> bool:
    form: ChangeForm = forms["change"]
    kind, _colon, key = request.form.get("change", "").partition(":")
    if kind not in set(ChangeKind) or not (key.isascii() and key.isdecimal() and len(key) < 10):
        abort(400)
    return form.submits(
        lambda: services.take_change(dossier_id=dossier_id, kind=ChangeKind(kind), bank_key=int(key), **_acts(form))
    )


def _sign(dossier_id: int, forms: Forms) -> bool:
    form: SignForm = forms["sign"]
    with take(form, "file", paper=True) as prepared:
        typed: dict[str, Any] = {"on": form.on.data, "cosigner_id": form.cosigner_id.data, "prepared": prepared}
        return form.submits(lambda: services.sign(dossier_id=dossier_id, **typed, **_acts(form)))


def _disburse(dossier_id: int, forms: Forms) -> bool:
    form: DisburseForm = forms["disburse"]
    with take(form, "file", paper=True) as prepared:
        return form.submits(
            lambda: services.disburse(dossier_id=dossier_id, details=form.details(), prepared=prepared, **_acts(form))
        )


def _pay(dossier_id: int, forms: Forms) -> bool:
    form: PaymentForm = forms["pay"]
    return form.submits(
        lambda: services.note_payment(
            dossier_id=dossier_id,
            on=form.paid_on.data,
            amount_cents=form.paid_cents.data,
            reference=form.reference.data or "",
            actor_id=actor().user_id,
            now=now(),
        )
    )


_ACTS: dict[str, Callable[[int, Forms], bool]] = {
    "request": _request,
    "step": _step,
    "change": _change,
    "sign": _sign,
    "disburse": _disburse,
    "pay": _pay,
}


def _page(row: MicrocreditDossier, forms: Forms) -> ResponseReturnValue:
    card = get_person_card(row.person_id)
    papers = checklist.of_dossier(row, on=today())
    facts = facts_of(row, on=today(), papers=papers)
    takes_changes = row.state in OPEN or (row.state is State.REFUSED and not queries.has_living(row.project_id))
    steps = [
        one for one in next_steps(row.state, facts, today=today()) if one.action is not Action.REWORK or takes_changes
    ]
    log, motives = queries.log_of(row.id), room.motives(on=today())
    quote = find_quote(row, on=today())
    told = None
    if row.budget_id is not None:
        told = queries.tell(
            load(Budget, row.budget_id),
            on=today(),
            desk_id=card.desk_id,
            schedule=quote.rows if quote else (),
            premiums=quote.insurance_cents if quote and quote.required else (),
        )
    sent = queries.transmissions_of(row.id)
    ledger = queries.ledger_of(row.id, on=today()) if row.disbursed_on else None
    return render_template(
        "microcredit/show.html",
        row=row,
        card=card,
        forms=forms,
        project=get_project(row.project_id),
        state=(STATE_LABELS[row.state], STATE_TONES[row.state]),
        bank=organisation_names([row.bank_id]).get(row.bank_id, "") if row.bank_id else "",
        may_change=row.state in OPEN,
        what_now=what_now(row.state, in_plan=ledger is not None and ledger.in_plan),
        steps=steps,
        takes_changes=takes_changes,
        waits=waiting.standing_debt_plan(row.id),
        dates_withdrawal=row.signed_on is not None and DOSSIERS.allows(row.state, Action.WITHDRAW),
        signs=DOSSIERS.allows(row.state, Action.SIGN),
        cosigns=facts.needs_cosigner,
        cosigner=next((one.name for one in card.representatives if one.id == row.cosigner_id), ""),
        disburses=DOSSIERS.allows(row.state, Action.DISBURSE),
        pays=row.state in RUNNING,
        told=told,
        **_standing(row),
        papers=papers,
        lacking=[one for one in papers if one.holding in LACKING],
        asks_papers=row.state in TAKES_PAPERS,
        expected=checklist.at_decision([row], on=today()).get(row.id) if row.state in BEFORE_BANK else None,
        holdings=HOLDING_LABELS,
        holding_tones=HOLDING_TONES,
        quote=quote,
        announced=announced_percent,
        proofs=queries.proofs_of(row.id) if row.signed_on else {},
        ledger=ledger,
        standings=STANDING_LABELS,
        standing_tones=STANDING_TONES,
        reference=reference_of(row.id),
        file=joined_file(row.id),
        log=log,
        said=JOURNAL,
        motives={one.id: label_of(one.motive, motives) for one in log if one.motive},
        motive=label_of(row.motive, motives),
        advice=ABOUT_ADVICE[about(row.motive)],
        parties=PARTY_LABELS,
        names=names_of([one.actor_id for one in log if one.actor_id]),
        sent=sent,
        links={one.id: services.link_of(one) for one in sent[:1]} if row.state in BANK_READS else {},
        now=now(),
    ), max(form.status for form in forms.values())


def _standing(row: MicrocreditDossier) -> dict[str, Any]:
    """Return what the page says of the request at its bank: its cost, its light, and what would change a no."""
    standing = standing_of(row, on=today()) if row.granted_on is None else None
    return {
        "standing": standing,
        "percent": percent_fr,
        **_law_of(row),
        "change_labels": CHANGE_LABELS,
        "followed_by": queries.following(row.id) if row.state is State.REFUSED else None,
    }


def _law_of(row: MicrocreditDossier) -> dict[str, Any]:
    """Return the dates that the law of the contract's day makes, while they matter."""
    stands_until = signed = None
    if row.state is State.GRANTED and row.granted_on is not None:
        stands_until = offer_stands_until(row.granted_on, room.delays(contract_on=row.granted_on))
    if row.state in {State.OFFER_SIGNED, State.DISBURSED} and row.signed_on is not None:
        signed = signed_dates(row.signed_on, room.delays(contract_on=row.signed_on))
    return {"stands_until": stands_until, "signed": signed}


@bp.post("/micro-credits/<int:dossier_id>/offre")
@requires(EDIT, microcredit="dossier_id")
def take_offer(dossier_id: int) -> ResponseReturnValue:
    """Take an offer of the simulator into a dossier that is still ours."""
    form = TakeOfferForm()
    numbers = form.numbers()
    if numbers is None:
        abort(400)
    if form.submits(lambda: services.take_offer(dossier_id=dossier_id, **{**numbers, **_acts(form)})):
        flash(_("L’offre est reprise dans le dossier."), "success")
    else:
        for _field, _label, message in form.errors_summary:
            flash(message, "danger")
    return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id), 303)
