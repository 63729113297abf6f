"""The start page of the demo: who is who, and a button to enter as each. Only with DEMO=yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mobility.accounts.hooks import directory
from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.queries import get_user
from mobility.accounts.services import codes
from mobility.accounts.session import home_of, open_session
from mobility.core import clock
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.access import public
from mobility.demo.accounts import HEROINE, PASSWORD, DemoAccount, present_code, staff
from mobility.notifications.models import ContactPoint

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("demo", __name__)


@bp.get("/demo")
@public
def start() -> ResponseReturnValue:
    """Show the demo's accounts, their password and their present codes."""
    now = clock.now()
    rows = [
        (account, None if account.is_beneficiary else present_code(account.email, now=now))
        for account in (HEROINE, *staff())
    ]
    return render_template("demo/start.html", rows=rows, password=PASSWORD)


@bp.post("/demo/entrer/<email>")
@public
def enter(email: str) -> ResponseReturnValue:
    """Sign in as a demo account, without codes."""
    account = next((one for one in (HEROINE, *staff()) if one.email == email), None)
    if account is None:
        raise NotFound(email)
    user = _user_of(account)
    return redirect(home_of(open_session(user, now=clock.now())), 303)


def _user_of(account: DemoAccount) -> User:
    """Return the user of a demo account. Raises NotFound where the demo is not loaded."""
    if account.role is not Role.BENEFICIARY:
        user = db.session.scalar(select(User).where(User.email == account.email).options(selectinload(User.grants)))
        if user is None:
            raise NotFound(account.email)
        return user
    points = db.session.scalars(select(ContactPoint.id).where(ContactPoint.value == account.email)).all()
    candidates = directory().by_contact_points(points)
    if not candidates:
        raise NotFound(account.email)
    return get_user(codes.ensure_user(candidates[0], now=clock.now()))
