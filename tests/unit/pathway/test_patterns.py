"""What people type, and how rosters read."""

from __future__ import annotations

from datetime import date, time

import pytest

from mobility.pathway import patterns
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.patterns import parse_dates, parse_hours, preset, say
from mobility.pathway.roster import Dates, Hours, Unknown, Weekly

MONDAY = date(2026, 11, 23)
MORNING = Hours(time(5), time(13))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ()),
        ("   ", ()),
        ("5h-13h", (MORNING,)),
        ("5 h – 13 h", (MORNING,)),
        ("5\u00a0h – 13\u00a0h", (MORNING,)),
        ("05:00-13:00", (MORNING,)),
        ("de 5h à 13h", (MORNING,)),
        ("5-13", (MORNING,)),
        ("5H00 > 13H00", (MORNING,)),
        ("14h30-18h et 8h-12h", (Hours(time(8), time(12)), Hours(time(14, 30), time(18)))),
        ("21h-5h", (Hours(time(21), time(5)),)),
        ("16h-24h", (Hours(time(16), time(0)),)),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, expected: tuple[Hours, ...]) -> None:
    assert parse_hours(typed) == expected


@pytest.mark.parametrize("typed", ["matin", "5h", "25h-30h", "5h-13h60", "24h30-3h", "5h-13h-", "é" * 300, "5h et 13h"])
def test_hours_that_cannot_be_read_are_refused_with_an_example(typed: str) -> None:
    with pytest.raises(RosterInvalid, match="Écrivez par exemple"):
        parse_hours(typed)


def test_dates_are_read_line_by_line_and_the_same_day_twice_adds_up() -> None:
    assert parse_dates("24/11/2026 8h-12h\n\n24.11.2026 : 14h-18h\n26-11-2026, 21h-5h").days == {
        date(2026, 11, 24): parse_hours("8h-12h, 14h-18h"),
        date(2026, 11, 26): parse_hours("21h-5h"),
    }


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("24/11/2026 5h-13h\nmardi 5h-13h", "Ligne 2"),
        ("31/11/2026 5h-13h", "cette date n’existe pas"),
        ("29/02/2027 5h-13h", "cette date n’existe pas"),
        ("24/11/1026 5h-13h", "cette date n’existe pas"),
        ("24/11/2026", "ajoutez les heures"),
        ("24/11/2026 matin", "Ligne 1"),
        ("", "au moins une date"),
    ],
)
def test_dates_that_cannot_be_read_name_the_line(typed: str, part: str) -> None:
    with pytest.raises(RosterInvalid, match=part):
        parse_dates(typed)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (Weekly(((MORNING,),) * 5 + ((), ())), "Du lundi au vendredi, 5 h – 13 h, sauf jours fériés"),
        (Weekly(((MORNING,),) * 7, holidays_off=False), "Tous les jours, 5 h – 13 h, jours fériés compris"),
        (
            Weekly(((MORNING,), (), (MORNING,), (), (), parse_hours("8h-12h et 14h-18h"), ())),
            "Lundi et mercredi, 5 h – 13 h ; samedi, 8 h – 12 h et 14 h – 18 h, sauf jours fériés",
        ),
        (
            Dates({date(2026, 11, 24): (MORNING,), date(2026, 12, 1): (MORNING,)}),
            "2 dates, du mardi 24 novembre au mardi 1er décembre",
        ),
        (Dates({date(2026, 11, 24): (MORNING,)}), "Le mardi 24 novembre, 5 h – 13 h"),
        (Unknown(), "Jours de travail pas encore connus"),
        (
            preset("2x8", starts_on=MONDAY),
            (
                "2×8 : une semaine du matin, une semaine d’après-midi (matin 5 h – 13 h, après-midi 13 h – 21 h), "
                "premier jour du cycle : lundi 23 novembre 2026"
            ),
        ),
    ],
)
def test_a_roster_says_itself_in_plain_french(pattern: patterns.Pattern, words: str) -> None:
    assert say(pattern).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("data"),
    [
        None,
        [],
        {},
        {"version": 2, "kind": "unknown", "valid_days": 14},
        {"version": 1, "kind": "other"},
        {"version": 1, "kind": "weekly", "days": {"7": [["05:00", "13:00"]]}, "holidays_off": True},
        {"version": 1, "kind": "weekly", "days": {"0": [["5:00", "13:00"]]}, "holidays_off": True},
        {"version": 1, "kind": "weekly", "days": {"0": [["05:00"]]}, "holidays_off": True},
        {"version": 1, "kind": "weekly", "days": {"0": [["05:00", "13:00"]]}, "holidays_off": "yes"},
        {"version": 1, "kind": "weekly", "days": {"0": [["05:00", "13:00"]]}},
        {"version": 1, "kind": "cycle", "starts_on": "demain", "sequence": "MR", "teams": {}, "holidays_off": False},
        {"version": 1, "kind": "dates", "dates": {"2026-02-30": [["05:00", "13:00"]]}},
        {"version": 1, "kind": "unknown", "valid_days": True},
        {"version": 1, "kind": "unknown", "valid_days": 10**9},
    ],
)
def test_a_pattern_that_was_not_written_here_is_refused(data: object) -> None:
    with pytest.raises(RosterInvalid):
        patterns.from_json(data)
