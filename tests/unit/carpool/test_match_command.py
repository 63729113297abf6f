"""``mobility carpool match`` as its users call it: a process of its own, beside networkx on the exported graph."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mobility.core.config import SETTINGS
from tests.factories.matchfiles import a_match_file
from tests.support.osm import helsinki, shared_extract
from tests.support.plain_oracle import Graph, answers

ROOT = Path(__file__).resolve().parent.parent.parent.parent
FIELDS = ["offer", "request", "detour_seconds", "pickup_at", "dropoff_at", "direct_seconds"]
DEMONSTRATION = "demonstration"
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``mobility`` on a network of its own, without any database; what it gets may come by standard input."""
    clean = {name: value for name, value in os.environ.items() if name not in {setting.name for setting in SETTINGS}}
    environment = {**clean, "VAR_DIR": str(tmp_path / "var")}

    def call(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "mobility", *map(str, arguments)],
            cwd=ROOT, env=environment, input=stdin, capture_output=True, timeout=600, check=False,
        )  # fmt: skip

    return call


def _extract(name: str) -> Path | None:
    if name == DEMONSTRATION:
        return None
    return helsinki() if name == "helsinki" else shared_extract(name)


@pytest.mark.parametrize(
    "name",
    [DEMONSTRATION, "helsinki", "liechtenstein.pbf", "andorra.pbf", "north-bayreuth.osm.gz", "porto_portugal.pbf"],
)
def test_every_pair_is_what_networkx_finds_on_the_exported_graph(run: Run, tmp_path: Path, name: str) -> None:
    extract = _extract(name)
    if extract is not None:
        assert run("network", "import", extract).returncode == 0
    exported = tmp_path / "roads.graphml"
    assert run("network", "export", exported).returncode == 0
    graph = Graph.read(exported)
    places = list(graph.places.values())
    asked = a_match_file(places, seed=8, offers=40, requests=50, scale_seconds=graph.usual_seconds())
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    done = run("carpool", "match", file)
    assert done.returncode == 0, done.stderr
    found, expected = json.loads(done.stdout), answers(graph, asked)
    print(f"{name}: {len(places)} nodes, 2000 pairs, {len(expected)} hold")
    # Both happen often enough to mean something.
    assert 40 <= len(expected) <= 1500
    assert found == expected
    assert (b"demonstration network" in done.stderr) == (extract is None)


ASKED = {
    "offers": [{"id": "o", "from": [3.5233, 50.3574], "to": [3.3906, 50.3291], "depart_at": "2026-11-24T04:00:00Z",
                "max_detour_minutes": 30, "seats": 2}],
    "requests": [{"id": "r", "from": [3.5233, 50.3574], "to": [3.3906, 50.3291], "arrive_by": "2026-11-24T05:00:00Z",
                  "flex_minutes": 60, "seats": 1}],
}  # fmt: skip


def test_the_answer_is_a_list_of_pairs_from_standard_input_to_standard_output(run: Run) -> None:
    done = run("carpool", "match", "-", stdin=json.dumps(ASKED).encode())
    assert done.returncode == 0, done.stderr
    (match,) = json.loads(done.stdout)
    assert list(match) == FIELDS
    assert (match["offer"], match["request"], match["detour_seconds"]) == ("o", "r", 0)
    assert match["pickup_at"] == "2026-11-24T04:00:00+00:00"
    nothing = run("carpool", "match", "-", stdin=json.dumps({**ASKED, "offers": []}).encode())
    assert (nothing.returncode, json.loads(nothing.stdout)) == (0, [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "not JSON"),
        (json.dumps({**ASKED, "requests": [{**ASKED["requests"][0], "seats": 0}]}).encode(), 'requests[0] (id "r"): seats'),
        (json.dumps({**ASKED, "offers": [{**ASKED["offers"][0], "depart_at": "2026-11-24T04:00:00"}]}).encode(),
         "no offset"),
        (json.dumps({**ASKED, "offers": ASKED["offers"] * 2}).encode(), 'the id "o" is that of offers[0] already'),
    ],
)  # fmt: skip
def test_a_bad_file_ends_in_one_line_and_prints_nothing(run: Run, data: bytes, said: str) -> None:
    done = run("carpool", "match", "-", stdin=data)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("mobility: ")
    assert said in line


