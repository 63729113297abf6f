from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core import jobs
from mobility.core.db import transaction
from mobility.notifications import claims, delivery, outcomes, services
from mobility.notifications.delivery import deliver_due
from mobility.notifications.kinds import Channel, MessageClass, MessageState, Outcome
from mobility.notifications.models import ContactPoint, DeliveryAttempt, OutboxMessage, ShortLink
from tests.factories.notifications import NOON, make_message, make_point, make_recipient
from tests.integration.notifications.conftest import Heard
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer

LEASE = timedelta(seconds=120)
NIGHT = NOON + timedelta(hours=11)
URGENT, SECURITY = MessageClass.URGENT, MessageClass.SECURITY


def row(session: Session, message_id: int) -> OutboxMessage:
    session.rollback()
    return session.get_one(OutboxMessage, message_id, populate_existing=True)


def states(session: Session) -> list[MessageState]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


def somebody(email: str | None = None, *, phone: bool = False, **wishes: object) -> int:
    recipient_id = make_recipient(**wishes)  # type: ignore[arg-type]
    make_point(recipient_id, value=email)
    if phone:
        make_point(recipient_id, Channel.SMS)
    return recipient_id


def test_an_email_really_arrives(session: Session, smtp: SmtpServer) -> None:
    message_id = make_message(somebody("alix@exemple.fr"), params={"title": "Rendez-vous à Denain"})
    counts = deliver_due(now=NOON)
    assert counts == {"sent": 1, "tried": 1}
    (mail,) = smtp.messages
    assert mail["Subject"] == "Rendez-vous à Denain"
    assert mail["To"] == "alix@exemple.fr"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<http://mobilite.test/messages/desabonnement/")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    sent = row(session, message_id)
    assert (sent.state, sent.channel, sent.attempts) == (MessageState.SENT, Channel.EMAIL, 1)
    assert sent.sent_at is not None
    assert sent.message_id == mail["Message-ID"]


def test_answers_go_where_the_settings_say(
    app: Flask, session: Session, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "accueil@exemple.fr")
    make_message(somebody())
    deliver_due(now=NOON)
    assert smtp.messages[0]["Reply-To"] == "accueil@exemple.fr"


def test_a_batch_goes_through_one_connection(session: Session, smtp: SmtpServer) -> None:
    for _ in range(5):
        make_message(somebody())
    assert deliver_due(now=NOON)["sent"] == 5
    assert len(smtp.inbox.connections) == 1


def test_a_server_that_wants_a_new_connection_gets_one(session: Session, smtp: SmtpServer) -> None:
    smtp.inbox.limit_per_connection = 2
    for _ in range(5):
        make_message(somebody())
    assert deliver_due(now=NOON)["sent"] == 5
    assert len(smtp.inbox.connections) == 3


def test_the_limit_of_a_run_holds(session: Session, smtp: SmtpServer) -> None:
    for _ in range(5):
        make_message(somebody())
    assert deliver_due(now=NOON, limit=3)["sent"] == 3
    assert deliver_due(now=NOON)["sent"] == 2


def test_a_run_that_is_asked_to_stop_stops(session: Session, smtp: SmtpServer) -> None:
    make_message(somebody())
    jobs.request_stop()
    assert deliver_due(now=NOON) == {}
    jobs.clear_stop()
    assert deliver_due(now=NOON)["sent"] == 1


def test_security_goes_first_then_urgent_then_normal(session: Session, smtp: SmtpServer) -> None:
    for title, kind in (("n", MessageClass.NORMAL), ("u", URGENT), ("s", SECURITY)):
        make_message(somebody(), message_class=kind, params={"title": title})
    deliver_due(now=NOON)
    assert [mail["Subject"] for mail in smtp.messages] == ["s", "u", "n"]


def test_quiet_hours_hold_normal_messages_only(session: Session, smtp: SmtpServer) -> None:
    recipient_id = somebody()
    normal = make_message(recipient_id, now=NIGHT)
    make_message(recipient_id, now=NIGHT, message_class=URGENT)
    assert deliver_due(now=NIGHT) == {"sent": 1, "tried": 1}
    assert row(session, normal).state is MessageState.QUEUED
    assert deliver_due(now=NIGHT + timedelta(hours=9, minutes=-1)) == {}
    assert deliver_due(now=NIGHT + timedelta(hours=9)) == {"sent": 1, "tried": 1}


