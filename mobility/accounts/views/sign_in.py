"""Sign-in of beneficiaries, without a password to remember; and the door for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, session, url_for
from flask_login import current_user

from mobility.accounts import queries
from mobility.accounts.forms import CardForm, CodeForm, ContactForm, LinkForm, read_contact
from mobility.accounts.services import codes
from mobility.accounts.services.passwords import note_sign_in
from mobility.accounts.session import CODE_ID, client_address, home_of, next_page, open_session, remember_target
from mobility.accounts.views.blueprint import bp
from mobility.core import clock
from mobility.core.errors import RuleViolation
from mobility.core.web.access import public, signed_link

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _welcome(user_id: int, method: str) -> ResponseReturnValue:
    note_sign_in(user_id=user_id, account=f"user:{user_id}", method=method, now=clock.now())
    who = open_session(queries.get_user(user_id), now=clock.now())
    return redirect(next_page(who), 303)


@bp.get("/")
@public
def door() -> ResponseReturnValue:
    """Send everybody to their own first page."""
    if current_user.is_authenticated:
        return redirect(home_of(current_user), 303)
    return redirect(url_for("accounts.sign_in"), 303)


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for a phone number or an address, and send a code there."""
    if current_user.is_authenticated:
        return redirect(next_page(current_user), 303)
    remember_target()
    form = ContactForm()
    if form.validate_on_submit():
        try:
            channel, value = read_contact(form.contact.data)
            sent = codes.send_code(channel=channel, value=value, address=client_address(), now=clock.now())
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            session[CODE_ID] = sent.public_id
            session["code_channel"] = channel.value
            return redirect(url_for("accounts.enter_code"), 303)
    return render_template("accounts/sign_in.html", form=form), form.status


@bp.route("/connexion/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    public_id = session.get(CODE_ID)
    if public_id is None:
        return redirect(url_for("accounts.sign_in"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            user_id = codes.sign_in_by_code(
                public_id=public_id,
                code=form.code.data,
                secret=form.secret.data,
                address=client_address(),
                now=clock.now(),
            )
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            return _welcome(user_id, "code")
    return render_template(
        "accounts/enter_code.html", form=form, by_sms=session.get("code_channel") == "sms"
    ), form.status


@bp.route("/connexion/lien/<token>", methods=["GET", "POST"])
@signed_link
def sign_in_link(token: str) -> ResponseReturnValue:
    """Show the button of a sign-in link; sign in when it is pressed."""
    public_id, code = codes.read_link(token, now=clock.now())
    form = LinkForm()
    if form.validate_on_submit():
        try:
            user_id = codes.sign_in_by_code(
                public_id=public_id, code=code, secret=form.secret.data, address=client_address(), now=clock.now()
            )
        except RuleViolation as violation:
            form.add_violation(
                violation
                if violation.field in form
                else RuleViolation(violation.message_template, **violation.params, field="", code=violation.error_code)
            )
        else:
            return _welcome(user_id, "link")
    return render_template("accounts/sign_in_link.html", form=form), form.status


@bp.route("/connexion/carte", methods=["GET", "POST"])
@public
def sign_in_card() -> ResponseReturnValue:
    """Sign in with a paper card and a personal code."""
    form = CardForm()
    if form.validate_on_submit():
        try:
            user_id = codes.sign_in_by_card(
                card_code=form.card.data, secret=form.secret.data, address=client_address(), now=clock.now()
            )
        except RuleViolation as violation:
            form.add_violation(violation)
        else:
            return _welcome(user_id, "card")
    return render_template("accounts/sign_in_card.html", form=form), form.status
