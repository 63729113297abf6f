"""What letters say and when they leave; what a calendar in a telephone says, and what it never does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from mobility.agenda.feeds import Entry, calendar_of, initials, summary
from mobility.agenda.letters import LetterKind, Message, facts, letter_of, note_of, paragraphs, reminder_on, shows_facts
from mobility.agenda.rules import Place

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("template", "key", "expected"),
    [
        ("appointment_booked", "appointment:12:booked:1795", Message(LetterKind.BOOKED, 12)),
        ("appointment_moved", "appointment:12:moved:1795", Message(LetterKind.MOVED, 12)),
        ("appointment_cancelled", "appointment:12:cancelled:1", Message(LetterKind.CANCELLED, 12)),
        ("appointment_invitation", "appointment:invitation:3:4:2026-11-24", Message(LetterKind.INVITATION, None)),
        ("appointment_invitation", "appointment:12:invitation", Message(LetterKind.ABSENCE, 12)),
        # They would come after the appointment, or after the hour is gone.
        ("appointment_reminder", "appointment:12:reminder:1:2", None),
        ("appointment_earlier", "appointment:offer:3:told", None),
        ("loan_approved", "loan:3", None),
    ],
)
def test_which_message_becomes_a_letter(template: str, key: str, expected: Message | None) -> None:
    assert letter_of(template, key) == expected


@pytest.mark.parametrize(("ahead", "expected"), [(30, 23), (15, 8), (14, None), (3, None)])
def test_when_a_reminder_is_posted(ahead: int, expected: int | None) -> None:
    found = reminder_on(TODAY + timedelta(days=ahead), today=TODAY, days=7)
    assert found == (None if expected is None else TODAY + timedelta(days=expected))


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("phone", ["03 27 00 00 00", ""])
def test_every_letter_says_how_to_answer_and_blames_nobody(kind: LetterKind, phone: str) -> None:
    said = " ".join(paragraphs(kind, {"kind": "Suivi", "when": "mardi 1 décembre"}, phone=phone))
    assert (phone or "l’antenne") in said
    assert "http" not in said
    assert "absen" not in said
    assert "Où" in dict(facts({"where": "Denain"})) or not shows_facts(kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LetterKind.BOOKED, "Sonnez."),
        (LetterKind.REFUSED, "Voyez le CCAS."),
        (LetterKind.RECEIVED, ""),
        (LetterKind.CALL, ""),
    ],
)
def test_only_a_letter_that_may_say_it_carries_what_was_written_by_hand(kind: LetterKind, expected: str) -> None:
    assert note_of(kind, {"instructions": "Sonnez.", "note": "Voyez le CCAS."}) == expected


def entry(**values: Any) -> Entry:
    known: dict[str, Any] = {
        "id": 7, "version": 3, "changed_at": NOW, "starts_at": datetime(2027, 3, 28, 9, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 28, 10, tzinfo=UTC), "label": "Suivi", "place": Place.DESK,
        "desk_name": "Denain", "seats": 1, "guests": 1, "names": (("Awa", "Diallo"),),
    }  # fmt: skip
    return Entry(**{**known, **values})


@pytest.mark.parametrize(
    ("values", "with_initials", "expected"),
    [
        ({}, True, "Suivi – A. D."),
        ({}, False, "Suivi"),
        ({"names": ()}, True, "Suivi"),
        ({"seats": 10, "guests": 4}, True, "Suivi (4/10)"),
    ],
)
def test_what_a_telephone_shows(values: dict[str, Any], with_initials: bool, expected: str) -> None:
    assert summary(entry(**values), with_initials=with_initials) == expected


def read(*entries: Entry, with_initials: bool = True) -> Calendar:
    return Calendar.from_ical(calendar_of(entries, with_initials=with_initials, host="mobilite.example", now=NOW))


def test_hours_carry_the_rules_of_paris() -> None:
    winter = entry(id=8, starts_at=datetime(2027, 3, 27, 9, tzinfo=UTC), ends_at=datetime(2027, 3, 27, 10, tzinfo=UTC))
    calendar = read(entry(), winter)
    summer_event, winter_event = calendar.walk("VEVENT")
    # The clocks change on 28 March 2027: the same instant of UTC is another hour of the wall.
    assert (summer_event["dtstart"].dt.hour, winter_event["dtstart"].dt.hour) == (11, 10)
    assert summer_event["dtstart"].params["TZID"] == "Europe/Paris"
    assert [zone["tzid"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert (summer_event["uid"], summer_event["sequence"]) == ("rendez-vous-7@mobilite.example", 3)


@given(st.text(max_size=20), st.text(max_size=20), st.booleans())
def test_no_name_leaves_whole_and_no_text_breaks_the_file(first: str, last: str, with_initials: bool) -> None:
    (event,) = read(entry(names=((first, last),)), with_initials=with_initials).walk("VEVENT")
    assert len(initials(first, last)) <= 9
    said = str(event["summary"])
    assert said.startswith("Suivi")
    assert with_initials or said == "Suivi"
    assert str(event["location"]) == "Denain"
