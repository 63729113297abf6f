"""Everybody who may knock at a route: each role, nobody, and integrations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.models import User
from mobility.accounts.policy import POLICY, SCOPES, Role
from mobility.core.web.access import Permission
from tests.factories.accounts import signed_in
from tests.integration.hostile.routes import Route
from tests.integration.hostile.world import World

STAFF_OF_A_DESK = (Role.ADVISER, Role.MANAGER, Role.FLEET_OFFICER)
PARTNERS = (Role.PRESCRIBER, Role.GARAGE, Role.FUNDER)
WHOLE = (Role.AUDITOR, Role.ADMINISTRATOR)
ACTORS = (*(role.value for role in Role), "anonymous", "token_none", "token_others")


@dataclass(frozen=True)
class Knocker:
    """Somebody with a browser or with a token, and what the policy lets them do somewhere."""

    name: str
    client: FlaskClient
    role: Role | None = None
    headers: dict[str, str] = field(default_factory=dict)
    permissions: frozenset[Permission] = frozenset()
    person_id: int | None = None

    @property
    def is_token(self) -> bool:
        """Tell an integration from a person."""
        return bool(self.headers)

    def ask(self, method: str, url: str, data: Any = None, **more: Any) -> Any:
        """Send a request as this actor would."""
        if url.startswith("/api/"):
            headers = {**self.headers, "Idempotency-Key": f"{self.name}-{hash((method, url)) & 0xFFFFFFFF}"}
            body = {"json": data or {}} if method == "POST" else {}
            return self.client.open(url, method=method, headers=headers, **body, **more)
        return self.client.open(url, method=method, data=data or {}, headers=self.headers, **more)

    def holds(self, route: Route) -> bool:
        """Tell whether the policy table gives the route's permission to this actor, on the right door."""
        return route.is_api == self.is_token and route.access.permission in self.permissions and self._scoped(route)

    def _scoped(self, route: Route) -> bool:
        return not route.is_api or (self.name != "token_none" or route.access.scope == "desks:read")


def knocker(app: Flask, house: World, name: str) -> Knocker:
    """Return an actor at the own desk (tokens of « others » are limited to the other desk)."""
    if name == "anonymous":
        return Knocker(name, app.test_client())
    if name.startswith("token_"):
        secret = house.tokens[name.removeprefix("token_")]
        scopes = ["desks:read"] if name == "token_none" else list(SCOPES)
        carried = frozenset(permission for scope in scopes for permission in SCOPES[scope])
        return Knocker(name, app.test_client(), None, {"Authorization": f"Bearer {secret}"}, carried)
    role = Role(name)
    user = user_of(house, role)
    carried = frozenset(permission for permission, roles in POLICY.items() if role in roles)
    return Knocker(name, signed_in(app, user), role, {}, carried, user.person_id)


def user_of(house: World, role: Role) -> User:
    """Return the own desk's user of a role; the adviser is one whom no file names."""
    if role is Role.BENEFICIARY:
        assert house.own.beneficiary is not None
        return house.own.beneficiary
    if role is Role.ADVISER:
        assert house.own.colleague is not None
        return house.own.colleague
    return house.globals[role] if role in WHOLE else house.own.users[role]