def test_what_falls_due_in_quiet_hours_leaves_before_them(session: Session, smtp: SmtpServer) -> None:
    make_message(somebody(), due_at=NIGHT)
    assert deliver_due(now=NOON + timedelta(hours=7)) == {}
    assert deliver_due(now=NOON + timedelta(hours=7, minutes=30))["sent"] == 1


def test_several_normal_messages_of_a_day_are_one_email(session: Session, smtp: SmtpServer) -> None:
    recipient_id = somebody()
    ids = [make_message(recipient_id, params={"title": f"Titre {n}"}) for n in range(3)]
    assert deliver_due(now=NOON) == {"sent": 1, "tried": 1}
    (mail,) = smtp.messages
    assert mail["Subject"] == "Vous avez 3 messages"
    assert states(session) == [MessageState.SENT, MessageState.MERGED, MessageState.MERGED]
    assert row(session, ids[1]).merged_into_id == ids[0]


def test_a_fourth_normal_message_of_that_day_waits_for_the_next(session: Session, smtp: SmtpServer) -> None:
    recipient_id = somebody()
    make_message(recipient_id)
    deliver_due(now=NOON)
    later = make_message(recipient_id, now=NOON + timedelta(hours=1))
    assert deliver_due(now=NOON + timedelta(hours=1)) == {"waited": 1}
    assert row(session, later).leave_at == NOON + timedelta(hours=20)
    assert deliver_due(now=NOON + timedelta(hours=20))["sent"] == 1


def test_a_digest_that_failed_is_sent_again_whole_with_the_newcomer(session: Session, smtp: SmtpServer) -> None:
    recipient_id = somebody("busy-alix@exemple.fr")
    for n in range(2):
        make_message(recipient_id, params={"text": f"Texte {n}"})
    assert deliver_due(now=NOON)["temporary"] == 1
    make_message(recipient_id, now=NOON + timedelta(seconds=30), params={"text": "Texte 2"})
    with transaction():
        session.scalars(select(ContactPoint)).one().value = "alix@exemple.fr"
    deliver_due(now=NOON + timedelta(minutes=5))
    (mail,) = smtp.messages
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [n for n in range(3) if f"Texte {n}" in text] == [0, 1, 2]


def test_a_full_digest_carries_at_most_fifty_others(session: Session, smtp: SmtpServer) -> None:
    recipient_id = somebody()
    for _ in range(60):
        make_message(recipient_id)
    deliver_due(now=NOON)
    assert smtp.messages[0]["Subject"] == "Vous avez 51 messages"


def test_an_address_that_does_not_exist_is_flagged_and_the_phone_takes_over(
    session: Session, smtp: SmtpServer, sms: SmsServer, heard: Heard
) -> None:
    recipient_id = somebody("unknown-alix@exemple.fr", phone=True)
    message_id = make_message(recipient_id)
    assert deliver_due(now=NOON) == {"bounced": 1, "sent": 1, "tried": 2}
    assert len(sms.sent) == 1
    point = session.scalars(select(ContactPoint).where(ContactPoint.channel == Channel.EMAIL)).one()
    assert point.bounced_at is not None
    assert [bounced.contact_point_id for bounced in heard.bounced] == [point.id]
    sent = row(session, message_id)
    assert (sent.state, sent.channel, sent.attempts) == (MessageState.SENT, Channel.SMS, 2)
    details = session.scalars(select(DeliveryAttempt.detail)).all()
    assert not any("alix" in detail for detail in details)


@pytest.mark.parametrize(
    ("prefix", "outcome"),
    [("full-", Outcome.REFUSED), ("policy-", Outcome.REFUSED), ("content-", Outcome.REFUSED)],
)
def test_a_refusal_that_says_nothing_of_the_address_does_not_flag_it(
    session: Session, smtp: SmtpServer, heard: Heard, prefix: str, outcome: Outcome
) -> None:
    message_id = make_message(somebody(f"{prefix}a@exemple.fr"))
    assert deliver_due(now=NOON) == {outcome.value: 1, "tried": 1}
    assert session.scalars(select(ContactPoint)).one().bounced_at is None
    assert row(session, message_id).state is MessageState.FAILED
    assert [lost.outbox_message_id for lost in heard.undelivered] == [message_id]
    assert heard.bounced == []


