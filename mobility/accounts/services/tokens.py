"""Bearer tokens of integrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.accounts.errors import UnknownScope
from mobility.accounts.models import ApiToken, User
from mobility.accounts.policy import SCOPES
from mobility.core.crypto import keyed_hash, random_token
from mobility.core.db import lock, transaction
from mobility.core.errors import RuleViolation

PREFIX = "mob_"


def create_token(
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    desk_ids: Sequence[int] | None = None,
    actor_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Create a token and the technical user it acts as. Returns the secret, shown once. Raises UnknownScope."""
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(scope=scope, known=", ".join(SCOPES))
    if not scopes:
        raise RuleViolation("Donnez au moins une portée.", field="scope", code="no_scope")
    secret = PREFIX + random_token(32)
    try:
        with transaction() as session:
            user = User(display_name=name, email=f"api+{random_token(9).lower()}@integration.invalid", created_at=now)
            session.add(user)
            session.flush()
            token = ApiToken(
                name=name,
                token_hash=keyed_hash(secret, purpose="api-token"),
                scopes=sorted(set(scopes)),
                desk_ids=None if desk_ids is None else sorted(set(desk_ids)),
                user_id=user.id,
                created_at=now,
                expires_at=expires_at,
            )
            session.add(token)
            session.flush()
            audit.record(
                actor_id=actor_id,
                action="token.created",
                subject_kind="api_token",
                subject_id=token.id,
                now=now,
                changes={"name": (None, name), "scopes": (None, " ".join(token.scopes))},
            )
    except IntegrityError as error:
        raise RuleViolation(
            "Un jeton porte déjà ce nom : %(name)s.", name=name, field="name", code="token_name_taken"
        ) from error
    return secret


def revoke_token(*, token_id: int, actor_id: int | None, now: datetime) -> None:
    """End a token at once."""
    with transaction():
        token = lock(ApiToken, token_id)
        token.revoked_at = token.revoked_at or now
        audit.record(actor_id=actor_id, action="token.revoked", subject_kind="api_token", subject_id=token_id, now=now)
