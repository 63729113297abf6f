"""How entries of the journal read, and what they may hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mobility.journal import kinds


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_KINDS", {})


@pytest.mark.parametrize(
    ("template", "facts", "label"),
    [
        ("Objectif ouvert", {}, "Objectif ouvert"),
        ("Prolongé jusqu’au %(until_on)s", {"until_on": "2026-11-24"}, "Prolongé jusqu’au mardi 24 novembre"),
        ("Jusqu’au %(until_on)s", {"until_on": "2027-11-24"}, "Jusqu’au mercredi 24 novembre 2027"),
        ("Rendu à %(back_at)s", {"back_at": "2026-11-24T13:30:00+00:00"}, "Rendu à mardi 24 novembre à 14 h 30"),
        ("Payé %(paid_cents)s", {"paid_cents": 1250}, "Payé 12,50 €"),
        ("Compteur : %(odometer_km)s", {"odometer_km": 120}, "Compteur : 120 km"),
        ("Véhicule %(plate)s", {"plate": "AA-123-AA"}, "Véhicule AA-123-AA"),
        ("Jours %(days)s", {"days": [1, 2]}, "Jours 1, 2"),
        ("Fin %(ends_on)s", {"ends_on": None}, "Fin —"),
        ("Fin %(ends_on)s", {}, "Fin —"),
        ("Fin %(ends_on)s", {"ends_on": "plus tard"}, "Fin plus tard"),
        ("Remise de 10 %", {}, "Remise de 10 %"),
    ],
)
def test_an_entry_reads_in_french(template: str, facts: dict[str, object], label: str) -> None:
    kinds.declare("test.read", template, "dot")
    assert kinds.say("test.read", facts, year=2026)[0].replace("\u00a0", " ") == label


def test_a_kind_that_nobody_declares_any_more_still_reads() -> None:
    assert kinds.say("gone.away", {"x": 1}) == ("Événement enregistré", "dot")


@pytest.mark.parametrize("kind", ["note", "Room.act", "room.", "room.act!", "a" * 50 + "." + "b" * 50])
def test_a_kind_is_written_room_and_act(kind: str) -> None:
    with pytest.raises(ValueError, match=r"room\.act"):
        kinds.declare(kind, "x", "dot")


def test_facts_become_json() -> None:
    assert kinds.clean_facts(
        {"n": 1, "on": date(2026, 11, 24), "at": datetime(2026, 11, 24, tzinfo=UTC), "l": (1, "a"), "x": None}
    ) == {"n": 1, "on": "2026-11-24", "at": "2026-11-24T00:00:00+00:00", "l": [1, "a"], "x": None}


@pytest.mark.parametrize("value", ["Madame Martin", "a" * 65, {"a": 1}, object(), ["deux mots"], "ligne\n"])
def test_words_are_refused_among_the_facts(value: object) -> None:
    with pytest.raises(ValueError, match="note"):
        kinds.clean_facts({"x": value})
