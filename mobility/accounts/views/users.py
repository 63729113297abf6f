"""Users, roles and tokens, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from mobility.accounts import queries
from mobility.accounts.forms import GrantForm, UserForm, read_email
from mobility.accounts.models import User
from mobility.accounts.policy import ROLE_LABELS, Role
from mobility.accounts.services import codes, second_factor, tokens, users
from mobility.accounts.views.blueprint import bp
from mobility.core import clock
from mobility.core.db import transaction
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form, clean_line
from mobility.core.web.pagination import page_number, paginate
from mobility.desks.queries import list_desks
from mobility.organisations.queries import list_organisations

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _offer(form: UserForm | GrantForm) -> None:
    form.offer([(desk.id, desk.name) for desk in list_desks()], [(one.id, one.name) for one in list_organisations()])


def _places() -> dict[str, dict[int, str]]:
    return {
        "desk": {desk.id: desk.name for desk in list_desks()},
        "organisation": {one.id: one.name for one in list_organisations()},
    }


@bp.get("/administration/comptes")
@requires(Permission.USERS_MANAGE)
def user_list() -> ResponseReturnValue:
    """List the accounts of staff and partners."""
    text = (clean_line(request.args.get("q")) or "")[:100]
    page = paginate(queries.select_users(text), number=page_number())
    return render_template("accounts/users.html", page=page, text=text, places=_places(), labels=ROLE_LABELS)


@bp.route("/administration/comptes/nouveau", methods=["GET", "POST"])
@requires(Permission.USERS_MANAGE)
def user_create() -> ResponseReturnValue:
    """Create an account with its first role, and invite its owner."""
    form = UserForm()
    _offer(form)

    def act() -> int:
        actor_id, now = int(actor().user_id or 0), clock.now()
        with transaction():
            user_id = users.create_user(
                display_name=form.display_name.data, email=read_email(form.email.data), actor_id=actor_id, now=now
            )
            users.add_grant(
                user_id=user_id,
                role=Role(form.role.data),
                desk_id=form.desk_id.data,
                organisation_id=form.organisation_id.data,
                actor_id=actor_id,
                now=now,
            )
            users.invite(user_id=user_id, actor_id=actor_id, now=now)
        return user_id

    if form.submits(act):
        flash(_("Le compte est créé. Une invitation est partie par e-mail."), "success")
        return redirect(url_for("accounts.user_show", user_id=form.result), 303)
    return render_template("accounts/user_create.html", form=form), form.status


@bp.route("/administration/comptes/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.USERS_MANAGE, user="user_id")
def user_show(user_id: int) -> ResponseReturnValue:
    """Show an account; add a role."""
    form = GrantForm()
    _offer(form)

    def act() -> int:
        return users.add_grant(
            user_id=user_id,
            role=form.chosen_role(),
            desk_id=form.desk_id.data,
            organisation_id=form.organisation_id.data,
            actor_id=actor().user_id,
            now=clock.now(),
        )

    if form.submits(act):
        flash(_("Le rôle est ajouté."), "success")
        return redirect(url_for("accounts.user_show", user_id=user_id), 303)
    return render_template(
        "accounts/user.html", user=queries.get_user(user_id), form=form, places=_places(), labels=ROLE_LABELS
    ), form.status


def _act_on_user(user_id: int, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for("accounts.user_show", user_id=user_id), 303)


@bp.post("/administration/comptes/<int:user_id>/roles/<int:grant_id>/retirer")
@requires(Permission.USERS_MANAGE, user="user_id")
def grant_remove(user_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role away."""
    users.remove_grant(user_id=user_id, grant_id=grant_id, actor_id=int(actor().user_id or 0), now=clock.now())
    return _act_on_user(user_id, _("Le rôle est retiré."))


@bp.post("/administration/comptes/<int:user_id>/<any(fermer, rouvrir):act>")
@requires(Permission.USERS_MANAGE, user="user_id")
def user_disable(user_id: int, act: str) -> ResponseReturnValue:
    """Close or reopen an account."""
    users.set_disabled(user_id=user_id, disabled=act == "fermer", actor_id=int(actor().user_id or 0), now=clock.now())
    return _act_on_user(user_id, _("Le compte est fermé.") if act == "fermer" else _("Le compte est rouvert."))


@bp.post("/administration/comptes/<int:user_id>/inviter")
@requires(Permission.USERS_MANAGE, user="user_id")
def user_invite(user_id: int) -> ResponseReturnValue:
    """Send the invitation again."""
    users.invite(user_id=user_id, actor_id=int(actor().user_id or 0), now=clock.now())
    return _act_on_user(user_id, _("L’invitation est partie."))


@bp.post("/administration/comptes/<int:user_id>/deconnecter")
@requires(Permission.USERS_MANAGE, user="user_id")
def user_sign_out(user_id: int) -> ResponseReturnValue:
    """End every session of an account."""
    codes.sign_out_everywhere(user_id=user_id, actor_id=int(actor().user_id or 0), now=clock.now())
    return _act_on_user(user_id, _("Toutes ses sessions sont terminées."))


@bp.post("/administration/comptes/<int:user_id>/double-authentification")
@requires(Permission.USERS_MANAGE, user="user_id")
def user_reset_factor(user_id: int) -> ResponseReturnValue:
    """Take the second factor off after a lost phone."""
    second_factor.reset(user_id=user_id, actor_id=int(actor().user_id or 0), now=clock.now())
    return _act_on_user(user_id, _("La double authentification sera à refaire à la prochaine connexion."))


@bp.get("/administration/jetons")
@requires(Permission.TOKENS_MANAGE)
def token_list() -> ResponseReturnValue:
    """List the API tokens."""
    return render_template("accounts/tokens.html", tokens=queries.list_tokens(), form=Form())


@bp.post("/administration/jetons/<int:token_id>/revoquer")
@requires(Permission.TOKENS_MANAGE)
def token_revoke(token_id: int) -> ResponseReturnValue:
    """End a token."""
    tokens.revoke_token(token_id=token_id, actor_id=actor().user_id, now=clock.now())
    flash(_("Le jeton est révoqué."), "success")
    return redirect(url_for("accounts.token_list"), 303)


def may_touch_user(_who: object, _permission: Permission, user_id: int) -> bool:
    """Answer for rows of kind user: they exist (the permission is an administrator's alone)."""
    from mobility.core.db import load

    return load(User, user_id) is not None
