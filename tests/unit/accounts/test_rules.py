"""Passwords, throttling, sessions, grants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.accounts import rules
from mobility.accounts.errors import WeakPassword
from mobility.core.errors import RuleViolation

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "Chaussure-42!x",
        "Bicyclette9 rouge",
        "petit vélo bleu dans une rue calme demain",
        "aB3$aB3$xYz9",
        "ÉcoleFermée2026",
    ],
)
def test_a_password_that_reaches_the_cnil_rules_is_accepted(password: str) -> None:
    rules.check_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Court-1!",
        "toutenminusculessanschiffre",
        "12345678901234",
        "aaaaaaaaaaaaaaA1!",
        "un deux un deux un deux un deux",
        "Ab1" * 100,
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        rules.check_password(password)
    assert refused.value.field == "password"
    assert refused.value.message


def test_a_password_that_repeats_the_name_is_refused() -> None:
    with pytest.raises(WeakPassword, match="ressemble"):
        rules.check_password("Carpentier59!", known=["Carpentier"])


@given(st.text(max_size=300))
def test_any_text_is_accepted_or_refused_by_a_sentence(password: str) -> None:
    try:
        rules.check_password(password, known=["Alix", "alix.carpentier"])
    except WeakPassword as refused:
        assert refused.message.endswith(".")


def _failures(*minutes_ago: int) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes_ago]


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [
        ([], 0),
        (_failures(1, 2), 0),
        (_failures(1, 2, 3), 12),
        (_failures(1, 2, 20), 0),
        (_failures(14, 14, 14), 1),
        (_failures(1, 2, 3, 14), 12),
    ],
)
def test_the_wait_ends_when_the_oldest_counted_failure_leaves_the_window(
    failures: list[datetime], minutes: int
) -> None:
    assert rules.minutes_to_wait(failures, allowed=3, now=NOW) == minutes


@given(st.lists(st.integers(min_value=0, max_value=60 * 60), max_size=20))
def test_after_the_wait_an_attempt_is_allowed(seconds_ago: list[int]) -> None:
    failures = [NOW - timedelta(seconds=s) for s in seconds_ago]
    wait = rules.minutes_to_wait(failures, allowed=3, now=NOW)
    assert rules.minutes_to_wait(failures, allowed=3, now=NOW + timedelta(minutes=wait)) == 0


@pytest.mark.parametrize(("slept", "over"), [(0, False), (30, False), (31, True), (-3, False), (-10, True)])
def test_a_session_ends_after_its_sleep(slept: int, over: bool) -> None:
    assert rules.session_is_over(seen_at=NOW - timedelta(minutes=slept), now=NOW, idle_minutes=30) is over


def test_codes_are_read_as_people_type_them() -> None:
    assert rules.normalise_code(" 123 456 ") == "123456"
    assert rules.normalise_code("ABCD-efgh-2345") == "abcdefgh2345"


@pytest.mark.parametrize(
    ("needs", "desk", "organisation", "fine"),
    [
        ("desk", 1, None, True),
        ("desk", None, None, False),
        ("desk", None, 1, False),
        ("desk", 1, 1, False),
        ("organisation", None, 1, True),
        ("organisation", 1, 1, False),
        ("organisation", 1, None, False),
        ("everywhere", None, None, True),
        ("everywhere", 1, None, False),
        ("everywhere", 1, 1, False),
    ],
)
def test_a_grant_is_scoped_as_its_role_needs(
    needs: str, desk: int | None, organisation: int | None, fine: bool
) -> None:
    if fine:
        rules.check_grant(role_needs=needs, desk_id=desk, organisation_id=organisation)
    else:
        with pytest.raises(RuleViolation):
            rules.check_grant(role_needs=needs, desk_id=desk, organisation_id=organisation)
