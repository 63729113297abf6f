"""What the access log may be asked for reads in French, and loses no wish."""

from __future__ import annotations

import pytest

from mobility.accounts.audit_words import ACTIONS, action_choices, say_action


def test_every_listed_act_is_offered_once_by_itself_or_by_its_family() -> None:
    codes = [code for code, _ in action_choices("")]
    assert len(codes) == len(set(codes))
    for code in ACTIONS:
        assert code in codes or "." not in code


@pytest.mark.parametrize("wanted", ["person.", "loan.settle", "update", "x.unknown", "💥"])
def test_what_was_asked_stays_chosen(wanted: str) -> None:
    assert [code for code, _ in action_choices(wanted)].count(wanted) == 1


def test_an_act_that_is_not_listed_reads_as_its_code() -> None:
    assert say_action("x.unknown") == "x.unknown"
    assert say_action("loan.settle") == "Solde"
