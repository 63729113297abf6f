"""The caseload of the manager's desks, and what would even it out."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.caseload import services
from mobility.caseload.balance import Move
from mobility.caseload.errors import NothingChosen, ReferentMoved
from mobility.caseload.forms import BalanceForm
from mobility.caseload.loads import desk_loads
from mobility.caseload.views.blueprint import bp
from mobility.core.clock import now, today
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices
from mobility.people.access import visible_persons
from mobility.people.kinds import PHASE_LABELS, Phase

P = Permission.CASELOAD_MANAGE


@bp.route("/charge", methods=["GET", "POST"])
@requires(P)
def index() -> ResponseReturnValue:
    """Show who follows how many, against the target; carry out the proposals that are ticked."""
    who = actor()
    loads = desk_loads(desk_choices(who.desk_ids(P)), on=today(), known=visible_persons(who))
    moves = {_code(move): move for load in loads for move, *_names in load.moves}
    form = BalanceForm()
    form.moves.choices = [
        (_code(move), _("%(name)s : de %(before)s à %(after)s", name=name, before=before or _("personne"), after=after))
        for load in loads
        for move, name, before, after in load.moves
    ]

    def act() -> int:
        chosen = [moves[code] for code in form.moves.data or ()]
        if not chosen:
            raise NothingChosen(field="moves")
        for move in chosen:
            services.reassign(
                person_id=move.person_id,
                from_user_id=move.from_user_id,
                to_user_id=move.to_user_id,
                actor_id=who.user_id,
                now=now(),
            )
        return len(chosen)

    if form.submits(act):
        done = int(form.result)
        flash(
            ngettext(
                "%(num)s personne change de conseiller : tout le monde est prévenu.",
                "%(num)s personnes changent de conseiller : tout le monde est prévenu.",
                done,
            ),
            "success",
        )
        return redirect(url_for("caseload.index"), 303)
    if isinstance(form.violation, ReferentMoved):
        return redirect(url_for("caseload.index"), 303)
    phases = [(phase, label) for phase, label in PHASE_LABELS.items() if phase is not Phase.LEFT]
    return render_template("caseload/index.html", form=form, loads=loads, phases=phases), form.status


def _code(move: Move) -> str:
    return f"{move.person_id}.{move.from_user_id or 0}.{move.to_user_id}"
