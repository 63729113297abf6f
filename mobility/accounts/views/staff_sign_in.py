"""Sign-in of staff and partners: password, then the second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _

from mobility.accounts import queries
from mobility.accounts.forms import EnrolForm, ForgottenForm, NewPasswordForm, PasswordForm, SecondFactorForm
from mobility.accounts.models import User
from mobility.accounts.services import passwords, second_factor
from mobility.accounts.session import (
    TOTP_DRAFT,
    client_address,
    held_user_id,
    hold,
    next_page,
    open_session,
    remember_target,
)
from mobility.accounts.views.blueprint import bp
from mobility.core import clock
from mobility.core.crypto import decrypt, encrypt
from mobility.core.errors import RuleViolation
from mobility.core.web.access import public, signed_link

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _enter(user: User, method: str) -> ResponseReturnValue:
    passwords.note_sign_in(user_id=user.id, account=user.email or "", method=method, now=clock.now())
    who = open_session(queries.get_user(user.id), now=clock.now())
    return redirect(next_page(who), 303)


@bp.route("/connexion/pro", methods=["GET", "POST"])
@public
def staff_sign_in() -> ResponseReturnValue:
    """Ask for e-mail and password."""
    remember_target()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            user = passwords.check_password(
                email=form.email.data, password=form.password.data, address=client_address(), now=clock.now()
            )
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            if not queries.needs_second_factor(user):
                return _enter(user, "password")
            hold(user, now=clock.now())
            return redirect(url_for("accounts.second_factor" if user.totp_confirmed_at else "accounts.enrol"), 303)
    return render_template("accounts/staff_sign_in.html", form=form), form.status


def _held() -> User | None:
    """Return the user whose password was right just now, unless a change ended that."""
    held = held_user_id(now=clock.now())
    if held is None:
        return None
    user = queries.get_user(held[0])
    return user if user.session_epoch == held[1] and user.disabled_at is None else None


@bp.route("/connexion/pro/code", methods=["GET", "POST"], endpoint="second_factor")
@public
def enter_second_factor() -> ResponseReturnValue:
    """Ask for the code of the authenticator app."""
    user = _held()
    if user is None:
        flash(_("Écrivez à nouveau votre mot de passe."), "info")
        return redirect(url_for("accounts.staff_sign_in"), 303)
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            method = second_factor.check(
                user_id=user.id, code=form.code.data, address=client_address(), now=clock.now()
            )
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            if method == "recovery":
                left = second_factor.codes_left(user.id)
                flash(_("Vous avez utilisé un code de secours. Il vous en reste %(left)s.", left=left), "warning")
            return _enter(user, method)
    return render_template("accounts/second_factor.html", form=form), form.status


@bp.route("/connexion/pro/double-authentification", methods=["GET", "POST"])
@public
def enrol() -> ResponseReturnValue:
    """Set up the authenticator app at the first sign-in."""
    user = _held()
    if user is None or user.totp_confirmed_at is not None:
        return redirect(url_for("accounts.staff_sign_in"), 303)
    if TOTP_DRAFT not in session:
        # The cookie is signed but readable: the secret in it is encrypted.
        session[TOTP_DRAFT] = encrypt(second_factor.new_secret())
    secret = decrypt(session[TOTP_DRAFT])
    form = EnrolForm()
    if form.validate_on_submit():
        try:
            recovery = second_factor.enrol(user_id=user.id, secret=secret, code=form.code.data, now=clock.now())
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            passwords.note_sign_in(user_id=user.id, account=user.email or "", method="totp", now=clock.now())
            who = open_session(queries.get_user(user.id), now=clock.now())
            return render_template("accounts/recovery_codes.html", codes=recovery, next_url=next_page(who))
    uri = second_factor.provisioning_uri(secret=secret, account=user.email or user.display_name)
    code = segno.make(uri, error="m")
    return render_template(
        "accounts/enrol.html", form=form, secret=secret, qr=code.svg_data_uri(scale=5, border=2)
    ), form.status


@bp.route("/connexion/pro/mot-de-passe-oublie", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Send a link to choose a new password; the answer is the same for unknown addresses."""
    form = ForgottenForm()
    if form.submits(lambda: passwords.send_reset(email=form.email.data, address=client_address(), now=clock.now())):
        return render_template("accounts/forgotten_sent.html")
    return render_template("accounts/forgotten.html", form=form), form.status


@bp.route("/mot-de-passe/<token>", methods=["GET", "POST"])
@signed_link
def choose_password(token: str) -> ResponseReturnValue:
    """Choose a password by a signed link (invitation or reset)."""
    user = passwords.user_of_link(token, now=clock.now())
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            passwords.choose_password(token=token, password=form.password.data, now=clock.now())
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            flash(_("Votre mot de passe est enregistré. Connectez-vous."), "success")
            return redirect(url_for("accounts.staff_sign_in"), 303)
    return render_template("accounts/choose_password.html", form=form, name=user.display_name), form.status
