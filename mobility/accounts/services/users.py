"""Users and their grants, managed by administrators."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit, rules
from mobility.accounts.errors import EmailTaken, LastAdministrator
from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import DESK_ROLES, GLOBAL_ROLES, ROLE_LABELS, Role
from mobility.accounts.services.passwords import INVITATION_LIFETIME, hasher, password_link
from mobility.core.db import db, load, lock, transaction
from mobility.core.errors import RuleViolation
from mobility.notifications.kinds import Channel, MessageClass
from mobility.notifications.models import ContactPoint, Recipient
from mobility.notifications.services import queue


def create_user(
    *, display_name: str, email: str, actor_id: int | None, now: datetime, password: str | None = None
) -> int:
    """Create a user who signs in by password; without one, an invitation is due. Raises EmailTaken, WeakPassword."""
    email = email.strip().lower()
    if password is not None:
        rules.check_password(password, known=[display_name, email.partition("@")[0]])
    hashed = hasher().hash(password) if password is not None else None
    try:
        with transaction() as session:
            recipient = Recipient(preferred_channel=Channel.EMAIL)
            session.add(recipient)
            session.flush()
            session.add(
                ContactPoint(
                    recipient_id=recipient.id, channel=Channel.EMAIL, value=email, verified_at=now, created_at=now
                )
            )
            user = User(
                display_name=display_name, email=email, recipient_id=recipient.id, password_hash=hashed, created_at=now
            )
            session.add(user)
            session.flush()
            audit.record(
                actor_id=actor_id,
                action="user.created",
                subject_kind="user",
                subject_id=user.id,
                now=now,
                changes={"display_name": (None, display_name), "email": (None, email)},
            )
            return user.id
    except IntegrityError as error:
        if "email" in str(error.orig):
            raise EmailTaken from None
        raise


def invite(*, user_id: int, actor_id: int, now: datetime) -> None:
    """Send the link by which a new user chooses a password."""
    with transaction():
        user = lock(User, user_id)
        if user.recipient_id is None:
            raise RuleViolation("Ce compte n’a pas d’adresse e-mail.", code="no_email")
        queue(
            recipient_id=user.recipient_id,
            template="invitation",
            params={
                "name": user.display_name,
                "link": password_link(user, now=now, lifetime=INVITATION_LIFETIME),
                "days": INVITATION_LIFETIME.days,
            },
            message_class=MessageClass.SECURITY,
            dedup_key=f"invitation:{user_id}:{int(now.timestamp()) // 60}",
            now=now,
            expires_at=now + INVITATION_LIFETIME,
        )
        audit.record(actor_id=actor_id, action="user.invited", subject_kind="user", subject_id=user_id, now=now)


def scope_needed(role: Role) -> str:
    """Return where a role's grants hold: ``desk``, ``organisation`` or ``everywhere``."""
    if role in GLOBAL_ROLES:
        return "everywhere"
    return "desk" if role in DESK_ROLES else "organisation"


def add_grant(
    *, user_id: int, role: Role, desk_id: int | None, organisation_id: int | None, actor_id: int | None, now: datetime
) -> int:
    """Give a role. Returns the grant's id (the same one when it was given already). Raises on a wrong scope."""
    rules.check_grant(role_needs=scope_needed(role), desk_id=desk_id, organisation_id=organisation_id)
    with transaction() as session:
        lock(User, user_id)
        existing = session.scalar(
            select(UserGrant).where(
                UserGrant.user_id == user_id,
                UserGrant.role == role,
                UserGrant.desk_id.is_(None) if desk_id is None else UserGrant.desk_id == desk_id,
                UserGrant.organisation_id.is_(None)
                if organisation_id is None
                else UserGrant.organisation_id == organisation_id,
            )
        )
        if existing is not None:
            return existing.id
        grant = UserGrant(user_id=user_id, role=role, desk_id=desk_id, organisation_id=organisation_id)
        session.add(grant)
        session.flush()
        place = f"desk {desk_id}" if desk_id else f"organisation {organisation_id}" if organisation_id else "everywhere"
        audit.record(
            actor_id=actor_id,
            action="user.grant_added",
            subject_kind="user",
            subject_id=user_id,
            now=now,
            changes={"grant": (None, f"{role.value} / {place}")},
        )
        return grant.id


def remove_grant(*, user_id: int, grant_id: int, actor_id: int, now: datetime) -> None:
    """Take a role away; the user's sessions end. Raises LastAdministrator."""
    with transaction() as session:
        user = lock(User, user_id)
        grant = load(UserGrant, grant_id)
        if grant.user_id != user_id:
            raise RuleViolation(
                f"Ce rôle « {ROLE_LABELS[grant.role]} » n’est pas celui de ce compte.", code="other_grant"
            )
        _keep_an_administrator(user_id, grant.role)
        session.delete(grant)
        user.session_epoch += 1
        audit.record(
            actor_id=actor_id,
            action="user.grant_removed",
            subject_kind="user",
            subject_id=user_id,
            now=now,
            changes={"grant": (grant.role.value, None)},
        )


def _keep_an_administrator(user_id: int, role: Role) -> None:
    if role is not Role.ADMINISTRATOR:
        return
    others = db.session.scalar(
        select(func.count())
        .select_from(UserGrant)
        .join(User, User.id == UserGrant.user_id)
        .where(UserGrant.role == Role.ADMINISTRATOR, User.id != user_id, User.disabled_at.is_(None))
    )
    if not others:
        raise LastAdministrator


def set_disabled(*, user_id: int, disabled: bool, actor_id: int, now: datetime) -> None:
    """Close or reopen an account; its sessions end. Raises LastAdministrator."""
    with transaction() as session:
        user = lock(User, user_id)
        if disabled and session.scalar(
            select(UserGrant.id).where(UserGrant.user_id == user_id, UserGrant.role == Role.ADMINISTRATOR)
        ):
            _keep_an_administrator(user_id, Role.ADMINISTRATOR)
        before = user.disabled_at
        user.disabled_at = now if disabled else None
        user.session_epoch += 1
        audit.record(
            actor_id=actor_id,
            action="user.disabled" if disabled else "user.enabled",
            subject_kind="user",
            subject_id=user_id,
            now=now,
            changes={"disabled_at": (before, user.disabled_at)},
        )
