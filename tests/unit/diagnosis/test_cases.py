"""The written cases: what an adviser expects of the diagnosis of somebody, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mobility.diagnosis.loader import get_questionnaire, plain
from mobility.diagnosis.questionnaire import asked
from mobility.diagnosis.scoring import evaluate

FOLDER = Path(__file__).resolve().parents[2] / "cases"
CASES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
NO_LIMITS = {
    "no_night": False, "max_minutes": None, "max_walk_minutes": None, "no_motorway": False, "monthly_cents": None,
}  # fmt: skip


def read(name: str) -> dict[str, Any]:
    """Read a case as the questionnaire is read: « yes » and « no » are codes."""
    case = plain(CASES[name].read_text(encoding="utf-8"))
    assert isinstance(case, dict)
    return case


def test_there_are_twelve_cases() -> None:
    assert len(CASES) == 12


@pytest.mark.parametrize("name", CASES)
def test_the_diagnosis_finds_what_an_adviser_expects(name: str) -> None:
    case = read(name)
    found = evaluate(get_questionnaire(case["questionnaire"]), case["answers"], today=date.fromisoformat(case["on"]))
    assert {one.barrier.value: one.severity for one in found.barriers} == {
        barrier: expected["severity"] for barrier, expected in case["barriers"].items()
    }
    limits = {name: getattr(found.limits, name) for name in NO_LIMITS}
    assert limits == {**NO_LIMITS, **case["limits"]}
    assert set(case["strengths_among"]) <= set(found.strengths)


@pytest.mark.parametrize("name", CASES)
def test_a_case_gives_answers_that_are_asked_and_says_why(name: str) -> None:
    case = read(name)
    questionnaire = get_questionnaire(case["questionnaire"])
    shown = {item.code: item for item in asked(questionnaire, case["answers"], today=date.fromisoformat(case["on"]))}
    assert set(case["answers"]) <= set(shown)
    for code, value in case["answers"].items():
        choices = shown[code].choices
        assert not choices or set(value if isinstance(value, list) else [value]) <= set(choices)
    assert all(len(expected["why"]) > 15 for expected in case["barriers"].values())
    assert len(case["person"]) > 80
