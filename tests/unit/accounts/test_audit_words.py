"""What the access log may be asked for reads in French, and loses no wish."""

from __future__ import annotations

import ast
import re
from pathlib import Path

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


# What looks like an act in the services and is none.
NO_ACTS = {"loan.vehicle_id"}
ACT = re.compile(
    r"(?:agenda|agreement|departure|desk|document|loan|organisation|parameter|participation|person|prescription|sign_in|token|user)\.[a-z_]+"
)


def test_every_act_that_services_name_reads_in_french(repository: Path) -> None:
    rooms = repository / "mobility"
    sources = [*rooms.glob("*/services/*.py"), *rooms.glob("*/services.py"), *rooms.glob("*/words.py")]
    named = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    acts = {text for text in named if ACT.fullmatch(text)} - NO_ACTS
    assert len(acts) > 40
    assert sorted(acts - set(ACTIONS)) == []
