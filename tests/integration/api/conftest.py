"""Callers of the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import SCOPES
from mobility.accounts.services.tokens import create_token
from mobility.core.clock import now

_number = count()


class Caller:
    """A client that sends a token, and a fresh once-only key with each POST."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {**self.headers, "Idempotency-Key": key or f"key-{next(_number)}"}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
def caller(app: Flask) -> Callable[..., Caller]:
    """Make a caller with these scopes (all by default) and desks (all by default)."""

    def make(scopes: Sequence[str] = tuple(SCOPES), desk_ids: Sequence[int] | None = None) -> Caller:
        secret = create_token(name=f"integration {next(_number)}", scopes=scopes, desk_ids=desk_ids, now=now())
        return Caller(app.test_client(), secret)

    return make
