from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core import jobs
from mobility.notifications import hooks
from mobility.notifications.delivery import deliver_due
from mobility.notifications.inbound import Report, receive_reply, receive_report
from mobility.notifications.kinds import Channel, InboundKind, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, InboundMessage, OutboxMessage
from tests.factories.notifications import NOON, make_message, make_point, make_recipient
from tests.integration.notifications.conftest import Heard
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer

PHONE = "+33639981234"
TOKEN = "a-token-of-the-operator"


def reply(body: str = "Je serai en retard", **facts: str) -> int | None:
    return receive_reply(
        provider="ovh",
        provider_ref=facts.get("ref", "r1"),
        from_value=facts.get("sender", PHONE),
        body=body,
        now=NOON + timedelta(hours=1),
    )


def phone_owner(person_id: int | None = None, *, email: bool = False) -> tuple[int, int]:
    """Somebody with the phone, written to at noon. Returns (recipient, message)."""
    recipient_id = make_recipient(preferred=Channel.SMS)
    make_point(recipient_id, Channel.SMS, PHONE)
    if email:
        make_point(recipient_id)
    return recipient_id, make_message(recipient_id, message_class=MessageClass.URGENT, person_id=person_id)


def test_a_reply_reaches_the_rooms_with_its_person(session: Session, sms: SmsServer, heard: Heard) -> None:
    recipient_id, message_id = phone_owner(person_id=7)
    deliver_due(now=NOON)
    inbound_id = reply()
    (told,) = heard.replies
    assert told == hooks.Reply(
        inbound_id or 0,
        InboundKind.REPLY,
        (recipient_id,),
        7,
        message_id,
        "Je serai en retard",
        NOON + timedelta(hours=1),
    )


def test_a_reply_told_twice_counts_once(session: Session, heard: Heard) -> None:
    phone_owner()
    assert reply() is not None
    assert reply() is None
    assert reply(ref="") is not None
    assert reply(ref="") is None
    assert len(heard.replies) == 2


def test_a_shared_phone_answers_for_the_one_written_to_last(session: Session, sms: SmsServer, heard: Heard) -> None:
    first, _ = phone_owner()
    deliver_due(now=NOON)
    second, _ = phone_owner()
    deliver_due(now=NOON + timedelta(minutes=30))
    reply()
    assert heard.replies[0].recipient_ids == (second, first)


def test_a_stop_holds_for_the_phone_whoever_uses_it(session: Session, sms: SmsServer, heard: Heard) -> None:
    phone_owner()
    phone_owner()
    reply("STOP")
    points = session.scalars(select(ContactPoint)).all()
    assert all(point.opted_out_at is not None for point in points)
    assert heard.replies[0].kind is InboundKind.STOP
    assert deliver_due(now=NOON + timedelta(hours=2)) == {"no_point": 2}
    assert sms.sent == []


def test_a_start_opens_the_phone_again(session: Session, heard: Heard) -> None:
    phone_owner()
    reply("STOP")
    reply("START", ref="r2")
    assert session.scalars(select(ContactPoint)).one().opted_out_at is None


def test_a_reply_from_nobody_we_know_is_kept(session: Session, heard: Heard) -> None:
    assert reply(sender="38024") is not None
    assert heard.replies[0].recipient_ids == ()
    assert reply(sender="33639989999", ref="r2") is not None
    values = session.scalars(select(InboundMessage.from_value).order_by(InboundMessage.id)).all()
    assert values == ["38024", "+33639989999"]


def test_a_reply_with_a_social_security_number_is_kept_without_it(session: Session, heard: Heard) -> None:
    phone_owner()
    assert reply("mon numéro 1 85 05 78 006 084 91 merci") is not None
    assert "006" not in session.scalars(select(InboundMessage.body)).one()


def test_a_reply_is_told_again_if_a_room_could_not_take_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_reply: hooks.Reply) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(hooks, "_replies", [fails])
    with pytest.raises(RuntimeError):
        reply()
    monkeypatch.setattr(hooks, "_replies", [])
    assert reply() is not None


