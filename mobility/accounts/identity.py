"""Who makes the request: frozen, read once, so that no page asks the database about it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Request, current_app, request, session
from flask_login import AnonymousUserMixin, LoginManager
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from mobility.accounts import rules
from mobility.accounts.models import ApiToken, User
from mobility.accounts.policy import GLOBAL_ROLES, ROLE_LABELS, SCOPES, STAFF, Role, roles_with
from mobility.core import clock
from mobility.core.crypto import keyed_hash
from mobility.core.db import db
from mobility.core.web.access import ALL_DESKS, Permission

SEEN = "seen_at"
EPOCH = "epoch"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it holds."""

    role: Role
    desk_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user."""

    user_id: int | None
    display_name: str
    person_id: int | None
    grants: tuple[Grant, ...]
    recipient_id: int | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the id that Flask-Login keeps in the session."""
        return str(self.user_id)

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held anywhere."""
        own = {Role.BENEFICIARY} if self.person_id is not None else set()
        return frozenset({grant.role for grant in self.grants} | own)

    @property
    def is_staff(self) -> bool:
        """Tell whether any role is one of the platform's staff."""
        return bool(self.roles & STAFF)

    @property
    def role_names(self) -> str:
        """Return the roles in French."""
        return ", ".join(ROLE_LABELS[Role(role)] for role in sorted(self.roles))

    def permits(self, permission: Permission) -> bool:
        """Tell whether any grant carries the permission."""
        return bool(self.roles & roles_with(permission))

    def desk_ids(self, permission: Permission) -> frozenset[int]:
        """Return the desks where the permission holds (ALL_DESKS for roles that hold everywhere)."""
        carrying = [grant for grant in self.grants if grant.role in roles_with(permission)]
        if any(grant.role in GLOBAL_ROLES for grant in carrying):
            return ALL_DESKS
        return frozenset(grant.desk_id for grant in carrying if grant.desk_id is not None)

    def organisation_ids(self, permission: Permission) -> frozenset[int]:
        """Return the organisations for which the permission holds."""
        return frozenset(
            grant.organisation_id
            for grant in self.grants
            if grant.organisation_id is not None and grant.role in roles_with(permission)
        )


class Nobody(AnonymousUserMixin):  # type: ignore[misc]
    """Whoever is not signed in: may nothing."""

    user_id = None
    person_id = None
    display_name = ""
    recipient_id = None
    roles: frozenset[str] = frozenset()
    is_staff = False

    def permits(self, _permission: Permission) -> bool:
        """Permit nothing."""
        return False

    def desk_ids(self, _permission: Permission) -> frozenset[int]:
        """Hold nowhere."""
        return frozenset()

    def organisation_ids(self, _permission: Permission) -> frozenset[int]:
        """Hold for nobody."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class TokenActor:
    """An integration that calls the API with a bearer token."""

    user_id: int | None
    token_id: int
    name: str
    scopes: frozenset[str]
    only_desks: frozenset[int] | None

    person_id = None
    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_staff = False
    display_name = ""

    def get_id(self) -> str:
        """Return an id that no user has."""
        return f"token:{self.token_id}"

    @property
    def roles(self) -> frozenset[str]:
        """Return its one role, which no grant gives."""
        return frozenset({"integration"})

    def permits(self, permission: Permission) -> bool:
        """Tell whether a scope carries the permission."""
        return any(permission in SCOPES.get(scope, ()) for scope in self.scopes)

    def desk_ids(self, permission: Permission) -> frozenset[int]:
        """Return the desks of the token; all where it is not limited."""
        if not self.permits(permission):
            return frozenset()
        return ALL_DESKS if self.only_desks is None else self.only_desks

    def organisation_ids(self, _permission: Permission) -> frozenset[int]:
        """Hold for no organisation."""
        return frozenset()


def identity_of(user: User) -> Identity:
    """Return the frozen identity of a user whose grants are loaded."""
    return Identity(
        user_id=user.id,
        display_name=user.display_name,
        person_id=user.person_id,
        grants=tuple(Grant(grant.role, grant.desk_id, grant.organisation_id) for grant in user.grants),
        recipient_id=user.recipient_id,
    )


def find_user(user_id: int) -> User | None:
    """Return a user with grants, or None. Asked at every page: one question, not two."""
    query = select(User).where(User.id == user_id).options(joinedload(User.grants))
    return db.session.scalars(query).unique().one_or_none()


def _load_user(raw_id: str) -> Identity | None:
    """Return the user of the session, unless it slept too long or was ended everywhere."""
    if not raw_id.isdigit():
        return None
    user = find_user(int(raw_id))
    if user is None or user.disabled_at is not None or session.get(EPOCH) != user.session_epoch:
        return None
    who = identity_of(user)
    idle = int(current_app.config["SESSION_IDLE_MINUTES" if who.grants else "PORTAL_IDLE_MINUTES"])
    now = clock.now()
    seen_at = datetime.fromtimestamp(float(session.get(SEEN, 0)), UTC)
    if rules.session_is_over(seen_at=seen_at, now=now, idle_minutes=idle):
        session.clear()
        return None
    if request.method != "HEAD":
        session[SEEN] = now.timestamp()
    return who


def _load_token(incoming: Request) -> TokenActor | None:
    """Return the integration behind a bearer token; only the API takes one."""
    header = incoming.headers.get("Authorization", "")
    if not incoming.path.startswith("/api/") or not header.startswith("Bearer "):
        return None
    hashed = keyed_hash(header.removeprefix("Bearer ").strip(), purpose="api-token")
    token = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == hashed, ApiToken.revoked_at.is_(None)))
    if token is None or (token.expires_at is not None and token.expires_at <= clock.now()):
        return None
    only = None if token.desk_ids is None else frozenset(token.desk_ids)
    return TokenActor(token.user_id, token.id, token.name, frozenset(token.scopes), only)


def init_app(app: Flask) -> None:
    """Teach Flask-Login who is who."""
    manager: LoginManager = app.extensions["mobility.login_manager"]
    manager.anonymous_user = Nobody
    manager.session_protection = None
    manager.user_loader(_load_user)
    manager.request_loader(_load_token)
