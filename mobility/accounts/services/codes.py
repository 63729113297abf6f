"""Sign-in of beneficiaries: a link or a 6-digit code to a phone or mailbox; a paper card for those without.

What is answered never tells whether the phone or address is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from mobility.accounts import audit, rules
from mobility.accounts.errors import CodeRefused, SecondSecretNeeded, TooManyAttempts
from mobility.accounts.hooks import Candidate, directory
from mobility.accounts.models import SignInCode, User
from mobility.accounts.services import throttle
from mobility.core import links
from mobility.core.crypto import keyed_hash, random_digits, random_token, same_hash
from mobility.core.db import db, lock, transaction
from mobility.notifications.kinds import Channel, MessageClass
from mobility.notifications.models import ContactPoint
from mobility.notifications.services import queue

PURPOSE = "sign-in"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the browser keeps between the two pages; made for unknown contacts too."""

    public_id: str


def _hash_contact(value: str) -> str:
    return keyed_hash(value, purpose="sign-in-contact")


def _hash_code(public_id: str, code: str) -> str:
    return keyed_hash(f"{public_id}:{code}", purpose="sign-in-code")


def send_code(*, channel: Channel, value: str, address: str, now: datetime) -> Sent:
    """Send a code and a link to a contact point, if somebody has it. ``value`` is E.164 or a lower-case address.

    Raises TooManyAttempts after several demands in a short time.
    """
    contact_hash = _hash_contact(value)
    throttle.check(account=f"send:{value}", address=address, now=now)
    recent = db.session.scalar(
        select(func.count())
        .select_from(SignInCode)
        .where(SignInCode.contact_hash == contact_hash, SignInCode.created_at > now - rules.FAILURE_WINDOW)
    )
    if (recent or 0) >= rules.CODE_SENDS:
        raise TooManyAttempts(minutes=int(rules.FAILURE_WINDOW / timedelta(minutes=1)))
    points = db.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.channel == channel, ContactPoint.value == value, ContactPoint.archived_at.is_(None))
        .order_by(ContactPoint.id)
    ).all()
    candidates = directory().by_contact_points([point.id for point in points])
    public_id, code = random_token(24), random_digits(rules.CODE_DIGITS)
    reachable = {candidate.recipient_id for candidate in candidates}
    point = next((point for point in points if point.recipient_id in reachable), None)
    with transaction() as session:
        session.add(
            SignInCode(
                public_id=public_id,
                contact_hash=contact_hash,
                contact_ids=[point.id for point in points],
                code_hash=_hash_code(public_id, code),
                created_at=now,
                expires_at=now + rules.CODE_LIFETIME,
            )
        )
        if point is not None:
            token = links.sign(PURPOSE, {"i": public_id, "c": code}, now=now, lifetime=rules.CODE_LIFETIME)
            queue(
                recipient_id=point.recipient_id,
                template="sign_in_code",
                params={
                    "code": f"{code[:3]} {code[3:]}",
                    "link": links.public_url("accounts.sign_in_link", token=token),
                    "minutes": int(rules.CODE_LIFETIME / timedelta(minutes=1)),
                },
                message_class=MessageClass.SECURITY,
                dedup_key=f"sign-in:{public_id}",
                now=now,
                expires_at=now + rules.CODE_LIFETIME,
                only_point_id=point.id,
            )
        else:
            # Asking for many unknown contacts is how lists are tried.
            throttle.note_failure(account=f"send:{value}", address=address, now=now)
    return Sent(public_id)


def read_link(token: str, *, now: datetime) -> tuple[str, str]:
    """Return (public id, code) of a sign-in link. Raises LinkInvalid or LinkExpired."""
    payload = links.read(PURPOSE, token, now=now)
    return str(payload["i"]), str(payload["c"])


def _who(candidates: Sequence[Candidate], secret: str | None) -> Candidate:
    """Return whose sign-in this is. Raises SecondSecretNeeded, or CodeRefused where nobody fits."""
    if not candidates:
        raise CodeRefused
    if len(candidates) == 1 and not candidates[0].needs_second_secret:
        return candidates[0]
    if not secret:
        raise SecondSecretNeeded
    fitting = [candidate for candidate in candidates if directory().second_secret_matches(candidate.person_id, secret)]
    if len(fitting) != 1:
        raise CodeRefused("Ce code personnel ne va pas. Demandez de l’aide à votre antenne.", field="secret")
    return fitting[0]


