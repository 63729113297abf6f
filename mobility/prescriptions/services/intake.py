"""A prescription comes in: typed, checked, kept as a draft or sent to the desk of the commune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of, format_date
from mobility.core.crypto import keyed_hash
from mobility.core.db import load, lock, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.links import public_url
from mobility.core.retry import retried
from mobility.desks.queries import desks_serving
from mobility.documents import services as documents
from mobility.documents.queries import list_for
from mobility.documents.services import Prepared
from mobility.geo import communes
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Holder, MessageClass
from mobility.organisations.models import Organisation
from mobility.organisations.queries import agreements_in_force
from mobility.organisations.rules import OrganisationKind
from mobility.people import services as people
from mobility.people.errors import CommuneUnknown, NoteClosed
from mobility.people.identifiers import clean_email, clean_phone
from mobility.people.kinds import LANGUAGES, ConsentManner
from mobility.people.names import clean_name, name_key
from mobility.people.rules import check_birth_date
from mobility.prescriptions import parameters, tokens
from mobility.prescriptions.errors import (
    ConsentNeeded,
    DeadlineHalf,
    DraftGone,
    NotAPrescriber,
    PersonUnreachable,
    TooManyFiles,
)
from mobility.prescriptions.kinds import DeadlineKind, Need, Source
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import Action, State
from mobility.prescriptions.services.common import clean_note, make_recipient, move, tell_person, tell_referent
from mobility.prescriptions.services.routing import route

PAPER = "orientation"
OWNER = "prescription"
DRAFT_VALUE_MAX = 4000
FILES_MAX = 10


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What somebody typed about the person whom they send. ``clean`` gives the columns."""

    first_name: str
    last_name: str
    born_on: date
    insee_code: str
    consent: bool
    needs: Sequence[Need]
    consent_manner: ConsentManner = ConsentManner.SPOKEN
    shares_back: bool = False
    phone: str | None = None
    email: str | None = None
    discreet: bool = False
    street: str | None = None
    language: str = "fr"
    need_text: str | None = None
    deadline_kind: DeadlineKind | None = None
    deadline_on: date | None = None
    constraints_text: str | None = None
    said: str | None = None
    referent_name: str | None = None
    referent_role: str | None = None
    referent_phone: str | None = None
    referent_email: str | None = None

    def clean(self, *, now: datetime) -> dict[str, Any]:
        """Return the values of the columns. Raises a violation on the field it concerns."""
        if not self.consent:
            raise ConsentNeeded
        check_birth_date(self.born_on, today=day_of(now))
        commune = communes.find(self.insee_code)
        if commune is None:
            raise CommuneUnknown(field="commune")
        if not (self.phone or self.email or self.street):
            raise PersonUnreachable
        if (self.deadline_kind is None) != (self.deadline_on is None):
            raise DeadlineHalf(field="deadline_on" if self.deadline_on is None else "deadline_kind")
        return {
            "first_name": clean_name(self.first_name, field="first_name"),
            "last_name": clean_name(self.last_name, field="last_name"),
            "name_key": name_key(self.last_name, self.first_name)[:400],
            "born_on": self.born_on,
            "phone": clean_phone(self.phone, field="phone") if self.phone else None,
            "email": clean_email(self.email, field="email") if self.email else None,
            "discreet": self.discreet,
            "street": (self.street or "").strip() or None,
            "insee_code": commune.insee_code,
            "city": commune.name,
            "language": self.language if self.language in LANGUAGES else "fr",
            "consent_at": now,
            "consent_manner": ConsentManner(self.consent_manner),
            "shares_back": self.shares_back,
            "needs": [Need(code).value for code in self.needs],
            "need_text": clean_note(self.need_text),
            "deadline_kind": self.deadline_kind,
            "deadline_on": self.deadline_on,
            "constraints_text": clean_note(self.constraints_text),
            "said": clean_note(self.said),
            "referent_name": (self.referent_name or "").strip(),
            "referent_role": (self.referent_role or "").strip(),
            "referent_phone": clean_phone(self.referent_phone, field="referent_phone") if self.referent_phone else None,
            "referent_email": clean_email(self.referent_email, field="referent_email") if self.referent_email else None,
        }


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a prescription comes from."""

    source: Source
    organisation_id: int | None
    link_id: int | None = None
    user_id: int | None = None
    sender: str = ""
    """The network address of a public form, kept as a keyed hash for a day."""


def check_prescriber(organisation_id: int | None) -> Organisation | None:
    """Return the organisation that sends. Raises NotAPrescriber for one that does not, or no more."""
    if organisation_id is None:
        return None
    try:
        found = load(Organisation, organisation_id)
    except NotFound:
        raise NotAPrescriber from None
    if found.kind is not OrganisationKind.PRESCRIBER or found.archived_at is not None:
        raise NotAPrescriber
    return found


@retried
def send(
    *,
    intake: Intake,
    origin: Origin,
    now: datetime,
    desk_id: int | None = None,
    draft_id: int | None = None,
    files: Sequence[Prepared] = (),
    note_id: int | None = None,
) -> int:
    """Send a prescription to the desk of the commune (or the one that staff chose); return its id.

    A draft becomes it; the first contact ``note_id`` that it is made from is answered by it. The person and the
    referent are told. Raises a violation on the field it concerns,
    NoDeskServes, NotAPrescriber, DraftGone.
    """
    values = intake.clean(now=now)
    today = day_of(now)
    with transaction() as session:
        organisation = check_prescriber(origin.organisation_id)
        chosen = route(intake.insee_code, desk_id)
        row = _row(origin, draft_id=draft_id, now=now)
        for name, value in values.items():
            setattr(row, name, value)
        row.desk_id, row.received_at, row.touched_at = chosen, now, now
        row.outside = not desks_serving(row.insee_code)
        days, row.agreement_id = _promise(chosen, origin.organisation_id, on=today)
        target = timing.target_on(today, days)
        row.target_on, row.due_on = target, timing.due_on(target, row.deadline_on, received_on=today)
        _forget_mailbox(row, now=now)
        row.referent_recipient_id = make_recipient(
            phone=row.referent_phone,
            email=row.referent_email,
            holder=Holder.PROFESSIONAL,
            name=row.referent_name or (organisation.name if organisation else "Prescripteur"),
            neutral=False,
            locale="fr",
            now=now,
        )
        row.person_recipient_id = make_recipient(
            phone=row.phone,
            email=row.email,
            holder=Holder.SELF,
            name="",
            neutral=row.discreet,
            locale=row.language,
            now=now,
        )
        # At once before the state that goes with it: nothing is written in between.
        row.draft = row.draft_until_at = None
        move(session, row, Action.SEND, actor_id=origin.user_id, now=now, facts={"desk_id": chosen})
        keep_files(row, files, actor_id=origin.user_id, now=now)
        _answer_contact(row, note_id, actor_id=origin.user_id, now=now)
        tell_person(
            session,
            row,
            "prescription_received",
            key="received",
            now=now,
            organisation=organisation.name if organisation else "Un professionnel",
            before=format_date(target),
            url=public_url("legal.privacy"),
        )
        tell_referent(session, row, "prescription_receipt", key="receipt", now=now)
        return row.id


def _answer_contact(row: Prescription, note_id: int | None, *, actor_id: int | None, now: datetime) -> None:
    """Let the call or visit that it comes from wait no more: what came of it is the prescription."""
    if note_id is None or actor_id is None:
        return
    row.contact_note_id = note_id
    with suppress(NoteClosed):  # somebody has called back already, or nobody had to
        people.call_back(note_id=note_id, outcome=f"Orientation n° {row.id}", actor_id=actor_id, now=now)


def _promise(desk_id: int, organisation_id: int | None, *, on: date) -> tuple[int, int | None]:
    """Return the target in days, and the agreement that it stands under."""
    usual = parameters.target_days(on=on, desk_id=desk_id, organisation_id=organisation_id)
    if organisation_id is None:
        return usual, None
    found = agreements_in_force(on=on, desk_id=desk_id, organisation_id=organisation_id)
    return timing.promised([timing.Promise(one.id, one.first_meeting_days) for one in found], usual_days=usual)


def _row(origin: Origin, *, draft_id: int | None, now: datetime) -> Prescription:
    """Return the row that becomes the prescription: the draft, or a new one."""
    if draft_id is not None:
        return lock_draft(draft_id, origin, now=now)
    with transaction() as session:
        row = Prescription(state=State.DRAFT, created_at=now, **_columns(origin))
        session.add(row)
        row.draft, row.draft_until_at = {}, now
        # Its constraints hold once it is sent, in the same transaction.
        session.flush()
        return row


def _columns(origin: Origin) -> dict[str, Any]:
    return {
        "source": origin.source,
        "organisation_id": origin.organisation_id,
        "link_id": origin.link_id,
        "created_by_id": origin.user_id,
        "sender_hash": keyed_hash(origin.sender, purpose="prescription-sender") if origin.sender else None,
    }


def lock_draft(draft_id: int, origin: Origin, *, now: datetime) -> Prescription:
    """Return the draft, held. Raises DraftGone where it was sent, is too old, or is another sender's."""
    try:
        row = lock(Prescription, draft_id)
    except NotFound:
        raise DraftGone from None
    mine = (row.link_id, row.organisation_id, row.source) == (origin.link_id, origin.organisation_id, origin.source)
    if row.state is not State.DRAFT or row.draft_until_at is None or row.draft_until_at <= now or not mine:
        raise DraftGone
    return row