def test_the_next_one_still_leaves_after_a_refusal(session: Session, smtp: SmtpServer) -> None:
    make_message(somebody("unknown-a@exemple.fr"))
    make_message(somebody("content-a@exemple.fr"))
    make_message(somebody("b@exemple.fr"))
    deliver_due(now=NOON)
    assert smtp.inbox.recipients == ["b@exemple.fr"]


def test_a_passing_failure_is_tried_again_later_and_in_the_end_given_up(
    session: Session, smtp: SmtpServer, heard: Heard
) -> None:
    message_id = make_message(somebody("busy-a@exemple.fr", digest=False), message_class=URGENT)
    now, tries = NOON, 0
    while row(session, message_id).state is MessageState.QUEUED and tries < 20:
        now = max(now, row(session, message_id).leave_at)
        assert deliver_due(now=now)["temporary"] == 1
        tries += 1
    assert tries == 10
    assert row(session, message_id).last_error == "Échec passager"
    assert len(heard.undelivered) == 1


def test_a_phone_takes_over_from_a_mailbox_that_keeps_failing(
    session: Session, smtp: SmtpServer, sms: SmsServer
) -> None:
    message_id = make_message(somebody("busy-a@exemple.fr", phone=True), message_class=URGENT)
    for minutes in (0, 5, 15):
        deliver_due(now=NOON + timedelta(minutes=minutes))
    assert row(session, message_id).channel is Channel.SMS
    assert len(sms.sent) == 1


def test_a_server_that_is_down_uses_up_no_attempts(
    app: Flask, session: Session, smtp: SmtpServer, heard: Heard
) -> None:
    smtp.stop()
    ids = [make_message(somebody()) for _ in range(4)]
    counts = deliver_due(now=NOON)
    assert counts["unavailable"] == 1
    assert counts["waited"] == 3
    now = NOON
    for _ in range(30):
        now += timedelta(minutes=61)
        deliver_due(now=now)
    assert heard.undelivered == []
    again = SmtpServer(port=smtp.port).start()
    deliver_due(now=NOON + timedelta(days=3))
    again.stop()
    assert len(again.messages) == 4
    assert {row(session, message_id).state for message_id in ids} == {MessageState.SENT}


def test_an_urgent_message_goes_around_a_server_that_is_down(
    session: Session, smtp: SmtpServer, sms: SmsServer
) -> None:
    smtp.stop()
    make_message(somebody())
    make_message(somebody(phone=True), message_class=URGENT)
    make_message(somebody(phone=True), message_class=URGENT)
    counts = deliver_due(now=NOON)
    assert len(sms.sent) == 2
    assert counts == {"sent": 2, "tried": 3, "unavailable": 1, "waited": 1}  # the mailbox was tried once


def test_a_message_without_anybody_to_write_to_fails_and_says_so(session: Session, heard: Heard) -> None:
    message_id = make_message(make_recipient(), person_id=12)
    assert deliver_due(now=NOON) == {"no_point": 1}
    failed = row(session, message_id)
    assert (failed.state, failed.last_error) == (MessageState.FAILED, "Aucun moyen de contact utilisable")
    assert heard.undelivered[0].person_id == 12


def test_a_message_that_is_too_late_expires_and_says_so(session: Session, smtp: SmtpServer, heard: Heard) -> None:
    message_id = make_message(somebody(), expires_at=NOON + timedelta(hours=1))
    assert deliver_due(now=NOON + timedelta(hours=2)) == {"expired": 1}
    assert row(session, message_id).state is MessageState.EXPIRED
    assert heard.undelivered[0].state is MessageState.EXPIRED
    assert smtp.messages == []


def test_a_cancelled_message_does_not_leave(session: Session, smtp: SmtpServer) -> None:
    make_message(somebody(), key="loan:1:j-1")
    services.cancel(dedup_prefix="loan:1:", now=NOON)
    assert deliver_due(now=NOON) == {}


def test_a_code_is_not_kept_once_it_left(session: Session, smtp: SmtpServer) -> None:
    message_id = make_message(somebody(), message_class=SECURITY, template="sign_in_code")
    deliver_due(now=NOON)
    assert row(session, message_id).params == {}
    assert "123 456" in str(smtp.messages[0])