def sign_in_by_code(*, public_id: str, code: str, secret: str | None, address: str, now: datetime) -> int:
    """Use a code. Returns the user's id, made on the first sign-in.

    Raises CodeRefused, SecondSecretNeeded (the code stays usable) or TooManyAttempts.
    """
    account = f"code:{public_id[:80]}"
    throttle.check(account=account, address=address, now=now)
    row = db.session.scalar(select(SignInCode).where(SignInCode.public_id == public_id[:64]))
    try:
        candidate = _check_code(row, code, secret, now)
        if row is None:
            raise CodeRefused
        return _use_code(row.id, candidate, now)
    except CodeRefused:
        _note_wrong_code(row.id if row else None)
        throttle.note_failure(account=account, address=address, now=now)
        raise


def _check_code(row: SignInCode | None, code: str, secret: str | None, now: datetime) -> Candidate:
    """Return whose code this is. Outside of any transaction: comparing secrets takes time on purpose."""
    if row is None or row.used_at is not None or row.expires_at <= now or row.attempts >= rules.CODE_ATTEMPTS:
        raise CodeRefused
    if not same_hash(row.code_hash, _hash_code(row.public_id, rules.normalise_code(code))):
        raise CodeRefused
    return _who(directory().by_contact_points(row.contact_ids), secret)


def _use_code(code_id: int, candidate: Candidate, now: datetime) -> int:
    """Spend the code and return the user's id. Raises CodeRefused if another request was first."""
    with transaction():
        row = lock(SignInCode, code_id)
        if row.used_at is not None or row.attempts >= rules.CODE_ATTEMPTS:
            raise CodeRefused
        row.used_at = now
        _mark_verified(row.contact_ids, candidate.recipient_id, now)
        return ensure_user(candidate, now=now)


def _note_wrong_code(code_id: int | None) -> None:
    if code_id is None:
        return
    with transaction():
        row = lock(SignInCode, code_id)
        row.attempts = min(row.attempts + 1, rules.CODE_ATTEMPTS)


def _mark_verified(contact_ids: Sequence[int], recipient_id: int, now: datetime) -> None:
    """Remember that this person reads this contact point: the code came through."""
    for point in db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.id.in_(contact_ids),
            ContactPoint.recipient_id == recipient_id,
            ContactPoint.verified_at.is_(None),
        )
    ):
        point.verified_at = now


def sign_in_by_card(*, card_code: str, secret: str, address: str, now: datetime) -> int:
    """Use a paper card and the person's own secret. Returns the user's id. Raises CodeRefused or TooManyAttempts."""
    account = f"card:{rules.normalise_code(card_code)[:40]}"
    throttle.check(account=account, address=address, now=now)
    candidate = directory().by_card(card_code)
    if candidate is None or not directory().second_secret_matches(candidate.person_id, secret):
        throttle.note_failure(account=account, address=address, now=now)
        raise CodeRefused(
            "Le code de la carte ou le code personnel ne va pas. Vérifiez-les, ou appelez votre antenne.", field="card"
        )
    with transaction():
        return ensure_user(candidate, now=now)


def ensure_user(candidate: Candidate, *, now: datetime) -> int:
    """Return the user of a person, made on the first sign-in."""
    with transaction() as session:
        user = session.scalar(
            select(User).where(User.person_id == candidate.person_id).options(selectinload(User.grants))
        )
        if user is None:
            user = User(
                display_name=candidate.display_name,
                person_id=candidate.person_id,
                recipient_id=candidate.recipient_id,
                created_at=now,
            )
            session.add(user)
            session.flush()
            audit.record(
                actor_id=user.id,
                action="user.created",
                subject_kind="user",
                subject_id=user.id,
                person_id=candidate.person_id,
                now=now,
            )
        elif user.disabled_at is not None:
            raise CodeRefused
        return user.id


def sign_out_everywhere(*, user_id: int, actor_id: int | None, now: datetime) -> None:
    """End every session of a user."""
    with transaction():
        user = lock(User, user_id)
        user.session_epoch += 1
        audit.record(
            actor_id=actor_id,
            action="user.signed_out_everywhere",
            subject_kind="user",
            subject_id=user_id,
            person_id=user.person_id,
            now=now,
        )
