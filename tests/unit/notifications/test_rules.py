from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import PARIS, day_of
from mobility.core.errors import ForbiddenTransition
from mobility.notifications import rules
from mobility.notifications.kinds import (
    CHANNEL_LABELS,
    CLASS_LABELS,
    HOLDER_LABELS,
    INBOUND_LABELS,
    OUTCOME_LABELS,
    STATE_LABELS,
    STATE_TONES,
    TRANSITIONS,
    Channel,
    Holder,
    InboundKind,
    MessageAction,
    MessageClass,
    MessageState,
    Outcome,
)
from mobility.notifications.rules import (
    Expire,
    MessageFacts,
    NoPoint,
    PointFacts,
    Send,
    Situation,
    Tried,
    Wait,
    Wishes,
    decide,
)
from mobility.notifications.timing import Hours

QUIET = Hours(time(20), time(8))
NORMAL, URGENT, SECURITY = MessageClass.NORMAL, MessageClass.URGENT, MessageClass.SECURITY
MAIL = PointFacts(1, Channel.EMAIL, "a@exemple.fr")
PHONE = PointFacts(2, Channel.SMS, "+33639980001")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


NOON = paris("2026-11-24 12:00")
NIGHT = paris("2026-11-24 23:00")


def message(kind: MessageClass = NORMAL, *, due: datetime = NOON, identity: int = 1, **facts: Any) -> MessageFacts:
    return MessageFacts(identity, kind, due, **facts)


def around(now: datetime = NOON, *, points: tuple[PointFacts, ...] = (MAIL, PHONE), **facts: Any) -> Situation:
    facts.setdefault("wishes", Wishes())
    return Situation(now=now, quiet=QUIET, points=points, **facts)


@pytest.mark.parametrize(
    "labels", [CHANNEL_LABELS, HOLDER_LABELS, CLASS_LABELS, STATE_LABELS, OUTCOME_LABELS, INBOUND_LABELS]
)
def test_every_value_has_its_french_label(labels: dict[Any, str]) -> None:
    assert set(labels) == set(type(next(iter(labels))))
    assert set(STATE_TONES) == set(MessageState)


def test_the_table_of_moves_is_this_one() -> None:
    final = TRANSITIONS.final_states(MessageState)
    assert final == {MessageState.DELIVERED, MessageState.EXPIRED, MessageState.CANCELLED}
    for state in MessageState:
        for action in MessageAction:
            if not TRANSITIONS.allows(state, action):
                with pytest.raises(ForbiddenTransition):
                    TRANSITIONS.after(state, action)


def test_what_left_cannot_be_cancelled_and_what_is_over_stays_so() -> None:
    for state in (MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED, MessageState.EXPIRED):
        assert not TRANSITIONS.allows(state, MessageAction.CANCEL)
    assert not TRANSITIONS.allows(MessageState.CANCELLED, MessageAction.REQUEUE)


# --- which point


@pytest.mark.parametrize(("preferred", "expected"), [(None, 1), (Channel.EMAIL, 1), (Channel.SMS, 2)])
def test_the_preferred_channel_comes_first(preferred: Channel | None, expected: int) -> None:
    decision = decide(message(URGENT), around(wishes=Wishes(preferred=preferred)))
    assert isinstance(decision, Send)
    assert decision.point.id == expected


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"bounced": True}, id="bounced"),
        pytest.param({"archived": True}, id="archived"),
        pytest.param({"opted_out": True}, id="opted out"),
    ],
)
def test_a_point_that_cannot_be_used_gives_way_to_another_channel(broken: dict[str, bool]) -> None:
    decision = decide(message(), around(points=(replace(MAIL, **broken), PHONE)))
    assert decision == Send(PHONE)
    assert decide(message(), around(points=(replace(MAIL, **broken),))) == NoPoint()


def test_a_code_that_was_asked_for_reaches_a_point_that_opted_out() -> None:
    assert decide(message(SECURITY), around(points=(replace(MAIL, opted_out=True),))) == Send(
        replace(MAIL, opted_out=True)
    )


