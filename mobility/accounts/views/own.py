"""One's own account, sign-out, and the first page of staff and partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user

from mobility.accounts import home, queries
from mobility.accounts.services import codes, second_factor
from mobility.accounts.views.blueprint import bp
from mobility.core import clock
from mobility.core.web.access import Permission, actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/accueil")
@requires(Permission.STAFF_HOME)
def staff_home() -> ResponseReturnValue:
    """Show the staff's first page: what waits, from every room."""
    who = actor()
    return render_template("accounts/staff_home.html", panels=home.panels(who, now=clock.now()))


@bp.get("/partenaire")
@requires(Permission.ACCOUNT_OWN)
def partner_home() -> ResponseReturnValue:
    """Show the first page of partners, whose rooms are built later."""
    return render_template("accounts/partner_home.html", who=actor())


@bp.get("/compte")
@requires(Permission.ACCOUNT_OWN)
def account() -> ResponseReturnValue:
    """Show one's own account."""
    who = actor()
    user = queries.get_user(int(who.user_id or 0))
    codes_left = second_factor.codes_left(user.id) if user.totp_confirmed_at else None
    return render_template("accounts/account.html", user=user, who=who, codes_left=codes_left)


@bp.post("/deconnexion")
@requires(Permission.ACCOUNT_OWN)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    session.clear()
    flash(_("Vous êtes déconnecté."), "success")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.post("/deconnexion-partout")
@requires(Permission.ACCOUNT_OWN)
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of one's own."""
    user_id = int(actor().user_id or 0)
    codes.sign_out_everywhere(user_id=user_id, actor_id=user_id, now=clock.now())
    logout_user()
    session.clear()
    flash(_("Vous êtes déconnecté de tous vos appareils."), "success")
    return redirect(url_for("accounts.sign_in"), 303)
