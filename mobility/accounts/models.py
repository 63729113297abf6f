"""Tables: users and what they may, how they sign in, and what was seen and changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.accounts.policy import Role
from mobility.core.db import Base, enum_type


class User(Base):
    """Somebody who signs in: staff and partners by password, a beneficiary by link or code."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("person_id IS NOT NULL OR email IS NOT NULL", name="email_or_person"),
        CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_secret_encrypted IS NOT NULL", name="totp_confirmed_has_secret"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    display_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200), info={"nir": "exempt"})
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"), unique=True)
    person_id: Mapped[int | None] = mapped_column(Integer, unique=True)
    session_epoch: Mapped[int] = mapped_column(Integer, default=1)
    totp_secret_encrypted: Mapped[str | None] = mapped_column(String(300), info={"nir": "exempt"})
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    grants: Mapped[list[UserGrant]] = relationship(back_populates="user", lazy="raise", cascade="all, delete-orphan")


class UserGrant(Base):
    """A role, at one desk, for one organisation, or everywhere."""

    __tablename__ = "user_grant"
    __table_args__ = (
        CheckConstraint("desk_id IS NULL OR organisation_id IS NULL", name="desk_or_organisation"),
        CheckConstraint(
            "role IN ('auditor', 'administrator') OR desk_id IS NOT NULL OR organisation_id IS NOT NULL", name="scoped"
        ),
        CheckConstraint("role <> 'beneficiary'", name="not_beneficiary"),
        UniqueConstraint("user_id", "role", "desk_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)

    user: Mapped[User] = relationship(back_populates="grants", lazy="raise")


class RecoveryCode(Base):
    """A one-time code that replaces the second factor when the phone is lost."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), info={"nir": "exempt"})
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A failed attempt, by a keyed hash of what was tried (account or address), for throttling."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_key_hash_at", "key_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), info={"nir": "exempt"})
    at: Mapped[datetime] = mapped_column(index=True)


class SignInCode(Base):
    """A one-time code and link sent to a phone or mailbox."""

    __tablename__ = "sign_in_code"
    __table_args__ = (
        CheckConstraint("attempts >= 0 AND attempts <= 5", name="attempts_bounded"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(64), unique=True, info={"nir": "exempt"})
    contact_hash: Mapped[str] = mapped_column(String(64), index=True, info={"nir": "exempt"})
    contact_ids: Mapped[list[int]] = mapped_column(JSON)
    code_hash: Mapped[str] = mapped_column(String(64), info={"nir": "exempt"})
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """The bearer token of an integration."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"nir": "exempt"})
    scopes: Mapped[list[str]] = mapped_column(JSON)
    desk_ids: Mapped[list[int] | None] = mapped_column(JSON)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did or saw what, when. Ids and codes only: it outlives the personal values."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_person_id_at", "person_id", "at"),
        Index("ix_audit_entry_actor_user_id_at", "actor_user_id", "at"),
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_user_id: Mapped[int | None] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(Integer)
    request_id: Mapped[str | None] = mapped_column(String(32), info={"nir": "exempt"})

    values: Mapped[list[AuditValue]] = relationship(back_populates="entry", lazy="raise")


class AuditValue(Base):
    """One field before and after, apart from its entry so that it can be erased."""

    __tablename__ = "audit_value"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), index=True)
    field: Mapped[str] = mapped_column(String(80))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None]

    entry: Mapped[AuditEntry] = relationship(back_populates="values", lazy="raise")
