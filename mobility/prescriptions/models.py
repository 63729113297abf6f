"""The tables of prescriptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.people.kinds import ConsentManner
from mobility.prescriptions.kinds import DeadlineKind, ImportState, Source
from mobility.prescriptions.rules.referents import Sees
from mobility.prescriptions.rules.states import Action, Outcome, RefusalReason, State

NIR_EXEMPT = {"nir": "exempt"}


class PrescriptionLink(Base):
    """The address by which an organisation sends people without an account. The address itself is signed, not kept."""

    __tablename__ = "prescription_link"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("revoked_at IS NULL OR revoked_at >= created_at", name="revoked_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    label: Mapped[str] = mapped_column(String(120), default="")
    """Who uses it, in the organisation's own words: « Accueil de Denain »."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Prescription(Versioned, Base):
    """Somebody who is sent, by whom, why, until when; and what became of it."""

    __tablename__ = "prescription"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (draft IS NOT NULL)", name="draft_has_its_words"),
        CheckConstraint("(state = 'draft') = (draft_until_at IS NOT NULL)", name="draft_expires"),
        CheckConstraint(
            "state = 'draft' OR (desk_id IS NOT NULL AND received_at IS NOT NULL AND target_on IS NOT NULL "
            "AND due_on IS NOT NULL AND touched_at IS NOT NULL)",
            name="sent_is_routed",
        ),
        CheckConstraint("state = 'draft' OR consent_at IS NOT NULL", name="sent_with_consent"),
        CheckConstraint("(consent_at IS NULL) = (consent_manner IS NULL)", name="consent_whole"),
        CheckConstraint(
            "state = 'draft' OR erased_at IS NOT NULL OR (first_name <> '' AND last_name <> '')",
            name="named_unless_erased",
        ),
        CheckConstraint(
            "erased_at IS NULL OR (first_name = '' AND last_name = '' AND name_key = '' AND born_on IS NULL "
            "AND phone IS NULL AND email IS NULL AND street IS NULL AND need_text = '' AND constraints_text = '' "
            "AND said = '' AND referent_name = '' AND referent_phone IS NULL AND referent_email IS NULL "
            "AND transfer_note = '' AND reopen_note IN ('', 'effacé'))",
            name="erased_is_anonymous",
        ),
        CheckConstraint("(deadline_kind IS NULL) = (deadline_on IS NULL)", name="deadline_whole"),
        CheckConstraint("due_on <= target_on", name="due_within_target"),
        CheckConstraint(
            "state NOT IN ('assigned', 'waiting_info') OR assignee_id IS NOT NULL", name="assigned_to_somebody"
        ),
        CheckConstraint(
            "state NOT IN ('accepted', 'meeting_booked', 'started') OR person_id IS NOT NULL", name="accepted_has_file"
        ),
        CheckConstraint(
            "state <> 'waiting_info' OR (asked_at IS NOT NULL AND answered_at IS NULL)", name="waiting_was_asked"
        ),
        CheckConstraint("answered_at IS NULL OR asked_at IS NOT NULL", name="answered_was_asked"),
        CheckConstraint("state <> 'meeting_booked' OR meeting_at IS NOT NULL", name="booked_has_instant"),
        CheckConstraint(
            "attendance_id IS NULL OR (meeting_at IS NOT NULL AND person_id IS NOT NULL)", name="tied_to_a_meeting"
        ),
        CheckConstraint("missed_on IS NULL OR meeting_at IS NOT NULL", name="missed_was_booked"),
        CheckConstraint("state <> 'started' OR met_on IS NOT NULL", name="started_was_met"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("(state = 'refused') = (refusal_reason IS NOT NULL)", name="refused_has_reason"),
        CheckConstraint("state <> 'refused' OR ending_note <> ''", name="refused_says_why"),
        CheckConstraint("(state IN ('closed', 'refused')) = (ended_at IS NOT NULL)", name="ended_with_instant"),
        CheckConstraint("ended_at IS NULL OR ended_at >= received_at", name="ended_after_receipt"),
        CheckConstraint("(reopened_at IS NULL) = (reopen_note = '')", name="reopened_says_why"),
        Index("ix_prescription_inbox", "desk_id", "state", "due_on"),
        Index("ix_prescription_met", "desk_id", "met_on"),
        Index("ix_prescription_sender", "link_id", "created_at"),
        Index("ix_prescription_address", "sender_hash", "created_at"),
        Index("ix_prescription_same", "name_key", "born_on"),
        Index("ix_prescription_touched", "state", "touched_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[State] = mapped_column(enum_type(State, name="state"))
    source: Mapped[Source] = mapped_column(enum_type(Source, name="source"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("prescription_link.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    sender_hash: Mapped[str | None] = mapped_column(String(64), info=NIR_EXEMPT)
    """A keyed hash of the address that it came from, to count; emptied after a day."""
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was typed, as it was typed, until it is sent."""
    draft_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)

    referent_name: Mapped[str] = mapped_column(String(120), default="")
    referent_role: Mapped[str] = mapped_column(String(120), default="")
    referent_phone: Mapped[str | None] = mapped_column(String(20))
    referent_email: Mapped[str | None] = mapped_column(String(254))
    referent_recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"))

    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    name_key: Mapped[str] = mapped_column(String(400), default="")
    born_on: Mapped[date | None]
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    discreet: Mapped[bool] = mapped_column(default=False)
    """Somebody else reads the person's messages: nothing on the subject may stand in them."""
    street: Mapped[str | None] = mapped_column(String(200))
    insee_code: Mapped[str] = mapped_column(String(5), default="")
    outside: Mapped[bool] = mapped_column(default=False, index=True)
    """No desk served the commune when it was sent: whoever sent it chose a desk, or let the nearest be chosen."""
    city: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(8), default="fr")
    person_recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"))
    """Who is told before there is a file; afterwards the file's own recipient is."""

    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_manner: Mapped[ConsentManner | None] = mapped_column(enum_type(ConsentManner, name="consent_manner"))
    shares_back: Mapped[bool] = mapped_column(default=False)
    """The person agrees that the prescriber is told more than « reçue, commencée, terminée »."""
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    need_text: Mapped[str] = mapped_column(Text, default="")
    deadline_kind: Mapped[DeadlineKind | None] = mapped_column(enum_type(DeadlineKind, name="deadline_kind"))
    deadline_on: Mapped[date | None]
    constraints_text: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[str] = mapped_column(Text, default="")
    """What the prescriber has told the person about the platform."""

    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    """The agreement under which the person was sent; it may promise its own target."""
    target_on: Mapped[date | None]
    due_on: Mapped[date | None]
    touched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    nudged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked: Mapped[list[str]] = mapped_column(JSON, default=list)
    ask_note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_note: Mapped[str] = mapped_column(Text, default="")
    transfer_note: Mapped[str] = mapped_column(Text, default="")
    """Why another desk handed it over; read by the team that has it now."""
    transferred_from_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"))
    contact_note_id: Mapped[int | None] = mapped_column(ForeignKey("contact_note.id"), index=True)
    """The call or visit that it was made from."""
    meeting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attendance_id: Mapped[int | None] = mapped_column(ForeignKey("attendance.id"), index=True)
    """The appointment of the agenda that the meeting is; None: it was noted by hand."""
    missed_on: Mapped[date | None]
    """The day on which the person did not come, until another meeting is booked."""
    met_on: Mapped[date | None]
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome, name="outcome"))
    refusal_reason: Mapped[RefusalReason | None] = mapped_column(enum_type(RefusalReason, name="refusal_reason"))
    ending_note: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopen_note: Mapped[str] = mapped_column(Text, default="")
    """Why an ended prescription goes on; read by the team alone."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PrescriptionEvent(Base):
    """One line of a prescription's log: ids, codes and dates, no words."""

    __tablename__ = "prescription_event"
    __table_args__ = (Index("ix_prescription_event_prescription", "prescription_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prescription_id: Mapped[int] = mapped_column(ForeignKey("prescription.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[Action] = mapped_column(enum_type(Action, name="action"))
    from_state: Mapped[State | None] = mapped_column(enum_type(State, name="from_state"))
    to_state: Mapped[State] = mapped_column(enum_type(State, name="to_state"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class OutsideReferent(Versioned, Base):
    """A professional of another organisation who follows the person too, and what the person lets them know."""

    __tablename__ = "outside_referent"
    __table_args__ = (
        CheckConstraint("sees = 'nothing' OR consent_at IS NOT NULL", name="told_with_consent"),
        CheckConstraint("(consent_at IS NULL) = (consent_manner IS NULL)", name="consent_whole"),
        CheckConstraint(
            "sees = 'nothing' OR ended_at IS NOT NULL OR recipient_id IS NOT NULL", name="told_is_reachable"
        ),
        CheckConstraint("erased_at IS NOT NULL OR (name <> '' AND organisation_name <> '')", name="named"),
        CheckConstraint(
            "erased_at IS NULL OR (name = '' AND role = '' AND phone IS NULL AND email IS NULL "
            "AND ended_at IS NOT NULL)",
            name="erased_is_anonymous",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= created_at", name="ended_after_start"),
        Index("ix_outside_referent_person", "person_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"))
    sees: Mapped[Sees] = mapped_column(enum_type(Sees, name="sees"), default=Sees.NOTHING)
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person agreed to what is told now; None: nothing is."""
    consent_manner: Mapped[ConsentManner | None] = mapped_column(enum_type(ConsentManner, name="consent_manner"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PrescriptionImport(Versioned, Base):
    """A file of prescriptions: read, shown, and nothing more until it is confirmed. Its rows are emptied then."""

    __tablename__ = "prescription_import"
    __table_args__ = (
        CheckConstraint("(state = 'preview') = (rows IS NOT NULL)", name="rows_until_decided"),
        CheckConstraint("(state = 'preview') = (decided_at IS NULL)", name="decided_with_instant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ImportState] = mapped_column(enum_type(ImportState, name="state"), default=ImportState.PREVIEW)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    filename: Mapped[str] = mapped_column(String(200), default="")
    rows: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made: Mapped[int] = mapped_column(default=0)
