from datetime import time, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.notifications import services
from mobility.notifications.errors import (
    CannotRetry,
    ContactPointKnown,
    EmailInvalid,
    PhoneInvalid,
    SafeHoursIncomplete,
)
from mobility.notifications.kinds import Channel, Holder, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, OutboxMessage, Recipient
from tests.factories.notifications import NOON, make_message, make_point, make_recipient


def row(session: Session, message_id: int) -> OutboxMessage:
    return session.get_one(OutboxMessage, message_id, populate_existing=True)


def test_a_message_is_queued_once_by_key(session: Session) -> None:
    recipient_id = make_recipient()
    first = make_message(recipient_id, key="loan:1:j-1")
    params = row(session, first).params
    again = services.queue(
        recipient_id=recipient_id,
        template="staff_alert",
        params=params,
        message_class=MessageClass.NORMAL,
        dedup_key="loan:1:j-1",
        now=NOON,
    )
    assert again is None


def test_the_message_vanishes_with_its_cause(session: Session) -> None:
    recipient_id = make_recipient()
    with pytest.raises(RuntimeError, match="the cause fails"), transaction():
        make_message(recipient_id)
        raise RuntimeError("the cause fails")
    assert session.scalars(select(OutboxMessage)).all() == []


def test_rivals_queue_the_message_once(app: Flask, session: Session) -> None:
    recipient_id, barrier, got = make_recipient(), Barrier(8), list[int | None]()

    def rival() -> None:
        with app.app_context():
            barrier.wait()
            got.append(
                services.queue(
                    recipient_id=recipient_id,
                    template="neutral",
                    params={},
                    message_class=MessageClass.URGENT,
                    dedup_key="race",
                    now=NOON,
                )
            )

    threads = [Thread(target=rival) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert sum(each is not None for each in got) == 1
    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_a_message_that_is_too_late_already_is_not_queued(session: Session) -> None:
    recipient_id = make_recipient()
    assert (
        services.queue(
            recipient_id=recipient_id,
            template="neutral",
            params={},
            message_class=MessageClass.URGENT,
            dedup_key="late",
            now=NOON,
            expires_at=NOON,
        )
        is None
    )


def test_the_first_look_follows_quiet_and_safe_hours(session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, safe=(time(10), time(12)))
    dawn = NOON + timedelta(hours=18)
    message_id = make_message(recipient_id, due_at=dawn)
    assert row(session, message_id).leave_at == NOON + timedelta(hours=22)  # 10 h in Paris, the day after


def test_a_change_of_wishes_replans_what_waits(session: Session) -> None:
    recipient_id = make_recipient()
    point_id = make_point(recipient_id)
    message_id = make_message(recipient_id)
    until = NOON + timedelta(days=3)
    services.pause(recipient_id=recipient_id, until_at=until, now=NOON)
    assert row(session, message_id).leave_at == until
    services.pause(recipient_id=recipient_id, until_at=None, now=NOON)
    assert row(session, message_id).leave_at == NOON
    services.change_contact_point(
        contact_point_id=point_id,
        now=NOON,
        holder=Holder.SHARED,
        holder_name="Foyer",
        safe_from=time(18),
        safe_until=time(19),
        neutral=True,
    )
    assert row(session, message_id).leave_at == NOON + timedelta(hours=6)
    kept = session.get_one(ContactPoint, point_id, populate_existing=True)
    assert (kept.holder, kept.holder_name, kept.neutral) == (Holder.SHARED, "Foyer", True)


def test_cancelling_takes_the_prefix_literally(session: Session) -> None:
    recipient_id = make_recipient()
    keys = ["loan:1:j-3", "loan:1:j-1", "loan:10:j-1", "LOAN:1:x", "loan_1:x", "loan%1"]
    ids = {key: make_message(recipient_id, key=key) for key in keys}
    assert services.cancel(dedup_prefix="loan:1:", now=NOON) == 2
    states = {key: row(session, message_id).state for key, message_id in ids.items()}
    cancelled = {key for key, state in states.items() if state is MessageState.CANCELLED}
    assert cancelled == {"loan:1:j-3", "loan:1:j-1"}
    assert services.cancel(dedup_prefix="loan_1", now=NOON) == 1
    assert services.cancel(dedup_prefix="loan:1:", now=NOON) == 0
    with pytest.raises(ValueError, match="everything"):
        services.cancel(dedup_prefix="", now=NOON)


def test_cancelling_a_carrier_lets_the_others_travel(session: Session) -> None:
    recipient_id = make_recipient()
    carrier, other = make_message(recipient_id, key="a:1"), make_message(recipient_id, key="b:1")
    with transaction():
        passenger = row(session, other)
        passenger.state, passenger.merged_into_id = MessageState.MERGED, carrier
    services.cancel(dedup_prefix="a:", now=NOON)
    freed = row(session, other)
    assert (freed.state, freed.merged_into_id) == (MessageState.QUEUED, None)


def test_only_what_failed_is_sent_again(session: Session) -> None:
    message_id = make_message(make_recipient(), expires_at=NOON + timedelta(hours=1))
    with pytest.raises(CannotRetry):
        services.retry(message_id=message_id, now=NOON)
    with transaction():
        failed = row(session, message_id)
        failed.state, failed.ended_at, failed.last_error = MessageState.FAILED, NOON, "x"
    later = NOON + timedelta(days=1)
    services.retry(message_id=message_id, now=later)
    again = row(session, message_id)
    assert (again.state, again.leave_at, again.expires_at, again.last_error) == (MessageState.QUEUED, later, None, "")
    with pytest.raises(NotFound):
        services.retry(message_id=2**40, now=NOON)


@pytest.mark.parametrize(
    ("channel", "text", "kept"),
    [
        (Channel.SMS, "06 39 98 12 34", "+33639981234"),
        (Channel.SMS, "+32 470 12 34 56", "+32470123456"),
        (Channel.SMS, "0033639981234", "+33639981234"),
        (Channel.EMAIL, " Alix.C@Exemple.FR ", "Alix.C@exemple.fr"),
        (Channel.EMAIL, "a@école.fr", "a@xn--cole-9oa.fr"),
    ],
)
def test_numbers_and_addresses_are_kept_in_one_form(app: Flask, channel: Channel, text: str, kept: str) -> None:
    recipient_id = services.create_recipient()
    point_id = services.add_contact_point(recipient_id=recipient_id, channel=channel, value=text, now=NOON)
    with app.app_context():
        from mobility.core.db import load

        assert load(ContactPoint, point_id).value == kept
    with pytest.raises(ContactPointKnown):
        services.add_contact_point(recipient_id=recipient_id, channel=channel, value=text, now=NOON)


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "a@b", "@b.fr", "a b@c.fr", "a" * 10_000 + "@b.fr", "a@b.fr\nBcc: c", "😀@b.fr"]
)
def test_what_is_no_address_is_refused(app: Flask, text: str) -> None:
    with pytest.raises(EmailInvalid):
        services.normalise(Channel.EMAIL, text)


