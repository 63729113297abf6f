"""The list, one's own or the team's, and putting something off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.web.access import Permission, acting_user, actor, requires
from mobility.todo import queries, services
from mobility.todo.forms import PutOffForm
from mobility.todo.rules import URGENCY_LABELS, URGENCY_TONES, Task, by_urgency, latest_delay
from mobility.todo.sources import WHOSE_LABELS, Whose

bp = Blueprint("todo", __name__)


@bp.get("/a-faire")
@requires(Permission.TODO_VIEW)
def index() -> ResponseReturnValue:
    """Show what oneself has to do, the most pressing first."""
    return _list(Whose.MINE)


@bp.get("/a-faire/antenne")
@requires(Permission.TODO_TEAM)
def team() -> ResponseReturnValue:
    """Show what the files of one's desks ask of the team."""
    return _list(Whose.TEAM)


def _list(whose: Whose) -> ResponseReturnValue:
    who, instant = actor(), now()
    found = queries.list_tasks(who, whose=whose, now=instant)
    kind = request.args.get("sujet", "")
    shown = [task for task in found.tasks if task.kind == kind] if kind else list(found.tasks)
    return render_template(
        "todo/index.html",
        groups=by_urgency(shown, today=day_of(instant)),
        found=found,
        kind=kind,
        of_team=whose is Whose.TEAM,
        team_allowed=who.permits(Permission.TODO_TEAM),
        whose_labels=WHOSE_LABELS,
        labels=URGENCY_LABELS,
        tones=URGENCY_TONES,
        icons={source.kind: source.icon for source in found.sources},
    )


@bp.route("/a-faire/plus-tard", methods=["GET", "POST"])
@requires(Permission.TODO_VIEW)
def put_off() -> ResponseReturnValue:
    """Put one of one's tasks off."""
    instant = now()
    task = _asked(queries.list_tasks(actor(), whose=Whose.MINE, now=instant).tasks)
    if task is None:
        flash(_("Cette tâche n’est plus à faire."), "info")
        return redirect(url_for("todo.index"), 303)
    today = day_of(instant)
    form = PutOffForm(data={"until_on": today + timedelta(days=1)})
    if form.submits(
        lambda: services.put_off(user_id=acting_user(), key=task.key, until_on=form.until_on.data, now=instant),
    ):
        flash(_("La tâche reviendra ce jour-là."), "success")
        return redirect(url_for("todo.index"), 303)
    return render_template("todo/put_off.html", form=form, task=task, last=latest_delay(today)), form.status


@bp.post("/a-faire/reprendre")
@requires(Permission.TODO_VIEW)
def take_back() -> ResponseReturnValue:
    """Take a delay back."""
    services.take_back(user_id=acting_user(), key=request.args.get("tache", "")[:80])
    flash(_("La tâche est de nouveau dans votre liste."), "success")
    return redirect(url_for("todo.index"), 303)


def _asked(tasks: Sequence[Task]) -> Task | None:
    """Return the task of the address, or None: somebody may have done it since."""
    key = request.args.get("tache", "")
    return next((task for task in tasks if task.key == key), None)
