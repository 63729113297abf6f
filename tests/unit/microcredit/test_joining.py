"""When the making of a file is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.joining import MOST_TRIES, next_try

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_pauses_double_and_end() -> None:
    pauses = [next_try(tries, now=NOW) for tries in range(1, MOST_TRIES + 1)]
    assert pauses == [*(NOW + timedelta(seconds=30 * 2**n) for n in range(MOST_TRIES - 1)), None]


@given(st.integers(0, 50))
def test_a_next_try_is_always_later(tries: int) -> None:
    later = next_try(tries, now=NOW)
    assert (later is None) == (tries >= MOST_TRIES)
    assert later is None or later > NOW