@pytest.mark.parametrize("text", ["", "12", "06 39 98", "abc", "0" * 10_000, "+999 12345678", "0639981234 x12", "😀"])
def test_what_is_no_number_is_refused(app: Flask, text: str) -> None:
    with pytest.raises(PhoneInvalid):
        services.normalise(Channel.SMS, text)


def test_safe_hours_need_two_ends(session: Session) -> None:
    recipient_id = make_recipient()
    for safe in ((time(8), None), (None, time(8)), (time(8), time(8))):
        with pytest.raises(SafeHoursIncomplete):
            services.add_contact_point(
                recipient_id=recipient_id,
                channel=Channel.SMS,
                value="0639981234",
                now=NOON,
                safe_from=safe[0],
                safe_until=safe[1],
            )


def test_an_archived_number_may_come_back(session: Session) -> None:
    recipient_id = make_recipient()
    first = services.add_contact_point(recipient_id=recipient_id, channel=Channel.SMS, value="0639981234", now=NOON)
    services.archive_contact_point(contact_point_id=first, now=NOON)
    second = services.add_contact_point(recipient_id=recipient_id, channel=Channel.SMS, value="0639981234", now=NOON)
    assert second != first


def test_a_point_that_was_checked_again_is_no_longer_flagged(session: Session) -> None:
    point_id = make_point(make_recipient(), bounced_at=NOON, verified_at=None)
    services.confirm_contact_point(contact_point_id=point_id, now=NOON)
    point = session.get_one(ContactPoint, point_id, populate_existing=True)
    assert (point.bounced_at, point.verified_at) == (None, NOON)


def test_two_recipients_become_one(session: Session) -> None:
    kept, gone = make_recipient(), make_recipient()
    make_point(kept, value="a@exemple.fr")
    make_point(gone, value="a@exemple.fr")
    phone = make_point(gone, Channel.SMS)
    message_id = make_message(gone)
    services.merge_recipients(kept_id=kept, gone_id=gone, now=NOON)
    services.merge_recipients(kept_id=kept, gone_id=kept, now=NOON)
    assert row(session, message_id).recipient_id == kept
    active = session.scalars(
        select(ContactPoint.id).where(ContactPoint.recipient_id == kept, ContactPoint.archived_at.is_(None))
    ).all()
    assert len(active) == 2
    assert phone in active


def test_erasing_a_recipient_leaves_no_word_and_no_address(session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, holder_name="Tante Odile")
    message_id = make_message(recipient_id, person_id=7)
    services.erase_recipient(recipient_id=recipient_id, now=NOON)
    point = session.scalars(select(ContactPoint).execution_options(populate_existing=True)).one()
    erased = row(session, message_id)
    assert (point.value, point.holder_name, point.archived_at) == ("", "", NOON)
    assert (erased.params, erased.person_id, erased.state) == ({}, None, MessageState.CANCELLED)


def test_wishes_are_kept(session: Session) -> None:
    recipient_id = make_recipient()
    services.set_wishes(recipient_id=recipient_id, preferred_channel=Channel.SMS, digest=False, now=NOON)
    recipient = session.get_one(Recipient, recipient_id, populate_existing=True)
    assert (recipient.preferred_channel, recipient.digest) == (Channel.SMS, False)