def test_nobody_to_write_to_is_said() -> None:
    assert decide(message(), around(points=())) == NoPoint()


@pytest.mark.parametrize(("kind", "patience"), [(SECURITY, 1), (URGENT, 2), (NORMAL, 3)])
def test_a_point_that_keeps_failing_gives_way(kind: MessageClass, patience: int) -> None:
    before = decide(message(kind), around(tried={1: Tried(failures=patience - 1)}))
    after = decide(message(kind), around(tried={1: Tried(failures=patience)}))
    assert isinstance(before, Send)
    assert isinstance(after, Send)
    assert (before.point.id, after.point.id) == (1, 2)


def test_a_point_that_refused_this_message_is_not_tried_again_with_it() -> None:
    decision = decide(message(), around(tried={1: Tried(dead=True)}))
    assert decision == Send(PHONE)


def test_a_message_bound_to_a_point_goes_nowhere_else() -> None:
    assert decide(message(SECURITY, only_point_id=2), around()) == Send(PHONE)
    assert decide(message(SECURITY, only_point_id=2), around(tried={2: Tried(dead=True)})) == NoPoint()


def test_verified_points_and_the_persons_own_come_first() -> None:
    unverified = PointFacts(1, Channel.SMS, "+33639980001", verified=False)
    shared = PointFacts(2, Channel.SMS, "+33639980002", holder=Holder.SHARED)
    own = PointFacts(3, Channel.SMS, "+33639980003")
    ranked = rules.rank_points(message(), around(points=(unverified, shared, own)))
    assert [point.id for point in ranked] == [3, 2, 1]


def test_earlier_attempts_are_summed_up_by_point() -> None:
    tried = rules.tried_by_point(
        [(1, Outcome.TEMPORARY), (1, Outcome.UNAVAILABLE), (2, Outcome.BOUNCED), (3, Outcome.LOST), (3, None)]
    )
    assert tried == {1: Tried(2, False), 2: Tried(0, True), 3: Tried(0, False)}


# --- when


def test_a_normal_message_waits_for_the_morning_and_an_urgent_one_does_not() -> None:
    assert decide(message(due=NIGHT), around(NIGHT)) == Wait(paris("2026-11-25 08:00"))
    assert decide(message(URGENT, due=NIGHT), around(NIGHT)) == Send(MAIL)
    assert decide(message(SECURITY, due=NIGHT), around(NIGHT)) == Send(MAIL)


def test_a_pause_holds_only_normal_messages() -> None:
    paused = Wishes(paused_until_at=paris("2026-12-01 10:00"))
    assert decide(message(), around(wishes=paused)) == Wait(paris("2026-12-01 10:00"))
    assert decide(message(URGENT), around(wishes=paused)) == Send(MAIL)


def test_what_is_too_late_expires() -> None:
    assert decide(message(expires_at=NOON), around()) == Expire()
    assert decide(message(expires_at=NOON + timedelta(seconds=1)), around()) == Send(MAIL)


def test_what_would_wait_until_after_its_end_expires_at_once() -> None:
    assert decide(message(due=NIGHT, expires_at=NIGHT + timedelta(hours=2)), around(NIGHT)) == Expire()


def test_an_urgent_message_takes_the_point_that_is_open_first() -> None:
    later = replace(MAIL, safe=Hours(time(18), time(20)))
    assert decide(message(URGENT), around(points=(later, PHONE))) == Send(PHONE)
    assert decide(message(URGENT), around(points=(later,))) == Wait(paris("2026-11-24 18:00"))


def test_a_normal_message_waits_for_its_best_point_unless_it_would_be_too_late() -> None:
    later = replace(MAIL, safe=Hours(time(18), time(20)))
    assert decide(message(), around(points=(later, PHONE))) == Wait(paris("2026-11-24 18:00"))
    hurried = message(expires_at=paris("2026-11-24 15:00"))
    assert decide(hurried, around(points=(later, PHONE))) == Send(PHONE)


