"""Reads of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from mobility.accounts.models import ApiToken, AuditEntry, User, UserGrant
from mobility.accounts.policy import STAFF, Role
from mobility.core import clock
from mobility.core.db import db
from mobility.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the audit page is asked for."""

    person_id: int | None = None
    actor_user_id: int | None = None
    action: str | None = None
    since_on: date | None = None
    until_on: date | None = None


def select_users(text: str = "") -> Select[Any]:
    """Return the query of staff and partners (not of beneficiaries), by name."""
    query = (
        select(User)
        .where(User.person_id.is_(None))
        .options(selectinload(User.grants))
        .order_by(User.display_name, User.id)
    )
    query = query.where(or_(User.email.is_(None), ~User.email.endswith("@integration.invalid")))
    if text:
        query = query.where(
            or_(User.display_name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True))
        )
    return query


def get_user(user_id: int) -> User:
    """Return a user with grants. Raises NotFound."""
    user = None
    if 0 <= user_id < 2**31:
        user = db.session.scalar(select(User).where(User.id == user_id).options(selectinload(User.grants)))
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def names_of(user_ids: Sequence[int | None]) -> dict[int, str]:
    """Return the display names of users by id, in one query."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    if not ids:
        return {}
    rows = db.session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


def persons_of(user_ids: Sequence[int | None]) -> dict[int, int]:
    """Return the person behind each of these users who is accompanied, in one query."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    rows = db.session.execute(select(User.id, User.person_id).where(User.id.in_(ids), User.person_id.is_not(None)))
    return {row.id: row.person_id for row in rows}


def staff_of_desks(
    desk_ids: Sequence[int] | frozenset[int], roles: Sequence[Role] = (Role.ADVISER, Role.MANAGER)
) -> list[User]:
    """Return the enabled users with one of the roles at one of the desks, by name."""
    query = (
        select(User)
        .where(
            User.disabled_at.is_(None),
            User.id.in_(
                select(UserGrant.user_id).where(UserGrant.desk_id.in_(list(desk_ids)), UserGrant.role.in_(list(roles)))
            ),
        )
        .order_by(User.display_name, User.id)
    )
    return list(db.session.scalars(query))


def teams_of_desks(desk_ids: Sequence[int]) -> dict[int, list[User]]:
    """Return what ``staff_of_desks`` answers for each desk by itself, by desk; one query."""
    query = (
        select(UserGrant.desk_id, User)
        .join(User, User.id == UserGrant.user_id)
        .where(
            User.disabled_at.is_(None),
            UserGrant.desk_id.in_(desk_ids),
            UserGrant.role.in_([Role.ADVISER, Role.MANAGER]),
        )
        .order_by(User.display_name, User.id)
    )
    found: dict[int, dict[int, User]] = {}
    for desk_id, user in db.session.execute(query):
        if desk_id is not None:
            # Whoever has both roles at a desk is there once.
            found.setdefault(desk_id, {})[user.id] = user
    return {desk_id: list(team.values()) for desk_id, team in found.items()}


def select_audit(wanted: AuditFilter, *, desk_ids: frozenset[int] | None) -> Select[Any]:
    """Return the audit log, newest first; ``desk_ids`` limits it to what the staff of these desks did."""
    query = (
        select(AuditEntry).options(selectinload(AuditEntry.values)).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    if desk_ids is not None:
        query = query.where(
            AuditEntry.actor_user_id.in_(select(UserGrant.user_id).where(UserGrant.desk_id.in_(list(desk_ids))))
        )
    if wanted.person_id is not None:
        query = query.where(AuditEntry.person_id == wanted.person_id)
    if wanted.actor_user_id is not None:
        query = query.where(AuditEntry.actor_user_id == wanted.actor_user_id)
    if wanted.action:
        query = query.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.since_on is not None:
        query = query.where(AuditEntry.at >= clock.start_of(wanted.since_on))
    if wanted.until_on is not None:
        query = query.where(AuditEntry.at < clock.end_of(wanted.until_on))
    return query


def list_tokens() -> list[ApiToken]:
    """Return every API token, newest first."""
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id.desc())))


def needs_second_factor(user: User) -> bool:
    """Tell whether a user must sign in with a second factor: all staff do."""
    return any(grant.role in STAFF for grant in user.grants)
