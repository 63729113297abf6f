"""docs/microcredit.md says the table of states as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mobility.microcredit.rules.states import DOSSIERS, PAST, REASONED, Action, Party, State, party_of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "microcredit.md").read_text(encoding="utf-8")
ROWS = {
    name: (ways, who, evidence)
    for name, ways, who, evidence in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
}
WHO = {Party.ADVISER: "the desk", Party.BANK: "the bank", Party.CLOCK: "the follow-up"}


def ways_of(action: Action) -> str:
    """Return the ways of a step as the page writes them: « from, from → to; from → to »."""
    ways: dict[State, list[str]] = {}
    for state in State:
        if DOSSIERS.allows(state, action):
            ways.setdefault(DOSSIERS.after(state, action), []).append(state.value)
    return "; ".join(f"{', '.join(froms)} → {to.value}" for to, froms in ways.items())


def test_every_step_stands_on_the_page_once_in_the_order_of_the_code() -> None:
    assert list(ROWS) == [action.value for action in Action]


@pytest.mark.parametrize("action", Action)
def test_a_steps_row_says_its_ways_who_takes_it_and_on_which_evidence(action: Action) -> None:
    ways, who, evidence = ROWS[action.value]
    assert (ways, who) == (ways_of(action), WHO[party_of(action)])
    assert evidence.strip()
    if action in REASONED:
        assert "reason" in evidence
    if action in PAST:
        assert "day" in evidence
