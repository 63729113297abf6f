"""Alerts to the staff, about a person or a desk: for every room. Their texts name nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.queries import staff_of_desks
from mobility.core.db import load, transaction
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people.models import Person, PersonStaff


def tell_staff(
    *,
    person_id: int,
    user_ids: Iterable[int],
    key: str,
    title: str,
    text: str,
    url: str,
    now: datetime,
    message_class: MessageClass = MessageClass.NORMAL,
    expires_at: datetime | None = None,
) -> int:
    """Queue an alert about a person in the caller's transaction, once a key and reader. Returns how many were.

    Of a protected file its named staff are told, whoever was meant: nobody else may learn that it exists.
    """
    with transaction() as session:
        meant = set(user_ids)
        if meant and load(Person, person_id).protected:
            meant = set(session.scalars(select(PersonStaff.user_id).where(PersonStaff.person_id == person_id)))
        users = session.scalars(
            select(User).where(User.id.in_(sorted(meant)), User.disabled_at.is_(None)).order_by(User.id)
        )
        told = [
            _queue(
                user,
                params={"title": title, "text": text, "url": url},
                key=key,
                now=now,
                person_id=person_id,
                message_class=message_class,
                expires_at=expires_at,
            )
            for user in users
        ]
        return sum(told)


def tell_managers(*, desk_id: int, key: str, title: str, text: str, url: str, now: datetime) -> int:
    """Queue an alert to the managers of a desk in the caller's transaction, once a key. Returns how many were."""
    managers = staff_of_desks([desk_id], roles=[Role.MANAGER])
    return tell_users(user_ids=[user.id for user in managers], key=key, title=title, text=text, url=url, now=now)


def tell_users(
    *,
    user_ids: Iterable[int],
    key: str,
    title: str,
    text: str,
    url: str,
    now: datetime,
    message_class: MessageClass = MessageClass.NORMAL,
) -> int:
    """Queue an alert about nobody's file in the caller's transaction, once a key and reader. Returns how many were."""
    with transaction() as session:
        users = session.scalars(
            select(User).where(User.id.in_(sorted(set(user_ids))), User.disabled_at.is_(None)).order_by(User.id)
        )
        params = {"title": title, "text": text, "url": url}
        return sum(_queue(user, params=params, key=key, now=now, message_class=message_class) for user in users)


def _queue(
    user: User,
    *,
    params: dict[str, str],
    key: str,
    now: datetime,
    person_id: int | None = None,
    message_class: MessageClass = MessageClass.NORMAL,
    expires_at: datetime | None = None,
) -> bool:
    if user.recipient_id is None:
        return False
    queued = notifications.queue(
        recipient_id=user.recipient_id,
        template="staff_alert",
        params=params,
        message_class=message_class,
        dedup_key=f"{key}:{user.id}",
        now=now,
        person_id=person_id,
        expires_at=expires_at,
    )
    return queued is not None
