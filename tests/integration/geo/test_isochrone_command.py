"""The command that lists what is reached by car from a place, on the network in use: here the demonstration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from mobility.geo.errors import TooFarFromRoad
from mobility.geo.isochrone_cli import make_command

COMMAND = make_command(lambda command: command)
VALENCIENNES = "3.5163,50.3591"


def test_communes_are_listed_the_soonest_first(app: Flask) -> None:
    done = CliRunner().invoke(COMMAND, ["--from", VALENCIENNES, "--minutes", "15,5"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["0", "min", "59606", "Valenciennes"]
    minutes = [int(line.split()[0]) for line in lines]
    assert minutes == sorted(minutes)
    assert max(minutes) <= 15
    assert len(lines) > 20
    assert f"{len(lines)} communes within 15 minutes" in done.stderr
    assert "a demonstration and not the real roads" in done.stderr


def test_areas_are_written_whole(app: Flask, tmp_path: Path) -> None:
    target = tmp_path / "areas.geojson"
    done = CliRunner().invoke(COMMAND, ["--from", VALENCIENNES, "--minutes", "10,20", "--geojson", str(target)])
    assert done.exit_code == 0
    told = json.loads(target.read_text(encoding="utf-8"))
    assert [feature["properties"].get("minutes") for feature in told["features"]] == [20, 10, None]
    assert len(told["communes"]) == len(done.stdout.splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["areas.geojson"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--from"),
        (["--from", "Valenciennes"], "longitude,latitude"),
        (["--from", "3.5"], "longitude,latitude"),
        (["--from", "3.5,50.3,1"], "longitude,latitude"),
        (["--from", "nan,50.3"], "no such place"),
        (["--from", "3.5,95"], "no such place"),
        (["--from", VALENCIENNES, "--minutes", "soon"], "whole numbers"),
        (["--from", VALENCIENNES, "--minutes", "15,"], "whole numbers"),
        (["--from", VALENCIENNES, "--minutes", "0"], "from 1 to 120 minutes"),
        (["--from", VALENCIENNES, "--minutes", "15,500"], "from 1 to 120 minutes"),
    ],
)
def test_bad_input_ends_in_one_clear_line(app: Flask, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(COMMAND, arguments)
    assert done.exit_code == 2
    assert said in done.stderr.splitlines()[-1]


def test_a_place_without_a_road_is_refused(app: Flask) -> None:
    done = CliRunner().invoke(COMMAND, ["--from", "2.0,48.0"])
    assert isinstance(done.exception, TooFarFromRoad)
