"""The administration page of the scheduled jobs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import jobs
from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires

bp = Blueprint("jobs", __name__)


@bp.get("/administration/taches")
@requires(Permission.JOBS_VIEW)
def index() -> ResponseReturnValue:
    """Show each job: its last run, the next one, and whether it is late."""
    at = now()
    return render_template(
        "jobs/index.html",
        states=jobs.states(at),
        scheduler=jobs.scheduler_state(at),
        runs=jobs.recent_failures(),
        count_labels=jobs.COUNT_LABELS,
        labels={job.name: job.label for job in jobs.all_jobs()},
        may_run=actor().permits(Permission.JOBS_RUN),
    )


@bp.post("/administration/taches/<name>/lancer")
@requires(Permission.JOBS_RUN)
def run(name: str) -> ResponseReturnValue:
    """Run a job now, in this request: each has a limit, and is safe to run beside the scheduler."""
    label = jobs.get_job(name).label
    result = jobs.run(name)
    if result.ok:
        flash(_("« %(label)s » a été faite.", label=label), "success")
    else:
        flash(_("« %(label)s » a échoué. L’erreur est notée ci-dessous.", label=label), "danger")
    return redirect(url_for("jobs.index"), 303)