def test_a_room_that_fails_does_not_make_the_message_leave_again(
    session: Session, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_point: hooks.Bounced) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(hooks, "_bounced", [fails])
    recipient_id = make_recipient()
    make_point(recipient_id, value="unknown-a@exemple.fr")
    message_id = make_message(recipient_id)
    assert deliver_due(now=NOON) == {"bounced": 1, "tried": 1}
    session.rollback()
    assert session.get_one(OutboxMessage, message_id).state is MessageState.FAILED


# --- delivery reports


def test_a_delivered_sms_shows_as_received(session: Session, sms: SmsServer) -> None:
    _, message_id = phone_owner()
    deliver_due(now=NOON)
    for _ in range(2):
        assert receive_report(Report("ovh", "1001", delivered=True), now=NOON + timedelta(minutes=1))
    session.rollback()
    row = session.get_one(OutboxMessage, message_id)
    assert (row.state, row.delivered_at) == (MessageState.DELIVERED, NOON + timedelta(minutes=1))
    assert len(session.scalars(select(InboundMessage)).all()) == 1


def test_an_sms_that_did_not_arrive_takes_another_way(
    session: Session, sms: SmsServer, smtp: SmtpServer, heard: Heard
) -> None:
    phone_owner(email=True)
    deliver_due(now=NOON)
    assert receive_report(Report("ovh", "1001", delivered=False, permanent=True), now=NOON)
    assert len(heard.bounced) == 1
    assert deliver_due(now=NOON + timedelta(minutes=1))["sent"] == 1
    assert len(smtp.messages) == 1


def test_an_sms_that_did_not_arrive_and_has_no_other_way_has_failed(
    session: Session, sms: SmsServer, heard: Heard
) -> None:
    _, message_id = phone_owner()
    deliver_due(now=NOON)
    receive_report(Report("ovh", "1001", delivered=False), now=NOON)
    session.rollback()
    assert session.get_one(OutboxMessage, message_id).state is MessageState.FAILED
    assert session.scalars(select(ContactPoint)).one().bounced_at is None
    assert len(heard.undelivered) == 1


def test_a_code_that_did_not_arrive_does_not_take_another_way(
    session: Session, sms: SmsServer, smtp: SmtpServer, heard: Heard
) -> None:
    recipient_id = make_recipient(preferred=Channel.SMS)
    make_point(recipient_id, Channel.SMS, PHONE)
    make_point(recipient_id)
    make_message(recipient_id, message_class=MessageClass.SECURITY, template="sign_in_code")
    deliver_due(now=NOON)
    receive_report(Report("ovh", "1001", delivered=False), now=NOON)
    assert deliver_due(now=NOON) == {}
    assert len(heard.undelivered) == 1


def test_a_report_that_says_nothing_yet_or_of_nothing_of_ours_changes_nothing(session: Session, sms: SmsServer) -> None:
    _, message_id = phone_owner()
    deliver_due(now=NOON)
    assert receive_report(Report("ovh", "1001", delivered=None), now=NOON)
    assert not receive_report(Report("brevo", "1001", delivered=True), now=NOON)
    session.rollback()
    assert session.get_one(OutboxMessage, message_id).state is MessageState.SENT


# --- the providers' doors


