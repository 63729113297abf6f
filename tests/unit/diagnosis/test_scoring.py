"""Scores and barriers: tables for what an adviser expects, properties for what must always hold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits, from_json, to_json
from mobility.diagnosis.conditions import AllOf, AnyOf, Has, Is, Not, Soon, Within, items_in
from mobility.diagnosis.loader import current
from mobility.diagnosis.questionnaire import BEST, Item, ItemKind, asked, effective
from mobility.diagnosis.scoring import UNKNOWN, Override, evaluate, severity_of
from tests.factories.loans import NOW

TODAY = date(2026, 11, 24)
QUESTIONNAIRE = current()
BUS, LATE = Is("bus", frozenset({"yes"})), Has("hours", frozenset({"late", "night"}))


@pytest.mark.parametrize(
    ("condition", "answers", "value"),
    [
        (BUS, {}, None),
        (BUS, {"bus": "yes"}, True),
        (BUS, {"bus": "no"}, False),
        (LATE, {"hours": ["day"]}, False),
        (LATE, {"hours": ["day", "night"]}, True),
        (Within("km", 5, None), {"km": 5}, True),
        (Within("km", 5, None), {"km": 4}, False),
        (Within("km", None, 3), {"km": 4}, False),
        (Within("km", None, 3), {}, None),
        (Soon("on", 10), {"on": "2026-12-04"}, True),
        (Soon("on", 10), {"on": "2026-12-05"}, False),
        (Soon("on", 10), {"on": "2026-11-23"}, False),
        (Soon("on", 10), {}, None),
        (AllOf((BUS, LATE)), {"bus": "yes"}, None),
        (AllOf((BUS, LATE)), {"bus": "no"}, False),
        (AllOf((BUS, LATE)), {"bus": "yes", "hours": ["late"]}, True),
        (AnyOf((BUS, LATE)), {"bus": "yes"}, True),
        (AnyOf((BUS, LATE)), {"bus": "no"}, None),
        (AnyOf((BUS, LATE)), {"bus": "no", "hours": ["day"]}, False),
        (Not(BUS), {}, None),
        (Not(BUS), {"bus": "no"}, True),
        (Not(BUS), {"bus": "yes"}, False),
    ],
)
def test_a_condition_is_yes_no_or_unknown(condition: Any, answers: dict[str, Any], value: bool | None) -> None:
    assert condition.holds(answers, TODAY) is value


def test_a_condition_tells_what_it_asks_about() -> None:
    assert items_in(AnyOf((BUS, Not(AllOf((LATE, Within("km", 1, None))))))) == {"bus", "hours", "km"}


def _score(answers: dict[str, Any], dimension: str, **overrides: Override) -> Any:
    result = evaluate(QUESTIONNAIRE, answers, today=TODAY, overrides=overrides)
    return next(one for one in result.scores if one.dimension == dimension)


@pytest.mark.parametrize(
    ("answers", "dimension", "value", "because"),
    [
        ({}, "licence", None, UNKNOWN),
        ({"licence": "b"}, "licence", 4, "Vous avez un permis qui vous permet de conduire une voiture."),
        ({"licence": "none"}, "licence", None, UNKNOWN),
        ({"licence": "none", "learning": "no"}, "licence", 0, "Vous n’avez pas le permis voiture."),
        ({"licence": "suspended"}, "licence", 0, "Votre permis est suspendu ou annulé. Vous ne pouvez pas conduire pour le moment."),
        ({"licence": "automatic"}, "licence", 3, "Votre permis vaut pour les voitures automatiques seulement."),
        ({"vehicle": "car", "vehicle_state": "broken"}, "vehicle", 0, "Votre véhicule est en panne."),
        # Said before, hidden since: an answer about a car that is none any more does not count.
        ({"vehicle": "none", "vehicle_state": "broken"}, "vehicle", 1, "Vous n’avez pas de véhicule."),
        ({"cost": "impossible"}, "money", 1, "Vous ne pouvez pas payer vos trajets aujourd’hui."),
        ({"children": 0, "goal": "life"}, "family", 4, "Votre organisation permet les trajets."),
        ({"stop": "none", "lift": "no"}, "territory", 0, "Il n’y a pas de transport près de chez vous, et personne ne peut vous emmener."),
    ],
)  # fmt: skip
def test_a_score_says_the_rule_that_gave_it(
    answers: dict[str, Any], dimension: str, value: int | None, because: str
) -> None:
    score = _score(answers, dimension)
    assert score.value == score.computed == value
    assert score.because[0] == because


def test_the_worst_of_the_rules_that_hold_gives_the_score_and_all_are_said() -> None:
    score = _score({"cost": "tight", "advance": "no", "debts": "file"}, "money")
    assert score.value == 1
    assert len(score.because) == 3


def test_an_override_stands_beside_the_computed_score() -> None:
    score = _score({"licence": "none", "learning": "no"}, "licence", licence=Override(3, "Son cousin le conduit."))
    assert (score.computed, score.value) == (0, 3)


def _barriers(answers: dict[str, Any], **overrides: Override) -> list[tuple[Barrier, int, str]]:
    result = evaluate(QUESTIONNAIRE, answers, today=TODAY, overrides=overrides)
    return [(one.barrier, one.severity, one.because) for one in result.barriers]


FEARS = {"at_ease": "no", "fears": ["lost"]}
ALONE = "Faire un nouveau trajet vous semble impossible pour le moment."


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, [(Barrier.CONFIDENCE, 3, ALONE)]),
        ({"confidence": Override(0, "Vu ensemble")}, [(Barrier.CONFIDENCE, 3, ALONE)]),
        ({"confidence": Override(2, "Vu ensemble")}, [(Barrier.CONFIDENCE, 1, "Vu ensemble")]),
        ({"confidence": Override(4, "Vu ensemble")}, []),
        (
            {"money": Override(1, "Vu ensemble")},
            [(Barrier.CONFIDENCE, 3, ALONE), (Barrier.MONEY, 2, "Vu ensemble")],
        ),
    ],
)
def test_the_adviser_s_score_decides_which_barrier_stands(
    overrides: dict[str, Override], expected: list[tuple[Barrier, int, str]]
) -> None:
    assert _barriers(FEARS, **overrides) == expected


def test_a_lighter_override_lightens_every_barrier_of_the_dimension() -> None:
    answers = {"reads": "no", "papers": "help"}
    assert [(one, weight) for one, weight, _why in _barriers(answers)] == [
        (Barrier.READING, 2),
        (Barrier.ADMINISTRATIVE, 1),
    ]
    lighter = _barriers(answers, reading=Override(2, "Sa fille lit pour elle."))
    assert lighter[0][:2] == (Barrier.ADMINISTRATIVE, 1) or lighter[1][:2] == (Barrier.ADMINISTRATIVE, 1)
    assert {weight for _one, weight, _why in lighter} == {1}


@pytest.mark.parametrize(("score", "severity"), [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)])
def test_a_severity_follows_from_the_score(score: int, severity: int) -> None:
    assert severity_of(score) == severity


# ---- what holds whatever is answered


def _value(item: Item) -> st.SearchStrategy[Any]:
    match item.kind:
        case ItemKind.CHOICE:
            return st.sampled_from(sorted(item.choices))
        case ItemKind.SEVERAL:
            return st.lists(st.sampled_from(sorted(item.choices)), min_size=1, unique=True)
        case ItemKind.DATE:
            return st.integers(-400, 400).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
        case ItemKind.TEXT:
            return st.text(max_size=20)
        case _:
            return st.integers(item.low, item.high)


ANSWERS = st.fixed_dictionaries({}, optional={code: _value(item) for code, item in QUESTIONNAIRE.items.items()})
OVERRIDES = st.dictionaries(
    st.sampled_from([one.code for one in QUESTIONNAIRE.dimensions]),
    st.builds(Override, st.integers(0, 4), st.just("Vu ensemble")),
)


@given(ANSWERS, OVERRIDES)
def test_any_answers_give_scores_in_range_with_a_reason(
    answers: dict[str, Any], overrides: dict[str, Override]
) -> None:
    result = evaluate(QUESTIONNAIRE, answers, today=TODAY, overrides=overrides)
    assert [one.dimension for one in result.scores] == [one.code for one in QUESTIONNAIRE.dimensions]
    for score in result.scores:
        assert score.value is None or 0 <= score.value <= BEST
        assert all(score.because)
    assert len({one.barrier for one in result.barriers}) == len(result.barriers)
    assert [one.severity for one in result.barriers] == sorted((one.severity for one in result.barriers), reverse=True)


@given(ANSWERS, st.data())
def test_an_unanswered_item_never_invents_a_barrier(answers: dict[str, Any], data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.sampled_from(sorted(answers)))) if answers else set()
    fewer = evaluate(QUESTIONNAIRE, {code: answers[code] for code in kept}, today=TODAY)
    more = {one.barrier: one.severity for one in evaluate(QUESTIONNAIRE, answers, today=TODAY).barriers}
    for one in fewer.barriers:
        assert one.severity <= more.get(one.barrier, 0)


def test_no_answer_finds_nothing() -> None:
    result = evaluate(QUESTIONNAIRE, {}, today=TODAY)
    assert (result.barriers, result.strengths, result.limits) == ((), (), Limits())
    assert all(one.value is None for one in result.scores)


@given(ANSWERS, OVERRIDES)
def test_an_override_never_changes_a_computed_score(answers: dict[str, Any], overrides: dict[str, Override]) -> None:
    alone = evaluate(QUESTIONNAIRE, answers, today=TODAY)
    beside = evaluate(QUESTIONNAIRE, answers, today=TODAY, overrides=overrides)
    assert [one.computed for one in alone.scores] == [one.computed for one in beside.scores]
    assert [one.because for one in alone.scores] == [one.because for one in beside.scores]
    for score in beside.scores:
        assert score.value == (overrides[score.dimension].value if score.dimension in overrides else score.computed)


@given(ANSWERS)
def test_an_answer_counts_only_where_its_item_is_asked(answers: dict[str, Any]) -> None:
    counted = effective(QUESTIONNAIRE, answers, today=TODAY)
    shown = {item.code for item in asked(QUESTIONNAIRE, answers, today=TODAY)}
    assert set(counted) == {code for code in answers if code in shown}
    assert effective(QUESTIONNAIRE, counted, today=TODAY) == counted


@given(ANSWERS)
def test_what_a_row_keeps_is_read_back_whole(answers: dict[str, Any]) -> None:
    result = evaluate(QUESTIONNAIRE, answers, today=TODAY)
    kept = to_json(result.barriers, result.strengths, result.limits)
    read = from_json(kept, diagnosis_id=1, closed_at=NOW, questionnaire=QUESTIONNAIRE.version)
    assert (read.barriers, read.strengths, read.limits) == (result.barriers, result.strengths, result.limits)


def test_a_severity_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="severity 4"):
        FoundBarrier(Barrier.MONEY, 4, "trop")
