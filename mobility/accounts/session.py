"""The browser session: what is kept in the signed cookie, and the steps between two pages of sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import request, session, url_for
from flask_login import login_user

from mobility.accounts.identity import EPOCH, SEEN, Identity, identity_of
from mobility.accounts.models import User
from mobility.core.web.access import Permission

PENDING = "pending_user"
PENDING_SECONDS = 600
CODE_ID = "code_id"
TOTP_DRAFT = "totp_draft"


def client_address() -> str:
    """Return the address of the caller, for throttling."""
    return request.remote_addr or "unknown"


def open_session(user: User, *, now: datetime) -> Identity:
    """Sign the user in, in a fresh session (nothing of an earlier one survives)."""
    target = session.get("next")
    session.clear()
    session[EPOCH] = user.session_epoch
    session[SEEN] = now.timestamp()
    if target:
        session["next"] = target
    who = identity_of(user)
    login_user(who)
    return who


def hold(user: User, *, now: datetime) -> None:
    """Remember that the password was right, until the second factor is."""
    target = session.get("next")
    session.clear()
    session[PENDING] = {"id": user.id, "at": now.timestamp(), "epoch": user.session_epoch}
    if target:
        session["next"] = target


def held_user_id(*, now: datetime) -> tuple[int, int] | None:
    """Return (user id, epoch) whose password was right some minutes ago, or None."""
    held: dict[str, Any] | None = session.get(PENDING)
    if held is None or now.timestamp() - float(held["at"]) > PENDING_SECONDS:
        return None
    return int(held["id"]), int(held["epoch"])


def remember_target() -> None:
    """Keep where the person wanted to go, if it is a page of ours."""
    wanted = request.args.get("next", "")[:500]
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return
    if (
        wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
        # Browsers drop controls and read \\ as /: what seems to be a path may lead away.
        and wanted.isprintable()
        and "\\" not in wanted
        and len(wanted) < 500
    ):
        session["next"] = wanted


def home_of(who: Any) -> str:
    """Return the address of the first page of somebody, by role."""
    choices = (
        (Permission.PORTAL_VIEW, "pathway.portal_home"),
        (Permission.STAFF_HOME, "accounts.staff_home"),
        (Permission.PRESCRIBER_HOME, "prescribers.index"),
        (Permission.FIGURES_VIEW, "organisations.figures"),
        (Permission.ACCOUNT_OWN, "accounts.partner_home"),
    )
    from flask import current_app

    for permission, endpoint in choices:
        if who.permits(permission) and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("accounts.sign_in")


def next_page(who: Any) -> str:
    """Return where to go after sign-in."""
    return str(session.pop("next", None) or home_of(who))
