"""Each promise of a table is kept by the database itself: the breach is attempted."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from mobility.core.db import transaction, violated_constraint
from mobility.core.job_models import JobRun, SchedulerBeat
from mobility.notifications.kinds import Channel, InboundKind, MessageClass, MessageState, Outcome
from mobility.notifications.models import (
    ContactPoint,
    DeliveryAttempt,
    InboundMessage,
    LocalMessage,
    OutboxMessage,
    ShortLink,
)
from tests.factories.notifications import NOON, make_message, make_point, make_recipient

S = MessageState


def refused(row: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.add(row)
    assert constraint in violated_constraint(caught.value)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": S.SENDING, "channel": Channel.SMS, "claimed_by": "w"}, "sending_has_lease"),
        ({"lease_until_at": NOON}, "sending_has_lease"),
        ({"state": S.SENDING, "channel": Channel.SMS, "lease_until_at": NOON}, "sending_has_worker"),
        ({"claimed_by": "w"}, "sending_has_worker"),
        ({"state": S.SENDING, "claimed_by": "w", "lease_until_at": NOON}, "sending_has_channel"),
        ({"state": S.SENT, "channel": Channel.SMS}, "sent_has_instant"),
        ({"sent_at": NOON}, "sent_has_instant"),
        ({"state": S.CANCELLED}, "ended_has_instant"),
        ({"ended_at": NOON}, "ended_has_instant"),
        (
            {"state": S.DELIVERED, "channel": Channel.SMS, "sent_at": NOON, "ended_at": NOON},
            "delivered_has_instant",
        ),
        ({"delivered_at": NOON}, "delivered_has_instant"),
        ({"state": S.MERGED}, "merged_has_carrier"),
        ({"state": S.FAILED, "ended_at": NOON}, "failed_has_reason"),
        ({"state": S.EXPIRED, "ended_at": NOON}, "failed_has_reason"),
        ({"attempts": -1}, "attempts_counted"),
        ({"expires_at": NOON}, "expires_after_creation"),
        ({"dedup_key": ""}, "dedup_key_not_empty"),
    ],
)
def test_a_message_never_contradicts_its_state(session: Session, changes: dict[str, Any], constraint: str) -> None:
    message_id = make_message(make_recipient())
    with pytest.raises(IntegrityError) as caught, transaction():
        row = session.get_one(OutboxMessage, message_id)
        for name, value in changes.items():
            setattr(row, name, value)
    assert constraint in violated_constraint(caught.value)


def test_an_unknown_state_is_refused(session: Session) -> None:
    message_id = make_message(make_recipient())
    with pytest.raises((StatementError, DataError, IntegrityError)), transaction():
        session.get_one(OutboxMessage, message_id).state = "lost"  # type: ignore[assignment]


def test_only_normal_messages_travel_with_another_and_never_with_themselves(session: Session) -> None:
    recipient_id = make_recipient()
    carrier = make_message(recipient_id)
    urgent = make_message(recipient_id, message_class=MessageClass.URGENT)
    for message_id, constraint in ((urgent, "only_normal_is_merged"), (carrier, "not_merged_into_itself")):
        with pytest.raises(IntegrityError) as caught, transaction():
            row = session.get_one(OutboxMessage, message_id)
            row.state, row.merged_into_id = S.MERGED, carrier
        assert constraint in violated_constraint(caught.value)


def test_a_key_serves_once(session: Session) -> None:
    recipient_id = make_recipient()
    make_message(recipient_id, key="same")
    refused(
        OutboxMessage(
            dedup_key="same",
            recipient_id=recipient_id,
            message_class=MessageClass.NORMAL,
            template="neutral",
            params={},
            created_at=NOON,
            due_at=NOON,
            leave_at=NOON,
        ),
        "dedup_key",
    )


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"safe_from": time(8)}, "safe_hours_whole"),
        ({"safe_from": time(8), "safe_until": time(8)}, "safe_hours_not_empty"),
        ({"value": ""}, "value_unless_archived"),
        ({"channel": Channel.SMS, "value": "0639981234"}, "sms_in_e164"),
        ({"value": "alix"}, "email_with_at"),
    ],
)
def test_a_contact_point_can_be_used(session: Session, changes: dict[str, Any], constraint: str) -> None:
    values = {"channel": Channel.EMAIL, "value": "a@b.fr", "created_at": NOON, **changes}
    refused(ContactPoint(recipient_id=make_recipient(), **values), constraint)


def test_a_recipient_has_a_point_once(session: Session) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, value="a@b.fr")
    refused(
        ContactPoint(recipient_id=recipient_id, channel=Channel.EMAIL, value="a@b.fr", created_at=NOON), "contact_point"
    )


def test_an_attempt_ends_with_an_outcome_and_is_counted_once(session: Session) -> None:
    recipient_id = make_recipient()
    facts = {
        "outbox_message_id": make_message(recipient_id),
        "contact_point_id": make_point(recipient_id),
        "channel": Channel.EMAIL,
        "worker": "w",
        "started_at": NOON,
    }
    refused(DeliveryAttempt(number=1, outcome=Outcome.SENT, **facts), "ended_with_outcome")
    refused(DeliveryAttempt(number=1, ended_at=NOON, **facts), "ended_with_outcome")
    refused(DeliveryAttempt(number=0, **facts), "number_positive")
    with transaction():
        session.add(DeliveryAttempt(number=1, **facts))
    refused(DeliveryAttempt(number=1, **facts), "delivery_attempt")


def test_an_event_of_a_provider_is_kept_once_and_a_reply_has_a_sender(session: Session) -> None:
    facts = {"provider": "ovh", "provider_ref": "1", "received_at": NOON}
    refused(InboundMessage(kind=InboundKind.REPLY, **facts), "reply_has_sender")
    with transaction():
        session.add(InboundMessage(kind=InboundKind.REPORT, **facts))
    refused(InboundMessage(kind=InboundKind.REPORT, **facts), "inbound_message")


@pytest.mark.parametrize("path", ["https://elsewhere.example", "//elsewhere.example", "relative"])
def test_a_short_link_stays_on_this_site(session: Session, path: str) -> None:
    refused(ShortLink(code="abc", path=path, expires_at=NOON), "path_of_this_site")


def test_the_box_holds_a_message_once(session: Session) -> None:
    facts = {"channel": Channel.SMS, "to_value": "+33", "message_id": "<1@x>", "stored_at": NOON}
    with transaction():
        session.add(LocalMessage(**facts))
    refused(LocalMessage(**facts), "local_message")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"ended_at": NOON - timedelta(seconds=1)}, "ends_after_start"),
        ({"error": "x"}, "outcome_at_end"),
        ({"counts": {"a": 1}}, "outcome_at_end"),
        ({"repeats": 0}, "repeats_positive"),
    ],
)
def test_a_run_of_a_job_never_contradicts_itself(session: Session, changes: dict[str, Any], constraint: str) -> None:
    refused(JobRun(job_name="x", worker="w", started_at=NOON, last_started_at=NOON, **changes), constraint)


def test_one_scheduler_leads(session: Session) -> None:
    refused(SchedulerBeat(id=2, worker="w", leader_since_at=NOON, beat_at=NOON), "one_row")
