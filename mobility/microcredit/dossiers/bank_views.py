"""What the desk does about the bank's link once a dossier is there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.microcredit.dossiers import services

bp = Blueprint("microcredit_bank", __name__)


@bp.post("/micro-credits/<int:dossier_id>/lien")
@requires(Permission.MICROCREDIT_EDIT, microcredit="dossier_id")
def renew_link(dossier_id: int) -> ResponseReturnValue:
    """Let the bank's link answer for longer, and write to the bank again."""
    form = Form()
    if form.submits(lambda: services.renew_link(dossier_id=dossier_id, actor_id=actor().user_id, now=now())):
        flash(_("Le lien est renouvelé. La banque peut de nouveau lire et répondre."), "success")
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("microcredit_dossiers.show", dossier_id=dossier_id), 303)
