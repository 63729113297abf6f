"""The rules of loans: what holds, what comes, what is over."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from mobility.core.clock import now, today
from mobility.core.db import db, load
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.desks.queries import desk_choices
from mobility.fleet.kinds import CATEGORY_LABELS
from mobility.loans import access, services
from mobility.loans.forms import ConfirmForm
from mobility.loans.models import LoanPolicy
from mobility.loans.policy_form import PolicyForm
from mobility.loans.queries import pages
from mobility.loans.rules.policy import DEPOSIT_LABELS, HANDOVER_LABELS
from mobility.loans.views.blueprints import bp
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.people.kinds import STATUS_LABELS
from mobility.people.papers import PAPER_LABELS

P = Permission.LOAN_POLICY_MANAGE


@bp.get("/prets/regles")
@requires(P)
def policies() -> ResponseReturnValue:
    """List the rules that hold at the actor's desks, with their history."""
    who = actor()
    lines = [line for line in pages.list_policy_lines(on=today()) if access.may_read_policy(who, line.row.desk_id)]
    return render_template(
        "loans/policies.html",
        lines=lines,
        shown=lines if "tout" in request.args else [line for line in lines if line.state != "over"],
        whole="tout" in request.args,
        categories=CATEGORY_LABELS,
        statuses=STATUS_LABELS,
    )


@bp.get("/prets/regles/<int:policy_id>")
@requires(P, loan_policy="policy_id")
def show_policy(policy_id: int) -> ResponseReturnValue:
    """Show the rules of one scope from one day on."""
    row = load(LoanPolicy, policy_id)
    funder = None if row.funder_organisation_id is None else load(Organisation, row.funder_organisation_id)
    return render_template(
        "loans/policy.html",
        row=row,
        desk_name=dict(desk_choices()).get(row.desk_id or 0, ""),
        funder=funder,
        categories=CATEGORY_LABELS,
        statuses=STATUS_LABELS,
        handovers=HANDOVER_LABELS,
        deposits=DEPOSIT_LABELS,
        papers=PAPER_LABELS,
        form=ConfirmForm(),
        may_write=access.may_write_policy(actor(), row.desk_id),
        may_withdraw=row.valid_from_on > today(),
    )


@bp.route("/prets/regles/nouvelles", methods=["GET", "POST"])
@requires(P)
def add_policy() -> ResponseReturnValue:
    """Add rules from a day on, beginning with those of another row where asked."""
    who = actor()
    form = PolicyForm()
    desks = desk_choices(who.desk_ids(P))
    form.offer_desks(desks, everywhere=access.may_write_policy(who, None))
    funders = db.session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind == OrganisationKind.FUNDER, Organisation.archived_at.is_(None))
        .order_by(Organisation.name)
    )
    form.funder_organisation_id.choices = [("", _("Aucun")), *((row.id, row.name) for row in funders)]

    def act() -> int:
        scope = form.scope()
        access.check_writes_policy(who, scope["desk_id"])
        return services.add_policy(**scope, terms=form.terms(), actor_id=who.user_id, now=now())

    if form.submits(act):
        flash(_("Les règles sont enregistrées. Les prêts déjà faits gardent leurs conditions."), "success")
        return redirect(url_for("loans.policies"), 303)
    if not form.is_submitted():
        form.show_defaults(today())
        origin = request.args.get("depuis", type=int)
        if origin is not None and may_touch(who, P, "loan_policy", origin):
            form.show(load(LoanPolicy, origin))
        form.propose_desk()
    return render_template("loans/policy_edit.html", form=form), form.status


@bp.post("/prets/regles/<int:policy_id>/retirer")
@requires(P, loan_policy="policy_id")
def withdraw_policy(policy_id: int) -> ResponseReturnValue:
    """Take away rules that have not begun."""
    form = ConfirmForm()
    who = actor()

    def act() -> None:
        access.check_writes_policy(who, load(LoanPolicy, policy_id).desk_id)
        services.withdraw_policy(policy_id=policy_id, actor_id=who.user_id, now=now())

    if form.submits(act):
        flash(_("Ces règles ne commenceront pas."), "success")
    else:
        flash(" ".join(message for _field, _label, message in form.errors_summary), "danger")
    return redirect(url_for("loans.policies"), 303)
