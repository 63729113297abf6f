"""The twelve written cases, from the answers to the plans: what an adviser expects to be proposed, and why.

The aids are the usual list that comes with the platform, and vehicles as a fleet lends them (below). Codes of aids in
the cases are the labels of that list.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mobility.diagnosis.barriers import Barrier
from mobility.diagnosis.loader import get_questionnaire, plain
from mobility.diagnosis.scoring import evaluate
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans.planned import LIFTS
from mobility.local_aids.aid import option_of
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import Applicant
from mobility.local_aids.services import read_defaults
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.plan.rules.planning import Proposals, propose
from mobility.pathway.plan.rules.settings import PROFILE_LABELS

FOLDER = Path(__file__).resolve().parents[2] / "cases"
CASES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
STATUSES = {"seeker": "job_seeker", "work": "employee", "training": "trainee"}
# A month of each vehicle for the person, in cents, and how far it is proposed.
FLEET = {Category.CAR: (9000, None), Category.MOPED: (6000, 15), Category.EBIKE: (2500, 10)}


def read(name: str) -> dict[str, Any]:
    case = plain(CASES[name].read_text(encoding="utf-8"))
    assert isinstance(case, dict)
    return case


def lent(case: dict[str, Any], today: date) -> list[Option]:
    """The vehicles that could be lent, with what stands against them."""
    answers = case["answers"]
    found = []
    for category, (usual_cents, reach_km) in FLEET.items():
        # Prices depend on the status: bicycles are lent for nothing to whoever lives on the RSA.
        cents = 0 if category is Category.EBIKE and answers["status"] == "rsa" else usual_cents
        reasons = []
        if category is Category.CAR and answers.get("licence") != "b":
            reasons.append("Il faut le permis B pour ce véhicule.")
        if reach_km is not None and answers.get("goal_km", 0) > reach_km:
            reasons.append("Le lieu est trop loin pour ce véhicule.")
        if category is Category.EBIKE and answers.get("cycling") != "yes":
            reasons.append("La personne ne fait pas de vélo.")
        found.append(
            Option(
                "loan",
                category.value,
                f"Prêt : {CATEGORY_LABELS[category].lower()}",
                LIFTS[category],
                today + timedelta(days=1),
                carries=True,
                reasons=tuple(reasons),
                person_monthly_cents=cents,
                months=1,
                group="loan",
                person_drives=True,
            )
        )
    return found


def proposals(case: dict[str, Any]) -> Proposals:
    today = date.fromisoformat(case["on"])
    answers = case["answers"]
    found = evaluate(get_questionnaire(case["questionnaire"]), answers, today=today)
    at_night = "night" in answers.get("hours", [])
    starts_on = date.fromisoformat(answers["goal_on"]) if "goal_on" in answers else None
    born_on = date(today.year - int(case["plan"]["age"]), 1, 1)
    person = Applicant(
        STATUSES.get(answers["status"], answers["status"]),
        "59172",
        born_on,
        holds_b=answers.get("licence") == "b",
        recovers=answers.get("licence") in {"suspended", "foreign"},
    )
    entries = [LocalAid(id=number, **_columns(row)) for number, row in enumerate(read_defaults(), start=1)]
    options = [option_of(entry, person, on=today, at_night=at_night) for entry in entries]
    # A lesson behind the wheel is for those who may drive; who cannot is told so by their own limits.
    request = Request(today, found.barriers, found.limits, starts_on, None, at_night)
    return propose(request, [*options, *lent(case, today)])


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "family": "", "description": "", "lasting": False, "carries": False, "at_night": True, "person_drives": False,
        "only_for": [],
        "person_once_cents": 0, "person_monthly_cents": 0, "funder_cents": 0, "statuses": [], "communes": [],
    }  # fmt: skip
    return {**usual, **row}


def said(result: Proposals) -> dict[str, list[str]]:
    return {
        PROFILE_LABELS[profile].lower(): [option.label for option in plan.options]
        for plan in result.plans
        for profile in plan.profiles
    }


@pytest.mark.parametrize("name", CASES)
def test_the_plans_are_those_that_an_adviser_expects(name: str) -> None:
    case = read(name)
    expected, result = case["plan"], proposals(case)
    plans = said(result)
    if "nothing" in expected:
        assert plans == {}
        assert expected["nothing"] in " ".join(result.sorry)
        later = [] if result.later is None else [option.label for option in result.later.options]
        assert later == expected["later"]
        return
    for profile in ("rapide", "économique", "durable"):
        assert plans[profile] == expected[profile], profile
    left = {one.label: one.why for one in result.left_out}
    for label, words in expected.get("left_out", {}).items():
        assert words in left[label]


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_why_its_plan_is_expected(name: str) -> None:
    assert len(read(name)["plan"]["why"]) > 40


def test_every_barrier_of_the_cases_has_a_help_in_the_usual_list() -> None:
    lifted = {code for row in read_defaults() for code in row["lifts"]}
    assert lifted == {barrier.value for barrier in Barrier}
