"""A token that asks too often waits; another one is not hindered by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from mobility.app import create_app
from tests.conftest import dispose
from tests.integration.api.conftest import Caller


@pytest.fixture
def limited(app: Flask, settings: dict[str, Any]) -> Iterator[Flask]:
    made = create_app({**settings, "RATELIMIT_ENABLED": True, "API_RATE_LIMIT": "3 per minute"})
    yield made
    dispose(made)


def test_too_many_requests_are_told_when_to_come_back(limited: Flask, caller: Callable[..., Caller]) -> None:
    first, second = caller(), caller()
    first.client, second.client = limited.test_client(), limited.test_client()
    answers = [first.get("/desks") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].content_type == "application/problem+json"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert answers[0].headers["X-RateLimit-Remaining"] == "2"
    assert second.get("/desks").status_code == 200
    assert limited.test_client().get("/connexion").status_code == 200


def test_a_counter_that_fails_does_not_fail_the_request(
    limited: Flask, caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> int:
        raise RuntimeError("threads can only be started once")

    monkeypatch.setattr("limits.storage.memory.MemoryStorage.incr", broken)
    asking = caller()
    asking.client = limited.test_client()
    assert [asking.get("/desks").status_code for _ in range(5)] == [200] * 5
