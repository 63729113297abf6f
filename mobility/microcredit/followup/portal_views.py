"""The person says that their situation has changed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.microcredit.dossiers.queries import dossiers_of
from mobility.microcredit.followup.forms import ChangeForm
from mobility.microcredit.followup.services import following
from mobility.microcredit.rules.states import RUNNING
from mobility.people.access import own_file

bp = Blueprint("my_microcredit_change", __name__)


@bp.route("/mon-espace/micro-credit/changement", methods=["GET", "POST"])
@requires(Permission.PORTAL_VIEW)
def change() -> ResponseReturnValue:
    """Tell the adviser, in one's own words, before an instalment is missed."""
    running = next((row for row in dossiers_of(own_file()) if row.state in RUNNING), None)
    form = ChangeForm()
    if running is not None and form.submits(
        lambda: following.declare_change(
            dossier_id=running.id, said=form.said.data, actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("C’est envoyé. Votre conseiller vous rappelle."), "success")
        return redirect(url_for("my_microcredit.index"), 303)
    return render_template("microcredit/portal_change.html", form=form, running=running), form.status
