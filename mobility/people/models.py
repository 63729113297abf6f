"""The person's file and what hangs on it.

No relationship is declared: queries load what they need, so that nothing is loaded row by row.
``recipient_id`` leads to the contact points, which stand in ``notifications``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, Versioned, enum_type
from mobility.geo.geocoding import Precision
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    LegalProtection,
    LicenceCategory,
    NoteKind,
    PersonStatus,
    Phase,
    ReadingEase,
    RepresentativeKind,
    RequestChannel,
    RetentionAction,
    RetentionOutcome,
    RetentionState,
    RightsKind,
    RightsState,
)

NIR_EXEMPT = {"nir": "exempt"}

# What must be empty once a file is erased: the identity and every free text of the row itself.
ERASED_COLUMNS = (
    "born_on",
    "birth_name",
    "street",
    "address_note",
    "postcode",
    "city",
    "insee_code",
    "latitude",
    "longitude",
    "position_precision",
    "france_travail_id",
    "neph",
    "second_secret_hash",
    "card_code_hash",
    "protection_reason",
)
_ERASED_IS_EMPTY = " AND ".join(f"{name} IS NULL" for name in ERASED_COLUMNS)


def display_name(person_id: int, first_name: str, last_name: str) -> str:
    """Return « Prénom Nom », or what an erased file is called."""
    return f"{first_name} {last_name}".strip() or f"Personne effacée n° {person_id}"


class Person(Versioned, Base):
    """Somebody who is accompanied, or who has been."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(
            "erased_at IS NOT NULL OR (first_name <> '' AND last_name <> '' AND born_on IS NOT NULL)",
            name="named_unless_erased",
        ),
        CheckConstraint(
            f"erased_at IS NULL OR (first_name = '' AND last_name = '' AND name_key = '' AND name_plain = '' "
            f"AND {_ERASED_IS_EMPTY})",
            name="erased_is_anonymous",
        ),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("(merged_into_id IS NULL) = (merged_at IS NULL)", name="merged_with_instant"),
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (position_precision IS NULL)",
            name="position_whole",
        ),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_on_earth"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_on_earth"),
        CheckConstraint("born_on >= '1900-01-01'", name="born_in_living_memory"),
        CheckConstraint("length(france_travail_id) IN (8, 11)", name="france_travail_id_length"),
        CheckConstraint("length(neph) = 12", name="neph_length"),
        CheckConstraint("length(postcode) = 5", name="postcode_length"),
        CheckConstraint("length(insee_code) = 5", name="insee_code_length"),
        CheckConstraint("restricted_at IS NULL OR restricted_at >= created_at", name="restricted_after_creation"),
        # No unique constraint on france_travail_id: it would tell of a protected file by its refusal.
        Index("ix_person_merged_into_id", "merged_into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipient.id"), unique=True)
    referent_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(120))
    birth_name: Mapped[str | None] = mapped_column(String(120))
    born_on: Mapped[date | None] = mapped_column(index=True)
    name_key: Mapped[str] = mapped_column(String(400), index=True)
    """Phonetic keys of the names, each between spaces: « " MRTN JN " »."""
    name_plain: Mapped[str] = mapped_column(String(800), index=True)
    """The names without accents, in lower case, each between spaces."""
    language: Mapped[str] = mapped_column(String(8), default="fr")
    reading_ease: Mapped[ReadingEase] = mapped_column(enum_type(ReadingEase), default=ReadingEase.EASY)
    street: Mapped[str | None] = mapped_column(String(200))
    address_note: Mapped[str | None] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(String(5))
    city: Mapped[str | None] = mapped_column(String(120))
    insee_code: Mapped[str | None] = mapped_column(String(5), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_precision: Mapped[Precision | None] = mapped_column(enum_type(Precision, name="position_precision"))
    france_travail_id: Mapped[str | None] = mapped_column(String(11), index=True)
    neph: Mapped[str | None] = mapped_column(String(12))
    status: Mapped[PersonStatus] = mapped_column(enum_type(PersonStatus), default=PersonStatus.JOB_SEEKER)
    phase: Mapped[Phase] = mapped_column(enum_type(Phase, name="phase"), default=Phase.WELCOME)
    phase_since_on: Mapped[date | None]
    """Since when; None: since the file was opened. Its history stands in ``caseload``."""
    legal_protection: Mapped[LegalProtection] = mapped_column(enum_type(LegalProtection), default=LegalProtection.NONE)
    protected: Mapped[bool] = mapped_column(default=False, index=True)
    protection_reason: Mapped[str | None] = mapped_column(Text)
    second_secret_hash: Mapped[str | None] = mapped_column(String(200), info=NIR_EXEMPT)
    card_code_hash: Mapped[str | None] = mapped_column(String(64), unique=True, info=NIR_EXEMPT)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    last_contact_at: Mapped[datetime] = mapped_column(index=True)
    restricted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    merged_at: Mapped[datetime | None]

    @property
    def full_name(self) -> str:
        """Return « Prénom Nom », or what an erased file is called."""
        return display_name(self.id, self.first_name, self.last_name)


class PersonStaff(Base):
    """One of the named staff of a protected file."""

    __tablename__ = "person_staff"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]


