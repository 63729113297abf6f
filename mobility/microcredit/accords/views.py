"""The desk's pages of agreements: a plan of arrears prepared, an agreement signed, followed, ended."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, acting_user, actor, requires
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.documents.uploads import take
from mobility.microcredit import parameters as room
from mobility.microcredit.accords import paper, planning, queries
from mobility.microcredit.accords.forms import ROWS_MAX, BankForm, PlanForm, StopForm, plan_form
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.accords.services import keeping, laying, signing
from mobility.microcredit.accords.shown import boxes_of, shown, signatures_of
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers import queries as dossiers
from mobility.microcredit.rules.accords import (
    ACCORD_LABELS,
    ACCORD_TONES,
    KIND_LABELS,
    AccordState,
    sides,
)
from mobility.microcredit.rules.arrears import problems
from mobility.microcredit.rules.repayment import STANDING_LABELS, STANDING_TONES, DueKind
from mobility.microcredit.rules.states import DOSSIERS, Action
from mobility.microcredit.rules.words import percent_fr
from mobility.pathway.plan.forms import SignForm
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH
from mobility.pathway.plan.rules.signers import box_label
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.people.queries import get_person_card, get_signatories

bp = Blueprint("microcredit_accords", __name__)
EDIT = Permission.MICROCREDIT_EDIT
FILENAME = "accord-de-remboursement.pdf"


@bp.route("/micro-credits/<int:dossier_id>/plan-amiable", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def prepare(dossier_id: int) -> ResponseReturnValue:
    """Work a plan of arrears out, show month by month what it takes and leaves, and lay it before the person."""
    row = dossiers.get_dossier(dossier_id)
    if not DOSSIERS.allows(row.state, Action.AGREE_PLAN):
        return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id), 303)
    card = get_person_card(row.person_id)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=card.id, now=now())
    found = planning.arrears_of(row, on=today(), desk_id=card.desk_id)
    act, fits = request.form.get("act", ""), None
    form = plan_form(1)
    if found.cents and (request.method == "GET" or act == "suggest"):
        form, fits = _suggested(found)
        if request.method == "GET":
            form.show_version(row)
    elif act == "save":
        if form.submits(lambda: _lay(dossier_id, form)):
            return redirect(url_for("microcredit_accords.show", accord_id=form.result), 303)
        row = dossiers.get_dossier(dossier_id)
        if form.violation is not None:
            form.show_version(row)
    else:
        form.validate_on_submit()
    lines = form.lines()
    against = problems(lines, found.cents, today=today(), last_on=found.last_on, most=found.most_months)
    return render_template(
        "microcredit/arrears.html",
        row=row,
        card=card,
        form=form,
        found=found,
        fits=fits,
        against=against if lines and act != "save" else (),
        months=found.months(lines) if not against else (),
        legal_sentence=room.legal_sentence(on=today()),
    ), form.status


def _suggested(found: planning.Arrears) -> tuple[PlanForm, bool | None]:
    """Return the form with what the budget bears, or with the months and the first day that were typed."""
    form = plan_form(1)
    months, first_on = None, planning.first_day(found, on=today())
    if form.is_submitted():
        if not (form.months.validate(form) and form.first_on.validate(form)):
            return form, None
        months, first_on = form.months.data, min(max(form.first_on.data, today()), found.last_on)
    asked = planning.suggestion(found, first_on=first_on, months=months)
    fresh = plan_form(min(len(asked.lines) + 1, ROWS_MAX), exactly=True)
    fresh.show(asked.lines)
    fresh.months.data, fresh.first_on.data = len(asked.lines), first_on
    fresh.months.raw_data = fresh.first_on.raw_data = None
    return fresh, asked.fits


def _lay(dossier_id: int, form: PlanForm) -> int:
    return laying.lay_plan(
        dossier_id=dossier_id,
        lines=form.lines(),
        reason=form.reason.data or "",
        version=form.typed_version(),
        actor_id=acting_user(),
        now=now(),
    )


@bp.route("/micro-credits/accords/<int:accord_id>", methods=["GET", "POST"])
@requires(EDIT, credit_accord="accord_id")
def show(accord_id: int) -> ResponseReturnValue:
    """Show an agreement: what it says, who has signed, how it is kept; take the bank's paper, or its end."""
    accord = queries.get_accord(accord_id)
    row = dossiers.get_dossier(accord.dossier_id)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    pressed = request.form.get("act", "")
    bank = BankForm() if pressed == "bank" else BankForm(formdata=None)
    stop = StopForm() if pressed == "stop" else StopForm(formdata=None)
    if request.method == "POST":
        if pressed not in {"bank", "stop"}:
            abort(400)
        if _bank(accord_id, bank) if pressed == "bank" else _stop(accord_id, stop):
            flash(_("C’est noté."), "success")
            return redirect(url_for("microcredit_accords.show", accord_id=accord_id), 303)
    return _page(accord_id, bank, stop)


def _bank(accord_id: int, form: BankForm) -> bool:
    with take(form, "file") as prepared:
        return form.submits(
            lambda: (
                signing.note_bank(
                    accord_id=accord_id,
                    agreed_on=form.agreed_on.data,
                    prepared=prepared,
                    actor_id=acting_user(),
                    now=now(),
                ).value
            )
        )


def _stop(accord_id: int, form: StopForm) -> bool:
    return form.submits(
        lambda: keeping.stop(
            accord_id=accord_id,
            reason=form.reason.data or "",
            version=form.typed_version(),
            actor_id=acting_user(),
            now=now(),
        )
    )


