"""Users with roles, and browsers that are signed in as them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.identity import Grant, Identity
from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import GLOBAL_ROLES, Role
from mobility.core import clock
from mobility.core.db import transaction
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint, Recipient

CREATED = datetime(2026, 1, 5, 9, tzinfo=UTC)
_numbers = count(1)


def make_user(
    role: Role | None = None,
    *,
    desk_id: int | None = None,
    organisation_id: int | None = None,
    name: str = "",
    email: str = "",
    person_id: int | None = None,
    recipient_id: int | None = None,
    password_hash: str | None = None,
    confirmed: bool = True,
) -> User:
    """A user with one role (or none), with the second factor confirmed unless told otherwise."""
    number = next(_numbers)
    address = email or f"user{number}@plateforme.example"
    with transaction() as session:
        if recipient_id is None:
            recipient = Recipient(preferred_channel=Channel.EMAIL)
            session.add(recipient)
            session.flush()
            recipient_id = recipient.id
            if person_id is None:
                session.add(
                    ContactPoint(
                        recipient_id=recipient_id,
                        channel=Channel.EMAIL,
                        value=address,
                        verified_at=CREATED,
                        created_at=CREATED,
                    )
                )
        user = User(
            display_name=name or f"Utilisatrice {number}",
            email=None if person_id is not None else address,
            recipient_id=recipient_id,
            person_id=person_id,
            password_hash=password_hash,
            created_at=CREATED,
            totp_secret_encrypted="gAAA" if confirmed and person_id is None else None,
            totp_confirmed_at=CREATED if confirmed and person_id is None else None,
        )
        session.add(user)
        session.flush()
        if role is not None and role is not Role.BENEFICIARY:
            scope = {} if role in GLOBAL_ROLES else {"desk_id": desk_id, "organisation_id": organisation_id}
            session.add(UserGrant(user_id=user.id, role=role, **scope))
        return user


def signed_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which the user is signed in."""
    client = app.test_client()
    with client.session_transaction() as browser:
        browser["_user_id"] = str(user.id)
        browser["_fresh"] = True
        browser["epoch"] = user.session_epoch
        browser["seen_at"] = clock.now().timestamp()
    return client


def make_actor(
    role: Role | None, *, desk_id: int | None = None, user_id: int = 9999, person_id: int | None = None
) -> Identity:
    """Whoever makes a request, with one grant or none; nothing is written."""
    grants = () if role is None else (Grant(role, desk_id=desk_id),)
    return Identity(user_id=user_id, display_name="", person_id=person_id, grants=grants)
