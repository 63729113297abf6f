"""Retention: the lists that a manager reads, and confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.clock import day_of, format_months
from mobility.core.db import load
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import page_number
from mobility.people import parameters, queries
from mobility.people.access import scope_of
from mobility.people.forms import KeepForm
from mobility.people.kinds import (
    RETENTION_ACTION_LABELS,
    RETENTION_OUTCOME_LABELS,
    RETENTION_STATE_LABELS,
    RetentionState,
)
from mobility.people.models import RetentionItem
from mobility.people.queries.duplicates import may_know
from mobility.people.services import retention as services
from mobility.people.views.base import act, bp, me, now, own_desks

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/conservation")
@requires(Permission.RETENTION_MANAGE)
def retention() -> ResponseReturnValue:
    """List the retention runs of the actor's desks."""
    rows = queries.list_retention_runs(desk_ids=own_desks(Permission.RETENTION_MANAGE))
    lasts = format_months(parameters.retention_months(on=day_of(now())))
    return render_template("people/retention.html", rows=rows, states=RETENTION_STATE_LABELS, lasts=lasts)


@bp.get("/conservation/<int:run_id>")
@requires(Permission.RETENTION_MANAGE, retention_run="run_id")
def retention_run(run_id: int) -> ResponseReturnValue:
    """Show what a run would do, or has done, file by file."""
    run, desk_name = queries.get_retention_run(run_id)
    page = queries.list_items(run_id, known=may_know(scope_of(actor()).user_id), number=page_number())
    return render_template(
        "people/retention_run.html",
        run=run,
        desk_name=desk_name,
        page=page,
        to_read=run.state is RetentionState.PLANNED,
        states=RETENTION_STATE_LABELS,
        actions=RETENTION_ACTION_LABELS,
        outcomes=RETENTION_OUTCOME_LABELS,
    )


@bp.post("/conservation/<int:run_id>/confirmer")
@requires(Permission.RETENTION_MANAGE, retention_run="run_id")
def retention_confirm(run_id: int) -> ResponseReturnValue:
    """Let the list be carried out by the next night."""
    return act(
        lambda: services.confirm(run_id=run_id, actor_id=me(), now=now()),
        done=_("La liste est confirmée : elle sera exécutée cette nuit."),
        back=url_for("people.retention_run", run_id=run_id),
    )


@bp.route("/conservation/lignes/<int:item_id>/garder", methods=["GET", "POST"])
@requires(Permission.RETENTION_MANAGE, retention_item="item_id")
def retention_keep(item_id: int) -> ResponseReturnValue:
    """Keep one file back, with a reason."""
    item, form = load(RetentionItem, item_id), KeepForm()
    if form.submits(lambda: services.keep_back(item_id=item_id, reason=form.reason.data, actor_id=me(), now=now())):
        flash(_("La fiche est gardée six mois de plus."), "success")
        return redirect(url_for("people.retention_run", run_id=item.run_id), 303)
    return render_template("people/retention_keep.html", form=form, item=item), form.status