def _page(accord_id: int, bank: BankForm, stop: StopForm) -> ResponseReturnValue:
    accord = queries.get_accord(accord_id)
    row = dossiers.get_dossier(accord.dossier_id)
    stop.show_version(accord)
    waits, in_force = accord.state is AccordState.WAITING, accord.state is AccordState.IN_FORCE
    ledger = dossiers.ledger_of(row.id, on=today()) if in_force else None
    return render_template(
        "microcredit/accord.html",
        accord=accord,
        said=shown(accord),
        row=row,
        card=get_person_card(row.person_id),
        heading=KIND_LABELS[accord.kind],
        state=(ACCORD_LABELS[accord.state], ACCORD_TONES[accord.state]),
        boxes=boxes_of(accord),
        represented=get_signatories(row.person_id, on=today()).representatives if waits else (),
        waits=waits,
        in_force=in_force,
        rows=[] if ledger is None else [one for one in ledger.rows if one.due.kind is DueKind.PLAN],
        late=None if ledger is None else ledger.late,
        standings=STANDING_LABELS,
        standing_tones=STANDING_TONES,
        forms={"bank": bank, "stop": stop, "plain": Form(formdata=None)},
        percent=percent_fr,
        legal_sentence=room.legal_sentence(on=today()),
        days=parameters.accord_days(on=today()),
    ), max(bank.status, stop.status)


@bp.post("/micro-credits/accords/<int:accord_id>/envoyer")
@requires(EDIT, credit_accord="accord_id")
def send(accord_id: int) -> ResponseReturnValue:
    """Send the person, or the representative who was chosen, a link to read and sign."""
    typed = request.form.get("representative_id", "")
    if typed and not (typed.isdecimal() and typed.isascii() and len(typed) < 10):
        raise NotFound("representative")
    form = Form()
    if form.submits(
        lambda: signing.send_to_sign(
            accord_id=accord_id,
            representative_id=int(typed) if typed else None,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        if form.result:
            flash(_("Le lien est envoyé."), "success")
        else:
            flash(_("Un lien est déjà parti il y a moins d’une heure."), "info")
    return _back(form, accord_id)


@bp.post("/micro-credits/accords/<int:accord_id>/laisser")
@requires(EDIT, credit_accord="accord_id")
def drop(accord_id: int) -> ResponseReturnValue:
    """Leave an agreement aside that waits."""
    form = Form()
    if form.submits(lambda: laying.drop(accord_id=accord_id, actor_id=actor().user_id, now=now())):
        flash(_("C’est laissé de côté."), "success")
    return _back(form, accord_id)


def _back(form: Form, accord_id: int) -> ResponseReturnValue:
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("microcredit_accords.show", accord_id=accord_id), 303)


@bp.route("/micro-credits/accords/<int:accord_id>/signer/<any(person, representative):party>", methods=["GET", "POST"])
@requires(EDIT, credit_accord="accord_id")
def sign_at_desk(accord_id: int, party: str) -> ResponseReturnValue:
    """Sign on the desk's screen, or note what was signed on paper."""
    accord = queries.get_accord(accord_id)
    row = dossiers.get_dossier(accord.dossier_id)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    who = Party(party)
    may = get_signatories(row.person_id, on=today()).representatives if who is Party.REPRESENTATIVE else ()
    form = SignForm()
    form.shape(representatives=[(one.id, f"{one.name} ({one.kind_label})") for one in may], at_desk=True)
    said = shown(accord)
    if not form.is_submitted():
        form.name.data = said.person if said is not None and who is Party.PERSON else ""
    if sign_as(form, accord_id, who, Manner.DESK, actor().user_id):
        flash(_("C’est signé."), "success")
        return redirect(url_for("microcredit_accords.show", accord_id=accord_id), 303)
    accord = queries.get_accord(accord_id)
    return render_template(
        "microcredit/accord_sign.html",
        accord=accord,
        said=said,
        row=row,
        card=get_person_card(row.person_id),
        heading=KIND_LABELS[accord.kind],
        label=box_label(who, accord.signs_with) if who in sides(accord.signs_with) else "",
        form=form,
        pad=(WIDTH, HEIGHT),
        percent=percent_fr,
        legal_sentence=room.legal_sentence(on=today()),
        is_open=is_open(accord, who),
    ), form.status


def is_open(accord: CreditAccord, party: Party) -> bool:
    """Tell whether a side may still sign."""
    return (
        accord.state is AccordState.WAITING and party in sides(accord.signs_with) and party not in signatures_of(accord)
    )


def sign_as(
    form: SignForm,
    accord_id: int,
    party: Party,
    manner: Manner,
    actor_id: int | None,
    *,
    representative_id: int | None = None,
) -> bool:
    """Run the signature that a form carries; tell whether it is done."""
    mark = form.mark(party, manner, representative_id=representative_id)
    return form.submits(lambda: signing.sign(accord_id=accord_id, mark=mark, actor_id=actor_id, now=now()).value)


@bp.get("/micro-credits/accords/<int:accord_id>/accord.pdf")
@requires(EDIT, credit_accord="accord_id")
def pdf(accord_id: int) -> ResponseReturnValue:
    """Give the paper of an agreement as it stands."""
    accord = queries.get_accord(accord_id)
    record_view(actor_id=actor().user_id, person_id=queries.owner_of(accord).id, now=now())
    return paper_response(accord)


def paper_response(accord: CreditAccord) -> Response:
    """Return the paper of an agreement, to be opened in the browser. Raises NotFound once it was erased."""
    if accord.erased_at is not None:
        raise NotFound("credit_accord")
    desk = load(Desk, queries.owner_of(accord).desk_id)
    content = paper.render(accord, desk=desk.name, phone=desk.phone or "")
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=FILENAME, max_age=0)
