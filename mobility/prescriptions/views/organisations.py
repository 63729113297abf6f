"""The links of an organisation, for a manager."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, requires
from mobility.organisations.queries import get_organisation
from mobility.prescriptions import services, tokens
from mobility.prescriptions.forms import ConfirmForm, LinkForm
from mobility.prescriptions.queries.senders import list_links
from mobility.prescriptions.views.blueprints import bp


@bp.route("/organisations/<int:organisation_id>/liens", methods=["GET", "POST"])
@requires(Permission.PRESCRIPTION_LINKS, organisation="organisation_id")
def organisation_links(organisation_id: int) -> ResponseReturnValue:
    """Show the links of an organisation, and make one."""
    organisation = get_organisation(organisation_id)
    form = LinkForm()
    if form.submits(
        lambda: services.make_link(
            organisation_id=organisation_id, label=form.label.data, actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("Le lien est fait. Copiez-le et envoyez-le à la structure."), "success")
        return redirect(url_for("prescriptions.organisation_links", organisation_id=organisation_id), 303)
    rows = [(row, tokens.form_url(row.link), row.link.expires_at <= now()) for row in list_links(organisation_id)]
    return (
        render_template("prescriptions/links.html", form=form, organisation=organisation, rows=rows),
        form.status,
    )


@bp.post("/organisations/<int:organisation_id>/liens/<int:link_id>/retirer")
@requires(Permission.PRESCRIPTION_LINKS, organisation="organisation_id")
def revoke_link(organisation_id: int, link_id: int) -> ResponseReturnValue:
    """Take a link back."""
    form = ConfirmForm()
    if form.submits(
        lambda: services.revoke_link(
            organisation_id=organisation_id, link_id=link_id, actor_id=actor().user_id, now=now()
        )
    ):
        flash(_("Le lien ne fonctionne plus."), "success")
    return redirect(url_for("prescriptions.organisation_links", organisation_id=organisation_id), 303)