def test_bad_arguments_end_in_one_line(run: Run, tmp_path: Path) -> None:
    for arguments in (
        [tmp_path / "nothing.json"], [tmp_path], ["-", "--snap-limit-m", "nan"], ["-", "--snap-limit-m", "-1"], [],
    ):  # fmt: skip
        done = run("carpool", "match", *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert len(done.stderr.splitlines()) == 1


def test_what_is_left_out_is_named_and_the_rest_is_answered(run: Run) -> None:
    offer, request = ASKED["offers"][0], ASKED["requests"][0]
    asked = {
        "offers": [
            offer,
            {**offer, "id": "sea", "from": [0, 0]},
            {**offer, "id": "swapped", "to": [50.3291, 3.3906]},
            {**offer, "id": "full", "seats": 0},
        ],
        "requests": [{**request, "id": "\u001b[31mpôle"}, {**request, "id": 7, "to": [3.3906, 51.3]}],
    }
    done = run("carpool", "match", "-", stdin=json.dumps(asked).encode())
    assert done.returncode == 0
    assert [(match["offer"], match["request"]) for match in json.loads(done.stdout)] == [("o", "\u001b[31mpôle")]
    lines = [line for line in done.stderr.decode().splitlines() if "left out" in line]
    assert [re.sub(r"\d+ m", "… m", line) for line in lines] == [
        'mobility: offers[1] (id "sea"): from: … m from the nearest road, more than … m: left out',
        'mobility: offers[2] (id "swapped"): to: … m from the nearest road, more than … m: left out (are longitude and latitude swapped?)',
        'mobility: offers[3] (id "full"): seats: 0, so that it takes nobody: left out',
        "mobility: requests[1] (id 7): to: … m from the nearest road, more than … m: left out",
    ]


def test_a_reader_who_leaves_early_is_no_error(run: Run, tmp_path: Path) -> None:
    request = ASKED["requests"][0]
    file = tmp_path / "asked.json"
    file.write_text(json.dumps({**ASKED, "requests": [{**request, "id": number} for number in range(20_000)]}))
    command = f"{sys.executable} -m mobility carpool match {file} | head -2; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "VAR_DIR": str(tmp_path / "var")}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert b"rror" not in done.stderr


def test_ten_thousand_requests_are_answered_in_bounded_memory(run: Run, tmp_path: Path) -> None:
    exported = tmp_path / "roads.graphml"
    assert run("network", "export", exported).returncode == 0
    places = [(float(x), float(y)) for x, y in re.findall(r'"x">([-\d.]+)<.*"y">([-\d.]+)<', exported.read_text())]
    asked = a_match_file(places, seed=3, offers=1000, requests=10_000, scale_seconds=1700)
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    script = (
        "import sys; from mobility.cli import main; from mobility.core.memory import peak_megabytes\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('PEAK', round(peak_megabytes()), file=sys.stderr)"
    )
    begun = time.monotonic()
    answer = tmp_path / "answer.json"
    with answer.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-c", script, "carpool", "match", str(file)], cwd=ROOT, check=True, stdout=output,
            stderr=subprocess.PIPE, env={**os.environ, "VAR_DIR": str(tmp_path / "var")},
        )  # fmt: skip
    peak = int(done.stderr.decode().rpartition("PEAK ")[2])
    count = len(json.loads(answer.read_bytes()))
    print(f"10 000 requests × 1 000 offers: {count} pairs, {time.monotonic() - begun:.0f} s, {peak} MB")
    assert count > 100_000
    assert peak < 700


def test_the_example_of_the_documentation_runs(run: Run) -> None:
    section = (ROOT / "docs/operating/cli.md").read_text(encoding="utf-8").split("## `mobility carpool match`")[1]
    example, answer = re.findall(r"```json\n(.*?)```", section, re.DOTALL)[:2]
    done = run("carpool", "match", "-", stdin=example.encode())
    assert done.returncode == 0, done.stderr
    (found,), (shown,) = json.loads(done.stdout), json.loads(answer)
    assert list(found) == list(shown) == FIELDS
    assert (found["offer"], found["request"]) == (shown["offer"], shown["request"])
