from __future__ import annotations

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.accounts.audit_values import FIELDS, SHOWN_MAX, declare, say_field, say_value


class Kind(StrEnum):
    CAR = "car"
    BIKE = "bike"


declare("test_subject", "kinds", {Kind.CAR: "Voiture", Kind.BIKE: "Vélo"})
declare("test_subject", "photo", {"written": "Par écrit"}, name="Garder une photo")


@pytest.mark.parametrize(
    ("field", "kept", "read"),
    [
        ("kinds", "car", "Voiture"),
        ("kinds", "['car', 'bike', 'cart']", "Voiture, Vélo, cart"),
        ("kinds", "[]", "rien"),
        ("kinds", "[not a list", "[not a list"),
        ("photo", "written", "Par écrit"),
        ("title", None, "rien"),
        ("title", "", "rien"),
        ("protected", "True", "oui"),
        ("protected", "False", "non"),
        ("starts_on", "2026-11-23", "23/11/2026"),
        ("starts_on", "2026-13-45", "2026-13-45"),
        ("due_at", "2026-11-24T17:00:00+01:00", "mardi 24 novembre 2026 à 17\u00a0h"),
        ("due_at", "2026-11-24 16:00:00+00:00", "mardi 24 novembre 2026 à 17\u00a0h"),
        ("deposit_cents", "30000", "300,00\u00a0€"),
        ("deposit_cents", "²", "²"),
        ("phone", "+33639980001", "06\u00a039\u00a098\u00a000\u00a001"),
        ("sms", "not a number", "not a number"),
        ("grant", "adviser / desk 2", "conseiller ou conseillère / desk 2"),
        ("grant", "nobody", "nobody"),
        ("title", "x" * 500, "x" * (SHOWN_MAX - 1) + "…"),
    ],
)
def test_a_kept_value_reads_in_words(field: str, kept: str | None, read: str) -> None:
    assert say_value("test_subject", field, kept) == read


def test_a_field_has_the_name_of_its_subject_else_that_of_its_column() -> None:
    assert say_field("test_subject", "photo") == "Garder une photo"
    assert say_field("person", "born_on") == "Date de naissance"
    assert say_field("person", "unheard_of") == "unheard_of"


def test_fields_are_named_in_order_and_in_words() -> None:
    assert list(FIELDS) == sorted(FIELDS)
    assert all(name[0].isupper() and "_" not in name for name in FIELDS.values())


@given(st.text(max_size=300), st.sampled_from(["title", "due_at", "deposit_cents", "phone", "grant", "kinds"]))
def test_no_text_makes_the_log_unreadable(kept: str, field: str) -> None:
    assert len(say_value("test_subject", field, kept)) <= SHOWN_MAX