def test_a_channel_that_is_down_is_waited_for_or_gone_around() -> None:
    down = frozenset({Channel.EMAIL})
    assert decide(message(), around(down=down)) == Wait(NOON + rules.CHANNEL_DOWN_WAIT)
    assert decide(message(URGENT), around(down=down)) == Send(PHONE)
    assert decide(message(URGENT), around(down=down, points=(MAIL,))) == Wait(NOON + rules.CHANNEL_DOWN_WAIT)


@pytest.mark.parametrize("kind", MessageClass)
def test_each_wait_is_longer_than_the_one_before_and_they_end(kind: MessageClass) -> None:
    waits = [rules.retry_after(kind, n) for n in range(1, len(rules.BACK_OFF[kind]) + 1)]
    assert all(a is not None and b is not None and a < b for a, b in pairwise(waits))
    assert rules.retry_after(kind, len(waits) + 1) is None
    assert rules.retry_after(kind, 0) is None


# --- digest


def test_several_normal_messages_leave_as_one() -> None:
    others = (message(identity=2), message(identity=3, due=NOON - timedelta(hours=2)))
    assert decide(message(), around(others=others)) == Send(MAIL, (2, 3))


def test_what_is_known_to_leave_later_that_day_is_waited_for() -> None:
    later = paris("2026-11-24 17:00")
    assert decide(message(), around(others=(message(identity=2, due=later),))) == Wait(later)


def test_tomorrows_message_is_not_waited_for() -> None:
    tomorrow = paris("2026-11-25 10:00")
    assert decide(message(), around(others=(message(identity=2, due=tomorrow),))) == Send(MAIL)


def test_tomorrows_dawn_message_leaves_tonight_and_so_is_waited_for() -> None:
    dawn = paris("2026-11-25 06:00")
    assert decide(message(), around(others=(message(identity=2, due=dawn),))) == Wait(paris("2026-11-24 19:30"))


def test_a_second_normal_message_on_a_day_waits_for_the_next() -> None:
    sent = around(last_normal_sent_at=NOON - timedelta(hours=3))
    assert decide(message(), sent) == Wait(paris("2026-11-25 08:00"))
    assert decide(message(), around(last_normal_sent_at=NOON - timedelta(days=1))) == Send(MAIL)


def test_a_message_that_would_be_worthless_tomorrow_leaves_all_the_same() -> None:
    tonight = paris("2026-11-24 21:00")
    sent = around(last_normal_sent_at=NOON - timedelta(hours=3), others=(message(identity=2),))
    assert decide(message(expires_at=tonight), sent) == Send(MAIL, (2,))


def test_the_digest_does_not_wait_past_the_end_of_what_it_carries() -> None:
    hurried = message(expires_at=paris("2026-11-24 15:00"))
    at_two, at_five = paris("2026-11-24 14:00"), paris("2026-11-24 17:00")
    assert decide(hurried, around(others=(message(identity=2, due=at_five),))) == Send(MAIL)
    both = (message(identity=2, due=at_five), message(identity=3, due=at_two))
    assert decide(hurried, around(others=both)) == Wait(at_two)


def test_an_expired_companion_is_left_out() -> None:
    assert decide(message(), around(others=(message(identity=2, expires_at=NOON),))) == Send(MAIL)


def test_who_wants_no_digest_gets_each_message() -> None:
    wishes = Wishes(digest=False)
    situation = around(wishes=wishes, others=(message(identity=2),), last_normal_sent_at=NOON)
    assert decide(message(), situation) == Send(MAIL)


def test_urgent_and_bound_messages_do_not_join_a_digest() -> None:
    situation = around(others=(message(identity=2),), last_normal_sent_at=NOON)
    assert decide(message(URGENT), situation) == Send(MAIL)
    assert decide(message(only_point_id=1), situation) == Send(MAIL)


def test_the_first_look_is_planned_at_the_due_instant_where_nobody_can_be_written_to() -> None:
    later = NOON + timedelta(days=1)
    assert rules.planned_at(message(due=later), around(points=())) == later
    assert rules.planned_at(message(due=paris("2026-11-25 03:00")), around()) == paris("2026-11-24 19:30")


