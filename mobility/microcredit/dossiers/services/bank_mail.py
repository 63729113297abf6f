"""What a bank is written: that a dossier waits behind its link, and once more where it does not say that it has it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from mobility.core import jobs, links
from mobility.core.clock import day_of, format_date
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.microcredit.dossiers import checklist, parameters, words
from mobility.microcredit.dossiers.errors import AlreadyAnswered
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditTransmission
from mobility.microcredit.rules.states import State
from mobility.notifications import services as notifications
from mobility.notifications.errors import EmailInvalid
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.organisations.models import Organisation
from mobility.people.models import Person

MOST = 500


def mailbox_of(row: MicrocreditDossier) -> str:
    """Return where the bank of a dossier is written to: its agreement's address, else its own; it may be empty."""
    partner = checklist.partner_of(row)
    bank = load(Organisation, row.bank_id) if row.bank_id is not None else None
    return (partner.email if partner is not None else "") or (bank.email if bank is not None else "") or ""


def write_to_bank(row: MicrocreditDossier, sent: MicrocreditTransmission, *, now: datetime) -> None:
    """Queue the e-mail with the link of a transmission, where the bank has a mailbox."""
    if not sent.email:
        return
    recipient_id = notifications.create_recipient()
    try:
        notifications.add_contact_point(
            recipient_id=recipient_id,
            channel=Channel.EMAIL,
            value=sent.email,
            holder=Holder.PROFESSIONAL,
            holder_name=load(Organisation, sent.bank_id).name,
            now=now,
        )
    except EmailInvalid:
        return
    sent.recipient_id = recipient_id
    _queue(row, sent, words.TO_BANK, now=now)


def renew_link(*, dossier_id: int, actor_id: int | None, now: datetime) -> None:
    """Let the link of the last transmission answer for as long again, and write to the bank once more.

    A bank that takes longer than its link would leave a dossier that nobody can answer. Raises AlreadyAnswered where
    the dossier does not wait for its bank, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state is not State.TRANSMITTED:
            raise AlreadyAnswered
        sent = session.scalars(
            select(MicrocreditTransmission)
            .where(MicrocreditTransmission.dossier_id == row.id)
            .order_by(MicrocreditTransmission.id.desc())
            .limit(1)
        ).one()
        before, sent.expires_at = sent.expires_at, now + timedelta(days=parameters.link_days(on=day_of(now)))
        sent.reminded_at = None
        session.flush()
        if sent.recipient_id is not None:
            _queue(row, sent, words.TO_BANK, now=now)
        journal.write_act(
            person_id=row.person_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            action=words.RENEWED_KIND,
            kind=words.RENEWED_KIND,
            now=now,
            actor_id=actor_id,
            changes={"expires_at": (before, sent.expires_at)},
        )


def _queue(row: MicrocreditDossier, sent: MicrocreditTransmission, template: str, *, now: datetime) -> None:
    assert sent.recipient_id is not None  # noqa: S101 - asked for by both callers
    desk = load(Desk, load(Person, row.person_id).desk_id)
    notifications.queue(
        recipient_id=sent.recipient_id,
        template=template,
        params={
            "place": desk.name,
            "phone": desk.phone,
            "number": row.id,
            "link": link_of(sent),
            "until": format_date(day_of(sent.expires_at)),
        },
        message_class=MessageClass.NORMAL,
        dedup_key=f"{template}:{sent.id}:{sent.expires_at:%Y%m%d%H%M}",
        now=now,
        expires_at=sent.expires_at,
    )


def remind_banks(*, now: datetime, limit: int = MOST) -> dict[str, int]:
    """Write once more to banks that have not said that they have a dossier, once a transmission.

    Safe to run again. Return how many were written to.
    """
    before = now - timedelta(days=parameters.remind_days(on=day_of(now)))
    newest = select(func.max(MicrocreditTransmission.id)).group_by(MicrocreditTransmission.dossier_id)
    ids = list(
        db.session.scalars(
            select(MicrocreditTransmission.id)
            .join(MicrocreditDossier, MicrocreditDossier.id == MicrocreditTransmission.dossier_id)
            .join(Person, Person.id == MicrocreditDossier.person_id)
            .where(
                MicrocreditDossier.state == State.TRANSMITTED,
                Person.restricted_at.is_(None),
                MicrocreditTransmission.id.in_(newest),
                MicrocreditTransmission.acknowledged_at.is_(None),
                MicrocreditTransmission.reminded_at.is_(None),
                MicrocreditTransmission.recipient_id.is_not(None),
                MicrocreditTransmission.sent_at <= before,
                MicrocreditTransmission.expires_at > now,
            )
            .order_by(MicrocreditTransmission.id)
            .limit(limit)
        )
    )
    end_read()
    counts = {"reminded": 0}
    for transmission_id in ids:
        if jobs.stopping():
            break
        with transaction():
            sent = lock(MicrocreditTransmission, transmission_id)
            if sent.acknowledged_at is None and sent.reminded_at is None:
                _queue(load(MicrocreditDossier, sent.dossier_id), sent, words.REMIND_BANK, now=now)
                sent.reminded_at = now
                counts["reminded"] += 1
    return counts


def link_of(sent: MicrocreditTransmission) -> str:
    """Return the address by which the bank reads and answers; the same whenever it is asked for."""
    token = links.sign(words.LINK_PURPOSE, {"t": sent.id}, now=sent.sent_at, lifetime=sent.expires_at - sent.sent_at)
    return links.public_url("microcredit_links.answer", token=token)
