"""Somebody signed in, with a role at a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.identity import EPOCH, SEEN
from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import transaction
from tests.factories.fleet import NOW


def a_user(role: Role | None = None, desk_id: int | None = None, name: str = "Camille Officier") -> int:
    with transaction() as session:
        user = User(
            display_name=name,
            email=f"{name.split(maxsplit=1)[0].lower()}-{role}-{desk_id}@exemple.fr".lower(),
            created_at=NOW,
        )
        session.add(user)
        session.flush()
        if role is not None:
            session.add(UserGrant(user_id=user.id, role=role, desk_id=desk_id))
        return user.id


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """Return a browser in which somebody with that role at that desk is signed in."""

    def enter(role: Role, desk_id: int | None) -> FlaskClient:
        return browser_of(app, a_user(role, desk_id))

    return enter


def browser_of(app: Flask, user_id: int) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = str(user_id)
        session["_fresh"] = True
        session[EPOCH] = 1
        session[SEEN] = clock.now().timestamp()
    return client