def test_security_comes_before_urgent_and_urgent_before_normal() -> None:
    assert sorted(MessageClass, key=rules.class_rank) == [SECURITY, URGENT, NORMAL]


def test_every_inbound_kind_has_a_label() -> None:
    assert set(INBOUND_LABELS) == set(InboundKind)


# --- properties

walls = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
instants = st.datetimes(datetime(2026, 3, 25), datetime(2026, 11, 30), timezones=st.just(UTC))
points = st.lists(
    st.builds(
        PointFacts,
        id=st.integers(1, 9),
        channel=st.sampled_from(Channel),
        value=st.just("x"),
        holder=st.sampled_from(Holder),
        safe=st.none() | st.builds(Hours, walls, walls),
        verified=st.booleans(),
        bounced=st.booleans(),
        opted_out=st.booleans(),
        archived=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda point: point.id,
)
messages = st.builds(
    MessageFacts,
    id=st.just(1),
    message_class=st.sampled_from(MessageClass),
    due_at=instants,
    expires_at=st.none() | instants,
)
companions = st.lists(
    st.builds(
        MessageFacts,
        id=st.integers(2, 99),
        message_class=st.just(NORMAL),
        due_at=instants,
        expires_at=st.none() | instants,
    ),
    max_size=4,
    unique_by=lambda m: m.id,
)
situations = st.builds(
    Situation,
    now=instants,
    quiet=st.just(QUIET),
    wishes=st.builds(Wishes, st.none() | st.sampled_from(Channel), st.booleans(), st.none() | instants),
    points=points,
    others=companions,
    last_normal_sent_at=st.none() | instants,
    down=st.frozensets(st.sampled_from(Channel)),
)


@given(messages, situations)
def test_a_decision_always_moves_forward_and_breaks_no_promise(what: MessageFacts, where: Situation) -> None:
    decision = decide(what, where)
    if isinstance(decision, Wait):
        assert decision.until_at > where.now
    elif isinstance(decision, Send):
        point = decision.point
        assert not point.archived
        assert not point.bounced
        assert not point.opted_out or what.message_class is SECURITY
        assert point.channel not in where.down
        assert what.expires_at is None or where.now < what.expires_at
        assert set(decision.with_ids) <= {other.id for other in where.others}
        if what.message_class is NORMAL:
            assert where.wishes.paused_until_at is None or where.wishes.paused_until_at <= where.now
        else:
            assert not decision.with_ids


@given(messages, situations)
def test_waiting_as_told_ends(what: MessageFacts, where: Situation) -> None:
    """Whoever looks again when told settles the message, and within a few looks."""
    where = replace(where, down=frozenset(), last_normal_sent_at=None)
    for _ in range(12):
        decision = decide(what, where)
        if not isinstance(decision, Wait):
            return
        where = replace(where, now=decision.until_at)
    pytest.fail("the message waits for ever")


@given(st.lists(instants, min_size=2, max_size=6))
def test_at_most_one_normal_message_leaves_a_day(dues: list[datetime]) -> None:
    """Play the days: each look is at the earliest instant that some message waits for."""
    waiting = {n: message(identity=n, due=due) for n, due in enumerate(dues, 1)}
    looks = {n: min(dues) - timedelta(days=2) for n in waiting}
    sent: list[datetime] = []
    for _ in range(200):
        if not waiting:
            break
        identity = min(waiting, key=lambda n: (looks[n], n))
        now = looks[identity]
        others = [m for n, m in waiting.items() if n != identity]
        decision = decide(
            waiting[identity],
            around(now, others=others, last_normal_sent_at=sent[-1] if sent else None),
        )
        if isinstance(decision, Wait):
            looks[identity] = decision.until_at
            continue
        assert isinstance(decision, Send)
        sent.append(now)
        for gone in (identity, *decision.with_ids):
            del waiting[gone]
    assert not waiting
    days = [day_of(instant) for instant in sent]
    assert len(days) == len(set(days))