@pytest.fixture
def door(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(app.config, "SMS_INBOUND_TOKEN", TOKEN)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return client


REPLY = {"id": "9", "from": PHONE, "message": "ok"}


def test_a_provider_with_the_token_is_heard(door: FlaskClient, session: Session, heard: Heard) -> None:
    phone_owner()
    assert door.post(f"/notifications/sms/ovh/reponses?token={TOKEN}", json=REPLY).status_code == 204
    header = {"Authorization": f"Bearer {TOKEN}"}
    assert door.post("/notifications/sms/ovh/reponses", data={**REPLY, "id": "10"}, headers=header).status_code == 204
    assert len(session.scalars(select(InboundMessage)).all()) == 2
    report = {"id": "1", "ptt": "1"}
    assert door.post("/notifications/sms/ovh/accuses", data=report, headers=header).status_code == 204


@pytest.mark.parametrize("address", ["reponses", "reponses?token=", "reponses?token=wrong", "accuses?token=wrong"])
def test_a_provider_without_the_token_is_refused(door: FlaskClient, session: Session, address: str) -> None:
    assert door.post(f"/notifications/sms/ovh/{address}", json=REPLY).status_code == 403
    assert session.scalars(select(InboundMessage)).all() == []


def test_without_a_token_of_the_operator_nobody_is_heard(client: FlaskClient) -> None:
    assert client.post("/notifications/sms/ovh/reponses?token=", json=REPLY).status_code == 403


@pytest.mark.parametrize("kind", ["reponses", "accuses"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b'{"from": {"a": 1}}', b"\xff"])
def test_what_cannot_be_read_is_refused(door: FlaskClient, kind: str, content: bytes) -> None:
    address = f"/notifications/sms/ovh/{kind}?token={TOKEN}"
    assert door.post(address, data=content, content_type="application/json").status_code == 400
    assert door.post(f"/notifications/sms/other/{kind}?token={TOKEN}", json=REPLY).status_code == 400


@pytest.mark.parametrize("text", ["a" * 10_000, "😀 مرحبا", "=1+1", "\u0000", ""])
def test_any_text_is_taken(door: FlaskClient, session: Session, heard: Heard, text: str) -> None:
    address = f"/notifications/sms/brevo/reponses?token={TOKEN}"
    assert door.post(address, json={"from": PHONE, "message": text}).status_code == 204


def test_ovh_tells_by_get_what_became_of_a_message(door: FlaskClient, session: Session, sms: SmsServer) -> None:
    _recipient_id, message_id = phone_owner()
    deliver_due(now=NOON)
    reference = str(session.get_one(OutboxMessage, message_id).provider_ref).removeprefix("ovh:")
    told = f"id={reference}&date=2026-11-22&descriptionDlr=Success"
    address = "/notifications/sms/ovh/accuses"
    assert door.get(f"{address}?{told}&ptt=4&description=1").status_code == 403
    assert door.get(f"{address}?token=wrong&{told}&ptt=4&description=1").status_code == 403
    assert door.head(f"{address}?token={TOKEN}&{told}&ptt=4&description=1").status_code == 405
    assert door.get(f"{address}?token={TOKEN}&{told}&ptt=1&description=4").status_code == 204
    assert door.get(f"{address}?token={TOKEN}").status_code == 400
    session.expire_all()
    assert session.get_one(OutboxMessage, message_id).state is MessageState.SENT
    assert door.get(f"{address}?token={TOKEN}&{told}&ptt=4&description=1").status_code == 204
    session.expire_all()
    assert session.get_one(OutboxMessage, message_id).state is MessageState.DELIVERED


def test_ovh_tells_replies_by_get_too(door: FlaskClient, session: Session, heard: Heard) -> None:
    phone_owner()
    address = f"/notifications/sms/ovh/reponses?from=33639981234&message=STOP&id=77&token={TOKEN}"
    assert door.head(address).status_code == 405
    assert heard.replies == []
    assert door.get(address).status_code == 204
    assert door.get(address).status_code == 204
    assert [told.kind for told in heard.replies] == [InboundKind.STOP]


@pytest.mark.parametrize("kind", ["reponses", "accuses"])
def test_a_provider_that_posts_does_nothing_by_get(door: FlaskClient, session: Session, kind: str) -> None:
    told = f"token={TOKEN}&from={PHONE}&message=STOP&messageId=1&event=delivered"
    assert door.get(f"/notifications/sms/brevo/{kind}?{told}").status_code == 405
    assert session.scalars(select(InboundMessage)).all() == []


def test_a_job_that_stops_keeps_what_it_did(session: Session, sms: SmsServer) -> None:
    phone_owner()
    result = jobs.run("deliver", now=NOON)
    assert result.ok
    assert result.counts["sent"] == 1
