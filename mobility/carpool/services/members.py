"""Who takes part: joining with consent, by the hand of staff or by a poster; pausing, leaving; the signed link."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.carpool import acts, links
from mobility.carpool.errors import (
    LicenceUndeclared,
    MemberKnown,
    MemberUnreachable,
    NoCarpoolForProtected,
    NotAMember,
    TooManyAsked,
)
from mobility.carpool.kinds import MEMBERS, MemberAction, MemberKind, MemberState
from mobility.carpool.models import CarpoolHub, CarpoolMember
from mobility.carpool.services import journeys
from mobility.core.db import check_version, lock, transaction
from mobility.core.links import public_url
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.notifications.models import ContactPoint
from mobility.people import services as people
from mobility.people.errors import ConsentMissing, ConsentStands
from mobility.people.identifiers import clean_email, clean_phone, gets_sms
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.services.common import assign, lock_living

# A poster hangs where dozens pass: more than that within an hour is no shift that ends.
HUB_MAX_AN_HOUR = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Self:
    """What a member says of themselves. ``declared``: they hold a licence and their car is insured."""

    is_woman: bool | None = None
    smokes_in_car: bool = False
    fiscal_power_cv: int | None = None
    electric: bool = False
    car: str = ""
    declared: bool = False
    shared: bool = False


@retried
def join(*, person_id: int, about: Self, manner: ConsentManner, actor_id: int | None, now: datetime) -> int:
    """Let a person take part, who agrees to it; return the member's id. Whoever had left comes back.

    Raises NoCarpoolForProtected, FileErased, FileMerged.
    """
    with transaction() as session:
        person = lock_living(person_id)
        if person.protected:
            raise NoCarpoolForProtected
        with suppress(ConsentStands):  # given earlier, on paper perhaps
            people.give_consent(
                person_id=person_id, kind=ConsentKind.CARPOOL_MATCHING, manner=manner, actor_id=actor_id, now=now
            )
        member = session.scalar(select(CarpoolMember).where(CarpoolMember.person_id == person_id).with_for_update())
        if member is None:
            member = CarpoolMember(
                kind=MemberKind.PERSON, person_id=person_id, desk_id=person.desk_id,
                recipient_id=person.recipient_id, created_at=now,
            )  # fmt: skip
            session.add(member)
            session.flush()
            _note(member, acts.JOINED, "carpool.joined", actor_id=actor_id, now=now)
        elif member.state is MemberState.LEFT:
            member.state, member.desk_id = MEMBERS.after(member.state, MemberAction.RETURN), person.desk_id
            member.left_at = None
            _note(member, acts.JOINED, "carpool.joined", actor_id=actor_id, now=now)
        _say(member, about, now)
        return member.id


@retried
def register(
    *,
    kind: MemberKind,
    desk_id: int,
    name: str,
    phone: str | None,
    email: str | None,
    about: Self,
    actor_id: int | None,
    now: datetime,
    organisation_id: int | None = None,
) -> int:
    """Let a volunteer or an employer's staff take part, who has agreed to it; send them their link; return the id.

    Raises MemberUnreachable, MemberKnown and a violation on the field of what cannot be read.
    """
    with transaction() as session:
        points = _points(phone, email)
        if (
            known := _with_contact(session, points, desk_id=desk_id)
        ) is not None and known.state is not MemberState.LEFT:
            raise MemberKnown
        member = _without_file(session, kind, desk_id, organisation_id, name, points, now)
        _say(member, about, now)
        _note(member, acts.JOINED, "carpool.joined", actor_id=actor_id, now=now)
        _send_link(session, member, now=now)
        return member.id


@retried
def ask_by_hub(
    *, hub_id: int, name: str, phone: str | None, email: str | None, about: Self, now: datetime
) -> tuple[int, bool]:
    """Take somebody who came by the poster of a site; they take part once they have opened the link that is sent.

    Return (member's id, whether they are new): whoever is known with this phone or mailbox gets their link again, and
    the page says the same, so that nobody learns who takes part. Raises MemberUnreachable, TooManyAsked.
    """
    with transaction() as session:
        hub = lock(CarpoolHub, hub_id)
        points = _points(phone, email)
        known = _with_contact(session, points, desk_id=hub.desk_id)
        if known is not None and known.state is not MemberState.LEFT:
            _send_link(session, known, now=now)
            return known.id, False
        recent = select(CarpoolMember.id).where(
            CarpoolMember.hub_id == hub_id, CarpoolMember.created_at > now - journeys.HOUR
        )
        if len(session.scalars(recent.limit(HUB_MAX_AN_HOUR)).all()) >= HUB_MAX_AN_HOUR:
            raise TooManyAsked
        member = _without_file(session, MemberKind.STAFF, hub.desk_id, hub.organisation_id, name, points, now)
        member.hub_id, member.state = hub_id, MemberState.WAITING
        _say(member, about, now)
        session.flush()
        _send_link(session, member, now=now)
        return member.id, True


@retried
def say(*, member_id: int, about: Self, version: int | None, actor_id: int | None, now: datetime) -> None:
    """Change what a member says of themselves. Raises StaleVersion, NotAMember."""
    with transaction():
        member = lock(CarpoolMember, member_id)
        check_version(member, version)
        if member.state is MemberState.LEFT:
            raise NotAMember
        changes = _say(member, about, now)
        audit.record(
            actor_id=actor_id, action="carpool.member_changed", subject_kind=acts.SUBJECT_MEMBER,
            subject_id=member.id, person_id=member.person_id, now=now, changes=changes,
        )  # fmt: skip


@retried
def move(*, member_id: int, action: MemberAction, actor_id: int | None, now: datetime) -> MemberState:
    """Confirm, pause, resume or leave; return the state that follows. Raises ForbiddenTransition.

    Confirming opens what waited; whoever leaves ends all they offer and ask, and agrees to nothing any more.
    """
    with transaction() as session:
        member = lock(CarpoolMember, member_id)
        member.state = MEMBERS.after(member.state, action)
        if action in {MemberAction.PAUSE, MemberAction.RESUME, MemberAction.CONFIRM}:
            journeys.follow_member(session, member, action=action, actor_id=actor_id, now=now)
        if action is MemberAction.LEAVE:
            journeys.close_all(session, member, actor_id=actor_id, now=now)
            member.shared_at, member.left_at = None, now
            member.link_serial += 1
            if member.person_id is not None:
                with suppress(ConsentMissing):  # taken back before, on the page of agreements
                    people.withdraw_consent(
                        person_id=member.person_id, kind=ConsentKind.CARPOOL_MATCHING, actor_id=actor_id, now=now
                    )
        session.flush()
        _note(
            member, acts.LEFT if action is MemberAction.LEAVE else None, f"carpool.member_{action.value}",
            actor_id=actor_id, now=now,
        )  # fmt: skip
        return member.state


@retried
def check_papers(*, member_id: int, actor_id: int, now: datetime) -> None:
    """Note that licence and insurance were seen. Raises NotAMember, LicenceUndeclared."""
    with transaction():
        member = lock(CarpoolMember, member_id)
        if member.state is MemberState.LEFT:
            raise NotAMember
        if member.declared_at is None:
            raise LicenceUndeclared("La personne n’a pas encore dit avoir un permis et une assurance.")
        member.checked_at, member.checked_by_id = now, actor_id
        _note(member, None, "carpool.papers_seen", actor_id=actor_id, now=now)


@retried
def send_link(*, member_id: int, actor_id: int | None, now: datetime, revoke: bool = False) -> None:
    """Send a member their link; with ``revoke`` every earlier one stops working. Raises NotAMember."""
    with transaction() as session:
        member = lock(CarpoolMember, member_id)
        if member.state is MemberState.LEFT or member.person_id is not None:
            raise NotAMember
        if revoke:
            member.link_serial += 1
            session.flush()
        _note(member, None, "carpool.link_renewed" if revoke else "carpool.link_sent", actor_id=actor_id, now=now)
        _send_link(session, member, now=now)


def _send_link(session: Session, member: CarpoolMember, *, now: datetime) -> None:
    desk = session.get_one(Desk, member.desk_id)
    # Once an hour at most for one link: a stranger's typing must not fill somebody's phone.
    notifications.queue(
        recipient_id=member.recipient_id,
        template=acts.LINK_SENT,
        params={
            "place": desk.name,
            "phone": desk.phone or "",
            "link": public_url("carpool_links.home", token=links.make(member, now=now)),
        },
        message_class=MessageClass.NORMAL,
        dedup_key=f"carpool_link:{member.id}:{member.link_serial}:{now:%Y%m%d%H}",
        now=now,
    )


def _points(phone: str | None, email: str | None) -> list[tuple[Channel, str]]:
    """Return the phone and the mailbox as they are kept. Raises MemberUnreachable where no message reaches them."""
    points = []
    if phone:
        points.append((Channel.SMS, clean_phone(phone, field="phone")))
    if email:
        points.append((Channel.EMAIL, clean_email(email, field="email")))
    if not any(channel is Channel.EMAIL or gets_sms(value) for channel, value in points):
        raise MemberUnreachable
    return points


def _with_contact(session: Session, points: list[tuple[Channel, str]], *, desk_id: int) -> CarpoolMember | None:
    """Return the member without file of the desk who has one of these contacts, the latest one first."""
    return session.scalar(
        select(CarpoolMember)
        .join(ContactPoint, ContactPoint.recipient_id == CarpoolMember.recipient_id)
        .where(
            CarpoolMember.desk_id == desk_id,
            CarpoolMember.person_id.is_(None),
            ContactPoint.archived_at.is_(None),
            ContactPoint.value.in_([value for _channel, value in points]),
        )
        .order_by(CarpoolMember.state == MemberState.LEFT, CarpoolMember.id.desc())
        .limit(1)
    )


def _without_file(
    session: Session,
    kind: MemberKind,
    desk_id: int,
    organisation_id: int | None,
    name: str,
    points: list[tuple[Channel, str]],
    now: datetime,
) -> CarpoolMember:
    recipient_id = notifications.create_recipient()
    for channel, value in points:
        point_id = notifications.add_contact_point(
            recipient_id=recipient_id, channel=channel, value=value, now=now, holder=Holder.SELF
        )
        if channel is Channel.SMS and not gets_sms(value):
            notifications.opt_out(contact_point_id=point_id, now=now)
    member = CarpoolMember(
        kind=kind,
        desk_id=desk_id,
        organisation_id=organisation_id,
        recipient_id=recipient_id,
        name=name,
        created_at=now,
    )
    session.add(member)
    session.flush()
    return member


def _say(member: CarpoolMember, about: Self, now: datetime) -> dict[str, tuple[object, object]]:
    said = asdict(about)
    declared, shared = said.pop("declared"), said.pop("shared")
    said["declared_at"] = (member.declared_at or now) if declared else None
    said["shared_at"] = (member.shared_at or now) if shared else None
    if not declared:
        said["checked_at"] = said["checked_by_id"] = None
    return assign(member, said)


def _note(member: CarpoolMember, kind: str | None, action: str, *, actor_id: int | None, now: datetime) -> None:
    if member.person_id is None:
        audit.record(actor_id=actor_id, action=action, subject_kind=acts.SUBJECT_MEMBER, subject_id=member.id, now=now)
        return
    journal.write_act(
        person_id=member.person_id, subject_kind=acts.SUBJECT_MEMBER, subject_id=member.id, action=action, now=now,
        actor_id=actor_id, kind=kind,
    )  # fmt: skip
