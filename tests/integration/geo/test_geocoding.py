"""The geocoder against a local server that answers as the national address base does."""

import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from mobility.geo import communes
from mobility.geo.geocoding import BanGeocoder, CommuneGeocoder, Precision, make_geocoder


def feature(*, kind="housenumber", score=0.95, citycode="59172", latitude=50.3321, longitude=3.3911):
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": {"label": "12 rue de Villars", "type": kind, "score": score, "citycode": citycode},
    }


class Ban:
    """What the server answers, and what it was asked."""

    def __init__(self):
        self.features = [feature()]
        self.status = 200
        self.body = None
        self.wait = threading.Event()
        self.wait.set()
        self.asked = []


@pytest.fixture
def ban():
    state = Ban()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            state.asked.append((parts.path, parse_qs(parts.query)))
            state.wait.wait(5)
            body = state.body
            if body is None:
                body = json.dumps({"type": "FeatureCollection", "features": state.features}).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.domain = f"127.0.0.1:{server.server_port}/geocodage"
    yield state
    state.wait.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def geocoder(ban):
    return BanGeocoder(domain=ban.domain, scheme="http", timeout_seconds=0.5)


def test_an_address_is_found_to_the_house(ban, geocoder):
    place = geocoder.locate("12 rue de Villars", insee_code="59172")
    assert place.position == (50.3321, 3.3911)
    assert place.precision is Precision.HOUSE
    assert not place.is_approximate
    path, asked = ban.asked[0]
    assert path == "/geocodage/search"
    assert asked["q"] == ["12 rue de villars 59220 Denain"]


def test_the_same_address_is_asked_once_however_it_is_typed(ban, geocoder):
    first = geocoder.locate("12 rue de Villars", insee_code="59172")
    assert geocoder.locate("  12  RUE de villars ", insee_code="59172") == first
    assert len(ban.asked) == 1


def test_a_street_is_less_exact_than_a_house(ban, geocoder):
    ban.features = [feature(kind="street")]
    assert geocoder.locate("rue de Villars", insee_code="59172").precision is Precision.STREET


@pytest.mark.parametrize(
    "features",
    [
        [],
        [feature(citycode="59606")],
        [feature(score=0.2)],
        [feature(kind="municipality")],
        [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [3.4, 50.3]}, "properties": {"label": "x"}}],
    ],
    ids=["nothing", "another commune", "a guess", "only the commune", "no type"],
)
def test_a_doubtful_answer_becomes_the_centre_of_the_commune(ban, geocoder, features):
    ban.features = features
    place = geocoder.locate("12 rue de Villars", insee_code="59172")
    assert place.position == communes.get("59172").position
    assert place.precision is Precision.COMMUNE
    assert place.is_approximate


def test_the_first_answer_in_the_right_commune_is_taken(ban, geocoder):
    ban.features = [feature(citycode="59606", latitude=1.0), feature(latitude=50.5)]
    assert geocoder.locate("12 rue de Villars", insee_code="59172").position.latitude == 50.5


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_of_the_server_becomes_the_centre_and_is_asked_again(ban, geocoder, status):
    ban.status = status
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE
    ban.status = 200
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.HOUSE


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b'{"features": [{}]}', b'{"features": [null]}'])
def test_a_broken_answer_becomes_the_centre(ban, geocoder, body):
    ban.body = body
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE


def test_a_server_that_does_not_answer_becomes_the_centre_in_time(ban, geocoder):
    ban.wait.clear()
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE


def test_an_answer_that_comes_too_late_serves_the_next_request(ban, geocoder):
    ban.wait.clear()
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE
    ban.wait.set()
    for _ in range(100):
        if geocoder._cache:
            break
        time.sleep(0.02)
    asked = len(ban.asked)
    assert geocoder.locate("12 rue de Villars", insee_code="59172").precision is Precision.HOUSE
    assert len(ban.asked) == asked


def test_a_server_that_answers_byte_by_byte_delays_nobody_for_longer():
    """Each byte comes within the time limit of the socket; all of them would take a minute."""
    over = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + b"X" * 200:
                if over.wait(0.2):
                    return
                try:
                    self.request.sendall(bytes([byte]))
                except OSError:
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        slow = BanGeocoder(domain=f"127.0.0.1:{server.server_address[1]}/geocodage", scheme="http", timeout_seconds=0.5)
        began = time.monotonic()
        assert slow.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE
        assert time.monotonic() - began < 2
        over.set()
        server.shutdown()
        thread.join()


def test_not_everybody_waits_for_a_server_that_does_not_answer(ban, monkeypatch):
    monkeypatch.setattr("mobility.geo.geocoding.MAX_WAITING", 1)
    geocoder = BanGeocoder(domain=ban.domain, scheme="http", timeout_seconds=0.5)
    ban.wait.clear()
    geocoder.locate("12 rue de Villars", insee_code="59172")
    began = time.monotonic()
    assert geocoder.locate("14 rue de Villars", insee_code="59172").precision is Precision.COMMUNE
    assert time.monotonic() - began < 0.4
    assert len(ban.asked) == 1


def test_a_server_that_is_not_there_becomes_the_centre():
    lost = BanGeocoder(domain="127.0.0.1:9/geocodage", scheme="http", timeout_seconds=0.5)
    assert lost.locate("12 rue de Villars", insee_code="59172").precision is Precision.COMMUNE


def test_without_a_street_nothing_is_asked(ban, geocoder):
    assert geocoder.locate("  ", insee_code="59172").precision is Precision.COMMUNE
    assert ban.asked == []


@pytest.mark.parametrize("street", ["é" * 10_000, "💥" * 50, "שלום", "12 rue\x00\n"])
def test_hostile_streets_do_not_break_it(ban, geocoder, street):
    ban.features = []
    assert geocoder.locate(street, insee_code="59172") is not None


def test_an_unknown_commune_has_no_place(ban, geocoder):
    assert geocoder.locate("12 rue de Villars", insee_code="00000") is None
    assert ban.asked == []


def test_a_commune_without_position_is_said_to_be_very_approximate():
    unplaced = next(
        c for c in communes.by_department("59") if c.position is None and communes.estimate_position(c.insee_code)
    )
    place = CommuneGeocoder().locate("", insee_code=unplaced.insee_code)
    assert place.precision is Precision.NEIGHBOURS
    assert place.is_approximate


def test_the_settings_choose_the_geocoder(ban):
    assert isinstance(make_geocoder("none", ban.domain), CommuneGeocoder)
    chosen = make_geocoder("ban", f"http://{ban.domain}")
    assert chosen.locate("12 rue de Villars", insee_code="59172").precision is Precision.HOUSE


def test_the_cache_does_not_grow_without_end(ban, geocoder, monkeypatch):
    monkeypatch.setattr("mobility.geo.geocoding.CACHE_SIZE", 3)
    for number in range(5):
        geocoder.locate(f"{number} rue de Villars", insee_code="59172")
    assert len(geocoder._cache) == 3
