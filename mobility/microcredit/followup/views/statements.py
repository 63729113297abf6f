"""Import a bank's file of payments: choose it, look at what it says, confirm."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.core.clock import now
from mobility.core.tables import BYTES_MAX
from mobility.core.web.access import Permission, acting_user, actor, requires
from mobility.microcredit.dossiers.access import visible_dossiers
from mobility.microcredit.followup import queries
from mobility.microcredit.followup.forms import ConfirmStatementForm, StatementForm
from mobility.microcredit.followup.models import STATEMENT_LABELS, StatementState
from mobility.microcredit.followup.services import statements as services
from mobility.microcredit.followup.tables import COLUMNS, ROWS_MAX
from mobility.microcredit.followup.views.blueprint import bp
from mobility.microcredit.rules.statement import FIT_LABELS, FIT_TONES, NOTABLE, Fit

EDIT = Permission.MICROCREDIT_EDIT


@bp.route("/micro-credits/releves", methods=["GET", "POST"])
@requires(EDIT)
def statements() -> ResponseReturnValue:
    """Choose a bank's file; nothing is noted by it yet."""
    form = StatementForm()

    def act() -> int:
        upload = form.file.data
        return services.preview(
            data=upload.stream.read(BYTES_MAX + 1),
            filename=upload.filename or "",
            visible=visible_dossiers(actor()),
            actor_id=acting_user(),
            now=now(),
        )

    if form.submits(act):
        return redirect(url_for("microcredit_followup.statement", statement_id=form.result), 303)
    return render_template(
        "microcredit/statements.html",
        form=form,
        needed=[COLUMNS.titles[name] for name in COLUMNS.needed],
        limit=ROWS_MAX,
        rows=queries.statements_of(acting_user()),
        states=STATEMENT_LABELS,
    ), form.status


@bp.route("/micro-credits/releves/<int:statement_id>", methods=["GET", "POST"])
@requires(EDIT, credit_statement="statement_id")
def statement(statement_id: int) -> ResponseReturnValue:
    """Show what a file says, line by line; note what is ticked, or nothing."""
    row = queries.get_statement(statement_id)
    rows = row.rows or []
    form = ConfirmStatementForm(lines=[str(one["line"]) for one in rows if one["fit"] == Fit.EXACT])
    form.lines.choices = [(str(one["line"]), str(one["line"])) for one in rows if Fit(one["fit"]) in NOTABLE]

    def act() -> int:
        if request.form.get("act") == "drop":
            services.drop(statement_id=statement_id, actor_id=acting_user(), now=now())
            return -1
        return services.confirm(
            statement_id=statement_id,
            lines=[int(number) for number in form.lines.data or ()],
            visible=visible_dossiers(actor()),
            actor_id=acting_user(),
            now=now(),
        )

    if row.state is StatementState.PREVIEW and form.submits(act):
        made = int(form.result)
        flash(
            ngettext("%(num)s paiement est noté.", "%(num)s paiements sont notés.", made)
            if made >= 0
            else _("Rien n’a été noté."),
            "success" if made > 0 else "info",
        )
        return redirect(url_for("microcredit_followup.statements"), 303)
    row = queries.get_statement(statement_id)
    rows = row.rows or []
    return render_template(
        "microcredit/statement.html",
        form=form,
        row=row,
        rows=rows,
        names=queries.names_of_dossiers({one["dossier_id"] for one in rows if one["dossier_id"]}),
        days={one["line"]: date.fromisoformat(one["paid_on"]) for one in rows if one["paid_on"]},
        labels=FIT_LABELS,
        tones=FIT_TONES,
        notable=NOTABLE,
        before=queries.done_before(row),
        decided=row.state is not StatementState.PREVIEW,
    ), form.status