class PersonLicence(Versioned, Base):
    """A category of the driving licence that the person holds, and who has seen the paper."""

    __tablename__ = "person_licence"
    __table_args__ = (
        UniqueConstraint("person_id", "category"),
        CheckConstraint("(checked_by_id IS NULL) = (checked_at IS NULL)", name="checked_by_and_at"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= issued_on", name="valid_after_issue"),
        CheckConstraint(
            "suspended_until_on IS NULL OR (suspended_from_on IS NOT NULL AND suspended_until_on >= suspended_from_on)",
            name="suspension_in_order",
        ),
        CheckConstraint("probation_until_on IS NULL OR probation_until_on >= issued_on", name="probation_after_issue"),
        CheckConstraint("length(country) = 2", name="country_iso2"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    category: Mapped[LicenceCategory] = mapped_column(enum_type(LicenceCategory))
    number: Mapped[str | None] = mapped_column(String(20))
    issued_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Codes of restriction as printed: « 01.06 », « 78 » (automatic gearbox only)."""
    country: Mapped[str] = mapped_column(String(2), default="FR")
    exchange_due_on: Mapped[date | None]
    ads_until_on: Mapped[date | None]
    """Last day of the attestation that the exchange was asked for (ADS); it covers meanwhile."""
    suspended_from_on: Mapped[date | None]
    suspended_until_on: Mapped[date | None]
    probation_until_on: Mapped[date | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime | None]


class PersonConsent(Base):
    """An agreement, and its withdrawal; a new agreement is a new row."""

    __tablename__ = "person_consent"
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="withdrawn_after_given"),
        Index(
            "uq_person_consent_standing",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(enum_type(ConsentKind))
    manner: Mapped[ConsentManner] = mapped_column(enum_type(ConsentManner))
    given_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Representative(Versioned, Base):
    """Somebody who signs for a minor or for a protected adult."""

    __tablename__ = "representative"
    __table_args__ = (
        CheckConstraint("last_name <> '' OR organisation_name IS NOT NULL", name="named"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= valid_from_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[RepresentativeKind] = mapped_column(enum_type(RepresentativeKind))
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    organisation_name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The paper that proves the quality (judgment, family record)."""
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"))
    """By whom links to sign are received; made when the first one leaves."""


class ContactNote(Base):
    """A call or a visit, noted in 20 seconds, with whoever must call back."""

    __tablename__ = "contact_note"
    __table_args__ = (
        CheckConstraint("person_id IS NOT NULL OR caller_name <> '' OR erased_at IS NOT NULL", name="somebody"),
        CheckConstraint("(callback_user_id IS NULL) = (callback_due_on IS NULL)", name="callback_whole"),
        CheckConstraint("(called_back_by_id IS NULL) = (called_back_at IS NULL)", name="called_back_whole"),
        CheckConstraint("called_back_at IS NULL OR callback_user_id IS NOT NULL", name="called_back_was_due"),
        CheckConstraint("called_back_at IS NULL OR called_back_at >= noted_at", name="called_back_after_note"),
        CheckConstraint(
            "called_back_at IS NULL OR erased_at IS NOT NULL OR coalesce(outcome, '') <> ''",
            name="called_back_with_outcome",
        ),
        CheckConstraint(
            "erased_at IS NULL OR (caller_name = '' AND caller_phone IS NULL AND text = '' AND outcome IS NULL)",
            name="erased_is_empty",
        ),
        Index("ix_contact_note_callback", "callback_user_id", "called_back_at", "callback_due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[NoteKind] = mapped_column(enum_type(NoteKind))
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    caller_phone: Mapped[str | None] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    noted_at: Mapped[datetime] = mapped_column(index=True)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    callback_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    callback_due_on: Mapped[date | None]
    called_back_at: Mapped[datetime | None]
    called_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None]


class RightsRequest(Base):
    """A request under the GDPR: access, rectification or erasure, with its clock."""

    __tablename__ = "rights_request"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_with_instant"),
        CheckConstraint("due_on >= received_on", name="due_after_receipt"),
        CheckConstraint("(extended_at IS NULL) = (extension_reason IS NULL)", name="extension_has_reason"),
        CheckConstraint("state <> 'refused' OR answer <> ''", name="refusal_has_reason"),
        Index("ix_rights_request_open", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[RightsKind] = mapped_column(enum_type(RightsKind))
    channel: Mapped[RequestChannel] = mapped_column(enum_type(RequestChannel))
    wish: Mapped[str] = mapped_column(Text, default="")
    received_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[RightsState] = mapped_column(enum_type(RightsState), default=RightsState.OPEN)
    extended_at: Mapped[datetime | None]
    extension_reason: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(Text, default="")


class RetentionRun(Base):
    """A list of files whose time is over: seen by a manager, confirmed, then carried out."""

    __tablename__ = "retention_run"
    __table_args__ = (
        CheckConstraint("(state IN ('confirmed', 'done')) = (confirmed_at IS NOT NULL)", name="confirmed_with_instant"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="done_with_instant"),
        Index(
            "uq_retention_run_standing",
            "desk_id",
            unique=True,
            sqlite_where=text("state IN ('planned', 'confirmed')"),
            postgresql_where=text("state IN ('planned', 'confirmed')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    state: Mapped[RetentionState] = mapped_column(enum_type(RetentionState), default=RetentionState.PLANNED)
    planned_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RetentionItem(Base):
    """One file of a retention run, with what is to become of it and why."""

    __tablename__ = "retention_item"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        CheckConstraint("(outcome = 'kept') = (kept_by_id IS NOT NULL)", name="kept_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("retention_run.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    action: Mapped[RetentionAction] = mapped_column(enum_type(RetentionAction))
    outcome: Mapped[RetentionOutcome] = mapped_column(enum_type(RetentionOutcome), default=RetentionOutcome.PLANNED)
    last_contact_at: Mapped[datetime]
    keep_until_on: Mapped[date | None]
    """The longest clock that another room claims (loans, accounts); None: nothing holds the file."""
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kept_reason: Mapped[str | None] = mapped_column(Text)