def test_a_neutral_mailbox_gets_a_neutral_message_from_nobody(session: Session, smtp: SmtpServer) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, neutral=True)
    make_message(recipient_id, params={"title": "Votre voiture"})
    deliver_due(now=NOON)
    mail = smtp.messages[0]
    assert mail["Subject"] == "Vous avez un message de votre conseiller"
    assert mail["From"] == "ne-pas-repondre@mobilite.example"
    assert "voiture" not in str(mail).lower()


def test_a_message_that_cannot_be_rendered_fails_alone(session: Session, smtp: SmtpServer, heard: Heard) -> None:
    broken, fine = make_message(somebody()), make_message(somebody())
    with transaction():
        row(session, broken).params = {"title": "x"}
    deliver_due(now=NOON)
    assert row(session, broken).state is MessageState.FAILED
    assert row(session, fine).state is MessageState.SENT


def test_an_sms_is_signed_as_ovh_wants_and_its_links_are_short(session: Session, sms: SmsServer) -> None:
    sms.provider.clock_shift = 3600  # our clock and theirs are an hour apart
    recipient_id = make_recipient(preferred=Channel.SMS)
    make_point(recipient_id, Channel.SMS, "+33639981234")
    long = "http://mobilite.test/connexion/lien/" + "x" * 120
    message_id = make_message(
        recipient_id, template="sign_in_link", message_class=SECURITY, params={"link": long, "minutes": 30}
    )
    assert deliver_due(now=NOON) == {"sent": 1, "tried": 1}
    (job,) = sms.sent
    link = session.scalars(select(ShortLink)).one()
    assert job["message"] == f"Pour vous connecter (30 min) : http://mobilite.test/l/{link.code}"
    assert link.path == "/connexion/lien/" + "x" * 120
    assert (job["receivers"], job["senderForResponse"], job["coding"]) == (["+33639981234"], True, "7bit")
    assert row(session, message_id).provider_ref == "ovh:1001"


def test_an_sms_goes_through_brevo_too(
    app: Flask, session: Session, sms: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**sms.settings("brevo"), "SMS_SENDER": "Mobilite"}.items():
        monkeypatch.setitem(app.config, name, value)
    recipient_id = make_recipient()
    make_point(recipient_id, Channel.SMS, "+33639981234")
    message_id = make_message(recipient_id, params={"title": "مرحبا"})
    assert deliver_due(now=NOON)["sent"] == 1
    assert sms.sent[0]["recipient"] == "33639981234"
    assert sms.sent[0]["unicodeEnabled"] is True
    assert row(session, message_id).provider_ref == "brevo:501"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (401, Outcome.UNAVAILABLE),
        (402, Outcome.UNAVAILABLE),
        (429, Outcome.TEMPORARY),
        (500, Outcome.TEMPORARY),
        (302, Outcome.TEMPORARY),
    ],
)
def test_what_the_provider_answers_decides(session: Session, sms: SmsServer, status: int, outcome: Outcome) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, Channel.SMS)
    make_message(recipient_id)
    sms.provider.status = status
    assert deliver_due(now=NOON) == {outcome.value: 1, "tried": 1}


