"""Roads through the API: how long journeys take, how far one comes, and matching as the command line answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flask import Flask

from mobility.carpool.cli import make_group
from mobility.geo.network import demonstration
from mobility.geo.travel.isochrones import Surroundings
from tests.factories.matchfiles import a_match_file
from tests.integration.api.conftest import Caller
from tests.unit.geo.travel.engines import OracleEngine

Make = Callable[..., Caller]
VALENCIENNES, DENAIN, PARIS = (3.5163, 50.3591), (3.3906, 50.3291), (2.3522, 48.8566)
ISOCHRONES = "/isochrones?lon=3.5163&lat=50.3591"


@pytest.fixture
def limits(app: Flask) -> Iterator[Callable[..., None]]:
    """Change settings for one test."""
    before = {name: app.config[name] for name in ("MATCH_MAX_MB", "MATCH_MAX_PAIRS")}
    yield app.config.update
    app.config.update(before)


def asked(*, offers: int = 20, requests: int = 20) -> dict[str, Any]:
    """Return a question about the demonstration network."""
    places = list(map(tuple, demonstration.load().nodes_at().tolist()))
    return a_match_file(places, seed=3, offers=offers, requests=requests, scale_seconds=1500)


# -- Isochrones -------------------------------------------------------------------------------------------


def test_isochrones_are_those_of_the_engine(caller: Make) -> None:
    answer = caller(["roads:read"]).get(ISOCHRONES + "&minutes=30,15,15")
    assert answer.status_code == 200
    expected = Surroundings(demonstration.load()).isochrones(VALENCIENNES, [15, 30])
    assert answer.json == json.loads(json.dumps(expected.geojson()))
    assert answer.json["demonstration"]
    assert "démonstration" in answer.json["attribution"]
    assert len(answer.json["communes"]) > 20


def test_isochrones_are_of_15_30_45_and_60_minutes_unless_told(caller: Make) -> None:
    areas = caller().get(ISOCHRONES).json["features"]
    assert [area["properties"].get("minutes") for area in areas] == [60, 45, 30, 15, None]


def test_an_unchanged_answer_comes_as_304(caller: Make) -> None:
    someone = caller()
    first = someone.get(ISOCHRONES)
    again = someone.get(ISOCHRONES, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("lat=50.3", "lon"),
        ("lon=3.5&lat=95", "lat"),
        ("lon=nan&lat=50.3", "lon"),
        ("lon=3.5&lat=50.3&minutes=0", "minutes"),
        ("lon=3.5&lat=50.3&minutes=15,500", "minutes"),
        ("lon=3.5&lat=50.3&minutes=soon", "minutes"),
        ("lon=3.5&lat=50.3&minutes=" + ",".join(map(str, range(1, 30))), "minutes"),
    ],
)
def test_a_question_that_means_nothing_is_refused_by_its_field(caller: Make, query: str, field: str) -> None:
    answer = caller().get(f"/isochrones?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert list(answer.json["errors"]) == [field]


def test_a_place_without_a_road_is_refused_in_french(caller: Make) -> None:
    answer = caller().get(f"/isochrones?lon={PARIS[0]}&lat={PARIS[1]}")
    assert answer.status_code == 409
    assert answer.json["code"] == "too_far_from_road"
    assert "trop loin d’une route" in answer.json["detail"]


# -- Journeys ---------------------------------------------------------------------------------------------


def test_travel_times_are_those_of_the_engine_pair_by_pair(caller: Make) -> None:
    pairs = [(VALENCIENNES, DENAIN), (DENAIN, VALENCIENNES), (DENAIN, DENAIN)]
    query = "&".join(f"from={a[0]},{a[1]}&to={b[0]},{b[1]}" for a, b in pairs)
    answer = caller(["roads:read"]).get(f"/travel-times?{query}")
    assert answer.status_code == 200
    oracle = OracleEngine(demonstration.load())
    expected = [int(oracle.one_to_many(a, np.array([b]))[0]) for a, b in pairs]
    assert answer.json["seconds"] == expected
    assert expected[0] > 300
    assert expected[2] == 0
    assert answer.json["demonstration"]
    assert not answer.json["fallen_back"]
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=3.5,50.3", "to"),
        ("from=3.5,50.3&to=3.5,50.3&to=3.5,50.3", "to"),
        ("from=3.5&to=3.5,50.3", "from"),
        ("from=nan,50.3&to=3.5,50.3", "from"),
        ("from=3.5,50.3&to=181,50.3", "to"),
        ("from=3.5,50.3&" * 101 + "to=3.5,50.3&" * 101, "from"),
    ],
)
def test_pairs_that_mean_nothing_are_refused_by_their_field(caller: Make, query: str, field: str) -> None:
    answer = caller().get(f"/travel-times?{query}")
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_the_end_without_a_road_is_named(caller: Make) -> None:
    query = f"from=3.5163,50.3591&to=3.3906,50.3291&from=3.5163,50.3591&to={PARIS[0]},{PARIS[1]}"
    answer = caller().get(f"/travel-times?{query}")
    assert answer.status_code == 409
    assert (answer.json["code"], answer.json["field"], answer.json["index"]) == ("too_far_from_road", "to", 1)


# -- Matching ---------------------------------------------------------------------------------------------


def test_matching_answers_the_very_pairs_of_the_command_line(app: Flask, caller: Make) -> None:
    question = asked(offers=60, requests=60)
    answer = caller(["carpool:match"]).post("/carpool/matches", question)
    assert answer.status_code == 200
    printed = CliRunner().invoke(make_group(lambda run: run), ["match", "-"], input=json.dumps(question).encode())
    assert answer.json["matches"] == json.loads(printed.stdout)
    assert len(answer.json["matches"]) > 20
    assert [f"mobility: {line}" for line in answer.json["left_out"]] == [
        line for line in printed.stderr.splitlines() if "left out" in line
    ]
    assert answer.json["left_out"]
    assert answer.json["demonstration"]


def test_it_needs_no_once_only_key_and_keeps_nothing(app: Flask, caller: Make, count_queries: Any) -> None:
    someone = caller()
    with count_queries() as seen:
        answer = someone.client.post("/api/v1/carpool/matches", json=asked(), headers=someone.headers)
    assert answer.status_code == 200
    assert not [statement for statement in seen.statements if "once" in statement.lower()]


def test_the_limit_of_walking_is_the_callers(caller: Make) -> None:
    someone = caller()
    strict = someone.post("/carpool/matches?snap_limit_m=0", asked())
    assert strict.json["matches"] == []
    assert len(strict.json["left_out"]) >= 40
    refused = someone.post("/carpool/matches?snap_limit_m=-1", asked())
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["snap_limit_m"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "expected an object"),
        (b'{"offers": []}', "requests is missing"),
        (b'{"offers": [{"id": "a"}], "requests": []}', 'offers[0] (id "a"): from is missing'),
        (b"[" * 100_000, "nested too deep"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_bad_question_is_told_what_is_wrong_with_it(caller: Make, data: bytes, said: str) -> None:
    someone = caller()
    answer = someone.client.post(
        "/api/v1/carpool/matches", data=data, headers=someone.headers, content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert said in answer.json["detail"]


def test_another_type_than_json_is_refused(caller: Make) -> None:
    someone = caller()
    answer = someone.client.post("/api/v1/carpool/matches", data=b"a=b", headers=someone.headers)
    assert answer.status_code == 415


def test_a_question_too_large_is_refused_before_it_is_read(caller: Make, limits: Callable[..., None]) -> None:
    limits(MATCH_MAX_MB=1)
    someone = caller()
    answer = someone.client.post(
        "/api/v1/carpool/matches", data=b" " * 1_000_001, headers=someone.headers, content_type="application/json"
    )
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert (answer.json["code"], answer.json["detail"]) == ("too_large", "The body is larger than 1000000 bytes.")


def test_more_pairs_than_the_setting_allows_are_refused(caller: Make, limits: Callable[..., None]) -> None:
    limits(MATCH_MAX_PAIRS=399)
    answer = caller().post("/carpool/matches", asked())
    assert (answer.status_code, answer.json["code"]) == (422, "too_many_pairs")
    assert "20 offers times 20 requests are 400 pairs: 399 at most" in answer.json["detail"]
    assert caller().post("/carpool/matches", asked(offers=19)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("get", ISOCHRONES), ("get", "/travel-times?from=3.5,50.3&to=3.5,50.3"), ("post", "/carpool/matches")]
)  # fmt: skip
def test_roads_need_their_scope(app: Flask, caller: Make, method: str, path: str) -> None:
    assert getattr(app.test_client(), method)(f"/api/v1{path}").status_code == 401
    assert getattr(caller(["desks:read"]), method)(path).status_code == 403


def test_a_limit_of_one_endpoint_is_not_that_of_others(app: Flask, caller: Make, limits: Callable[..., None]) -> None:
    limits(MATCH_MAX_MB=1)
    answer = caller().post("/loans", {"person_id": 1, "note": "x" * 1_200_000})
    assert answer.status_code == 422
