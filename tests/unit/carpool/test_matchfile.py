"""Every file is read as it is meant, or refused by item and field."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.carpool.errors import BadMatchFile
from mobility.carpool.matchfile import Request, microseconds, name_of, parse

OFFER = {
    "id": "o1", "from": [3.5, 50.3], "to": [3.6, 50.4], "depart_at": "2026-11-24T04:00:00+01:00",
    "max_detour_minutes": 10, "seats": 3,
}  # fmt: skip
REQUEST = {
    "id": "r1", "from": [3.5, 50.3], "to": [3.6, 50.4], "arrive_by": "2026-11-24T05:00:00+01:00",
    "flex_minutes": 20, "seats": 1,
}  # fmt: skip


def a_file(offer: dict[str, Any] | None = None, request: dict[str, Any] | None = None) -> bytes:
    """Return a file with one offer and one request, some of their fields changed."""
    return json.dumps({"offers": [{**OFFER, **(offer or {})}], "requests": [{**REQUEST, **(request or {})}]}).encode()


def refusal(data: bytes) -> str:
    """Return the one line with which a file is refused."""
    with pytest.raises(BadMatchFile) as refused:
        parse(data)
    line = str(refused.value)
    assert "\n" not in line
    assert line.isascii() or "…" in line
    assert len(line) < 300
    return line


def test_a_file_is_read_as_it_is_written() -> None:
    found = parse(a_file({"id": 7, "more": "ignored"}, {"arrive_by": "2026-11-24T04:00:00Z", "seats": 2.0}))
    (offer,), (request,) = found.offers, found.requests
    assert (offer.id, offer.origin, offer.destination) == (7, (3.5, 50.3), (3.6, 50.4))
    assert offer.depart_at == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert offer.depart_at.isoformat() == "2026-11-24T04:00:00+01:00"
    assert (offer.max_detour_seconds, offer.seats) == (600, 3)
    assert request == Request("r1", (3.5, 50.3), (3.6, 50.4), datetime(2026, 11, 24, 4, tzinfo=UTC), 1_200_000_000, 2)
    assert parse(b'{"offers": [], "requests": []}').offers == []
    assert parse(b"\xef\xbb\xbf" + a_file()).offers == parse(a_file()).offers


@pytest.mark.parametrize(("minutes", "seconds"), [("4.35", 261), ("1.1", 66), ("0.0166", 0), ("7", 420), ("0", 0)])
def test_minutes_are_exact(minutes: str, seconds: int) -> None:
    data = a_file().replace(b'"max_detour_minutes": 10', f'"max_detour_minutes": {minutes}'.encode())
    assert parse(data).offers[0].max_detour_seconds == seconds


def test_microseconds_are_exact() -> None:
    assert microseconds(datetime(2026, 11, 24, 3, 0, 0, 1, tzinfo=UTC)) == 1795489200_000001


FIELDS: list[tuple[str, str, Any]] = [
    *((kind, field, value) for kind in ("offers", "requests") for field in ("from", "to")
      for value in (None, [], [3.5], [3.5, 50.3, 1], ["3.5", 50.3], [3.5, True], [181, 50], [-180.1, 50], [3, 91],
                    [3, -90.5], {"lon": 3, "lat": 50}, "3.5,50.3", 10**400, [10**400, 50])),
    *((kind, field, value) for kind, field in (("offers", "depart_at"), ("requests", "arrive_by"))
      for value in (None, 0, "", "soon", "2026-11-24", "2026-11-24T05:00:00", "2026-13-24T05:00:00Z",
                    "2026-11-24T25:00:00Z", "2026-02-30T05:00:00Z", "1969-12-31T23:00:00Z", "9999-12-31T23:59:59Z",
                    "0001-01-01T00:00:00+23:00", "2026-11-24T05:00:00+25:00", ["2026-11-24T05:00:00Z"])),
    *((kind, field, value) for kind, field in (("offers", "max_detour_minutes"), ("requests", "flex_minutes"))
      for value in (None, -1, -0.001, "10", True, [], {}, 10**6, 10**30, 1e300)),
    *(("offers", "seats", value) for value in (None, -1, 1.5, "1", True, 1001, 10**30)),
    *(("requests", "seats", value) for value in (None, 0, -1, 0.5, "1", False, [1])),
    *((kind, "id", value) for kind in ("offers", "requests") for value in (None, "", True, 1.5, [], {})),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field", "value"), FIELDS)
def test_a_bad_field_is_named_with_its_item(kind: str, field: str, value: Any) -> None:
    changes = ({field: value}, None) if kind == "offers" else (None, {field: value})
    line = refusal(a_file(*changes))
    assert line.startswith(f"{kind}[0]")
    assert field in line
    assert "expected" in line
    if field != "id":
        assert f'(id "{"o1" if kind == "offers" else "r1"}")' in line


@pytest.mark.parametrize("kind", ["offers", "requests"])
def test_a_missing_field_is_named(kind: str) -> None:
    for field in OFFER if kind == "offers" else REQUEST:
        data = json.loads(a_file())
        del data[kind][0][field]
        assert f"{field} is missing" in refusal(json.dumps(data).encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"offers", "not JSON"),
        (b'{"offers": [', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"offers": "\xe9"}', "not UTF-8"),
        (b"[]", "expected an object"),
        (b"null", "expected an object"),
        (b'{"offers": []}', "requests is missing"),
        (b'{"requests": []}', "offers is missing"),
        (b'{"offers": {}, "requests": []}', "offers: expected a list"),
        (b'{"offers": [], "requests": [3]}', "requests[0]: expected an object"),
        (b'{"offers": [], "offers": [], "requests": []}', '"offers" stands twice'),
        (b"[" * 200_000, "nested too deep"),
        (b'{"offers": [], "requests": [' + b"9" * 5000 + b"]}", "not JSON"),
        (a_file().replace(b"10", b"NaN", 1), "NaN is no number"),
        (a_file().replace(b'"max_detour_minutes": 10', b'"max_detour_minutes": -Infinity'), "-Infinity is no number"),
        (a_file().replace(b'"max_detour_minutes": 10', b'"max_detour_minutes": 1e999999999'), "max_detour_minutes"),
        (a_file().replace(b"[3.5", b"[1e999999999", 1), "from"),
    ],
)
def test_what_is_no_such_file_is_said(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_two_items_of_one_id_are_refused() -> None:
    data = json.loads(a_file())
    data["offers"].append(copy.deepcopy(data["offers"][0]))
    assert refusal(json.dumps(data).encode()) == 'offers[1]: the id "o1" is that of offers[0] already'


def test_a_hostile_id_is_shown_harmless() -> None:
    assert name_of("offers", 3, "\x1b[31m\n\ud800é") == 'offers[3] (id "\\u001b[31m\\n\\ud800\\u00e9")'
    assert len(name_of("offers", 3, "x" * 10_000)) < 100


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*OFFER, *REQUEST]), inner, max_size=6),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["offers", "requests"]), st.sampled_from([*OFFER, *REQUEST, ""]))
@settings(max_examples=300, deadline=None)
def test_no_file_ends_in_anything_but_an_answer_or_a_line(value: Any, kind: str, field: str) -> None:
    whole = json.loads(a_file())
    if field:
        whole[kind][0][field] = value
    else:
        whole[kind] = value
    try:
        parse(json.dumps(whole).encode())
    except BadMatchFile as refused:
        assert str(refused)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_a_line(data: bytes) -> None:
    assert refusal(data)