def keep_files(row: Prescription, files: Sequence[Prepared], *, actor_id: int | None, now: datetime) -> None:
    """Keep the files that came along. Raises TooManyFiles: a link is in many hands."""
    if files and len(list_for(OWNER, row.id)) + len(files) > FILES_MAX:
        raise TooManyFiles
    for prepared in files:
        documents.store(
            prepared=prepared,
            kind=PAPER,
            owner_kind=OWNER,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )


@retried
def save_draft(
    *,
    values: Mapping[str, str | list[str]],
    origin: Origin,
    now: datetime,
    draft_id: int | None = None,
    files: Sequence[Prepared] = (),
) -> int:
    """Keep what was typed, as it was typed; return the draft's id. Raises DraftGone, NirRefused."""
    kept = {name[:60]: _cut(value) for name, value in values.items() if value}
    until = now + timedelta(days=parameters.draft_days(on=day_of(now)))
    with transaction() as session:
        check_prescriber(origin.organisation_id)
        if draft_id is None:
            row = Prescription(state=State.DRAFT, created_at=now, **_columns(origin))
            row.draft, row.draft_until_at = kept, until
            session.add(row)
            session.flush()
        else:
            row = lock_draft(draft_id, origin, now=now)
            # The address of a draft is made from its end, which stays: a link that was kept goes on working.
            row.draft = kept
            session.flush()
        keep_files(row, files, actor_id=origin.user_id, now=now)
        _send_draft_link(session, row, str(kept.get("referent_email") or ""), now=now)
        return row.id