def test_a_provider_that_does_not_answer_in_time_is_tried_again(
    session: Session, sms: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobility.notifications.channels.sms.TIMEOUT_SECONDS", (1, 0.2))
    sms.provider.delay_seconds = 0.5
    recipient_id = make_recipient()
    make_point(recipient_id, Channel.SMS)
    make_message(recipient_id)
    assert deliver_due(now=NOON) == {"temporary": 1, "tried": 1}


def test_a_number_that_ovh_refuses_is_flagged(session: Session, sms: SmsServer, heard: Heard) -> None:
    recipient_id = make_recipient()
    make_point(recipient_id, Channel.SMS, "+33639981234")
    make_message(recipient_id)
    sms.provider.invalid.add("+33639981234")
    assert deliver_due(now=NOON) == {"bounced": 1, "tried": 1}
    assert len(heard.bounced) == 1


# --- claims, leases, rivals


def claim(now: object = NOON, worker: str = "w1") -> claims.Claim:
    step = claims.claim_next(now=now, worker_id=worker, lease=LEASE, down=frozenset())  # type: ignore[arg-type]
    assert isinstance(step, claims.Claim)
    return step


def test_what_a_dead_worker_had_in_hand_is_sent_after_its_lease(session: Session, smtp: SmtpServer) -> None:
    message_id = make_message(somebody())
    before = claim()
    assert row(session, message_id).state is MessageState.SENDING
    assert deliver_due(now=NOON + timedelta(seconds=119)) == {}
    assert deliver_due(now=NOON + timedelta(seconds=121)) == {"recovered": 1, "sent": 1, "tried": 1}
    outcomes_seen = session.scalars(select(DeliveryAttempt.outcome).order_by(DeliveryAttempt.number)).all()
    assert outcomes_seen == [Outcome.LOST, Outcome.SENT]
    assert smtp.messages[0]["Message-ID"] == before.message_id


def test_a_worker_that_comes_back_too_late_changes_nothing(session: Session, smtp: SmtpServer) -> None:
    message_id = make_message(somebody())
    late = claim()
    deliver_due(now=NOON + timedelta(seconds=121))
    outcomes.record(late, Outcome.BOUNCED, reference="", detail="", now=NOON + timedelta(seconds=130))
    assert row(session, message_id).state is MessageState.SENT
    assert session.scalars(select(ContactPoint)).one().bounced_at is None


def test_a_message_that_kills_its_worker_each_time_is_given_up(session: Session, heard: Heard) -> None:
    message_id = make_message(somebody(), message_class=URGENT)
    now = NOON
    for _ in range(claims.LOST_MAX):
        claim(now)
        now += LEASE
        claims.recover_lost(now=now)
    assert row(session, message_id).state is MessageState.FAILED
    assert heard.undelivered[0].reason == "Son envoi s’interrompt à chaque fois"


def test_a_message_in_hand_is_not_claimed_twice(session: Session) -> None:
    make_message(somebody())
    claim()
    assert claims.claim_next(now=NOON, worker_id="w2", lease=LEASE, down=frozenset()) is None


def test_workers_side_by_side_send_each_message_once(app: Flask, session: Session, smtp: SmtpServer) -> None:
    ids = [make_message(somebody()) for _ in range(60)]
    barrier = Barrier(4)

    def worker(number: int) -> None:
        with app.app_context():
            barrier.wait()
            deliver_due(now=NOON, worker_id=f"w{number}")

    threads = [Thread(target=worker, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_due(now=NOON)
    seen = [mail["Message-ID"] for mail in smtp.messages]
    assert len(seen) == len(set(seen)) == len(ids)
    assert set(states(session)) == {MessageState.SENT}


def test_workers_side_by_side_write_to_one_person_once_a_day(app: Flask, session: Session, smtp: SmtpServer) -> None:
    people = [somebody() for _ in range(10)]
    for recipient_id in people:
        for _ in range(4):
            make_message(recipient_id)
    barrier = Barrier(4)

    def worker(number: int) -> None:
        with app.app_context():
            barrier.wait()
            deliver_due(now=NOON, worker_id=f"w{number}")

    threads = [Thread(target=worker, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_due(now=NOON)
    assert [mail["Subject"] for mail in smtp.messages] == ["Vous avez 4 messages"] * 10


def test_a_bug_in_a_channel_stops_nobody_else(
    session: Session, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = delivery._envelope
    first = make_message(somebody())
    make_message(somebody())

    def fragile(each: claims.Claim, now: object) -> object:
        envelope = real(each, now)  # type: ignore[arg-type]
        if each.message_pk == first:
            object.__setattr__(envelope, "to", None)
        return envelope

    monkeypatch.setattr(delivery, "_envelope", fragile)
    assert deliver_due(now=NOON) == {"sent": 1, "temporary": 1, "tried": 2}


def test_the_number_of_statements_of_a_message_does_not_grow_with_the_queue(
    session: Session, smtp: SmtpServer, count_queries: object
) -> None:
    def statements(extra: int) -> int:
        for _ in range(extra):
            make_message(somebody(), due_at=NOON + timedelta(days=30))
        make_message(somebody())
        with count_queries() as seen:  # type: ignore[operator]
            deliver_due(now=NOON)
        return int(seen.total)

    assert statements(0) == statements(30)
