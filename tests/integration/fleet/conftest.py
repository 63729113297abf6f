"""Somebody signed in, with a role at a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import Role
from tests.factories.accounts import make_user, signed_in


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """Return a browser in which somebody with that role at that desk is signed in."""

    def enter(role: Role, desk_id: int | None) -> FlaskClient:
        return signed_in(app, make_user(role, desk_id=desk_id))

    return enter