def _send_draft_link(session: Session, row: Prescription, email: str, *, now: datetime) -> None:
    """Send whoever fills in a draft the address under which they find it again: once a draft, nothing of its words."""
    if row.referent_recipient_id is not None or not email or row.draft_until_at is None:
        return
    try:
        mailbox = clean_email(email, field="referent_email")
    except RuleViolation:
        return  # a draft may hold half an address
    row.referent_recipient_id = make_recipient(
        phone=None, email=mailbox, holder=Holder.PROFESSIONAL, name="Prescripteur", neutral=False, locale="fr", now=now
    )
    session.flush()
    if row.referent_recipient_id is None:
        return
    notifications.queue(
        recipient_id=row.referent_recipient_id,
        template="prescription_draft",
        params={"before": format_date(day_of(row.draft_until_at)), "url": tokens.draft_url(row, now=now)},
        message_class=MessageClass.NORMAL,
        dedup_key=f"prescription:{row.id}:draft",
        now=now,
        expires_at=row.draft_until_at,
    )


def _forget_mailbox(row: Prescription, *, now: datetime) -> None:
    """Erase the mailbox that a draft was sent to."""
    gone, row.referent_recipient_id = row.referent_recipient_id, None
    if gone is not None:
        notifications.erase_recipient(recipient_id=gone, now=now)


def _cut(value: str | list[str]) -> str | list[str]:
    return value[:DRAFT_VALUE_MAX] if isinstance(value, str) else [one[:200] for one in value[:30]]


def forget_drafts(*, now: datetime, limit: int = 500) -> int:
    """Delete the drafts whose time is over, with their files. Returns how many."""
    with transaction() as session:
        rows = session.scalars(
            select(Prescription)
            .where(Prescription.state == State.DRAFT, Prescription.draft_until_at <= now)
            .order_by(Prescription.id)
            .limit(limit)
            .with_for_update()
        ).all()
        for row in rows:
            documents.erase_all_of(owner_kind=OWNER, owner_id=row.id, actor_id=None, now=now)
            _forget_mailbox(row, now=now)
            session.delete(row)
        return len(rows)
