"""The engine that the settings choose, in a whole application; /healthz tells which."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.core.errors import ConfigError
from mobility.geo import engines
from tests.support.ports import free_port

VALENCIENNES, DENAIN = (3.5163, 50.3591), (3.3898, 50.3303)


@pytest.fixture
def configured(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Choose anew, with other settings."""
    monkeypatch.setattr(app, "extensions", dict(app.extensions))
    monkeypatch.setitem(app.extensions, "mobility.health_details", {})

    def configure(**settings: object) -> None:
        for name, value in settings.items():
            monkeypatch.setitem(app.config, name, value)
        engines.init_app(app)

    return configure


def test_the_local_engine_answers_by_default(app: Flask, client: FlaskClient) -> None:
    assert engines.server() is None
    assert engines.in_use() is engines.local()
    assert engines.in_use().route(VALENCIENNES, DENAIN).seconds > 300
    assert client.get("/healthz").get_json()["routing"] == {"engine": "local", "state": "ok"}


@pytest.mark.parametrize(("name", "shown"), [("osrm", "OSRM"), ("valhalla", "Valhalla")])
def test_a_server_that_is_not_there_is_said_and_nobody_waits(
    configured: Any, client: FlaskClient, name: str, shown: str
) -> None:
    configured(ROUTING=name, ROUTING_URL=f"http://127.0.0.1:{free_port()}")
    engine = engines.in_use()
    assert engine is engines.server()
    before = client.get("/healthz")
    assert before.get_json()["routing"] == {"engine": shown, "state": "ok"}
    for _ in range(3):
        assert engine.route(VALENCIENNES, DENAIN).seconds == engines.local().route(VALENCIENNES, DENAIN).seconds
    assert engine.facts().fallen_back
    assert engine.facts().demonstration
    answer = client.get("/healthz")
    assert answer.status_code == before.status_code, "the platform serves without it"
    assert answer.get_json()["routing"] == {"engine": shown, "state": "fallen back to local"}
    assert b"mobility_routing_down 1.0" in client.get("/metrics").data


def test_a_server_without_an_address_stops_the_start(configured: Any) -> None:
    with pytest.raises(ConfigError, match="ROUTING_URL"):
        configured(ROUTING="osrm", ROUTING_URL="")
