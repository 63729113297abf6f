"""Who may have a local aid, how a request goes on, and the list that comes with the platform."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import ForbiddenTransition
from mobility.diagnosis.barriers import Barrier
from mobility.local_aids.rules import (
    USE_ACTION_LABELS,
    USE_STATE_LABELS,
    USE_STATE_TONES,
    USES,
    Applicant,
    Conditions,
    LicenceRule,
    UseAction,
    UseState,
    age_on,
    refusals,
)
from mobility.local_aids.services import STEP_STATES, read_defaults

TODAY = date(2026, 11, 24)
LEA = Applicant("rsa", "59172", date(2003, 11, 24), holds_b=False)


@pytest.mark.parametrize(
    ("conditions", "person", "words"),
    [
        ({}, {}, ""),
        ({"statuses": ("rsa",)}, {}, ""),
        ({"statuses": ("employee",)}, {}, "Réservé : En emploi."),
        ({"communes": ("59172",)}, {}, ""),
        ({"communes": ("59139",)}, {}, "n’habite pas une commune"),
        ({"communes": ("59139",)}, {"insee_code": None}, "n’habite pas une commune"),
        ({"min_age": 23}, {}, ""),
        ({"min_age": 24}, {}, "À partir de 24 ans."),
        ({"max_age": 22}, {}, "Jusqu’à 22 ans."),
        ({"max_age": 23}, {}, ""),
        ({"min_age": 16}, {"born_on": None}, "la date de naissance n’est pas connue"),
        ({"licence": LicenceRule.WITH}, {}, "Il faut le permis B."),
        ({"licence": LicenceRule.WITH}, {"holds_b": True}, ""),
        ({"licence": LicenceRule.WITHOUT}, {"holds_b": True}, "Réservé à qui n’a pas le permis B."),
    ],
)
def test_an_aid_is_for_whom_it_is(conditions: dict[str, Any], person: dict[str, Any], words: str) -> None:
    facts = {"status": LEA.status, "insee_code": LEA.insee_code, "born_on": LEA.born_on, "holds_b": LEA.holds_b}
    said = refusals(Conditions(**conditions), Applicant(**{**facts, **person}), on=TODAY, labels=["En emploi"])
    assert bool(said) == bool(words)
    assert words in " ".join(said)


@given(st.dates(date(1930, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2100, 1, 1)))
def test_an_age_grows_by_one_each_birthday(born_on: date, day: date) -> None:
    age = age_on(born_on, day)
    assert (day.year - born_on.year) - age in {0, 1}
    assert age_on(born_on, day.replace(month=12, day=31)) == day.year - born_on.year


ALLOWED = {
    ("asked", "grant"): "granted",
    ("asked", "begin"): "active",
    ("asked", "refuse"): "refused",
    ("asked", "drop"): "dropped",
    ("granted", "begin"): "active",
    ("granted", "finish"): "done",
    ("granted", "drop"): "dropped",
    ("active", "finish"): "done",
    ("active", "drop"): "dropped",
}


@pytest.mark.parametrize(("state", "action"), list(product(UseState, UseAction)))
def test_a_request_moves_only_along_its_table(state: UseState, action: UseAction) -> None:
    expected = ALLOWED.get((state.value, action.value))
    if expected is None:
        with pytest.raises(ForbiddenTransition):
            USES.after(state, action)
    else:
        assert USES.after(state, action).value == expected


def test_every_state_and_act_has_its_words() -> None:
    assert set(UseState) == set(USE_STATE_LABELS) == set(USE_STATE_TONES) == set(STEP_STATES)
    assert set(UseAction) == set(USE_ACTION_LABELS)


def test_the_usual_list_lifts_every_barrier() -> None:
    rows = read_defaults()
    assert len({row["label"] for row in rows}) == len(rows)
    assert {code for row in rows for code in row["lifts"]} == {barrier.value for barrier in Barrier}
