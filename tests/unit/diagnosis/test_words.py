"""How answers, changes and the radar are said and drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.diagnosis.answers import say
from mobility.diagnosis.comparison import ScoreChange, compare_items, compare_scores, score_words, summary_of
from mobility.diagnosis.loader import current
from mobility.diagnosis.radar import RADIUS, draw

ITEMS = current().items


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("licence", None, ""),
        ("licence", "none", "Pas de permis"),
        ("licence", "of an older day", "of an older day"),
        ("cannot", ["night", "climb"], "Se déplacer la nuit, Monter les marches d’un bus ou d’un train"),
        ("goal_km", 14, "14 km"),
        ("budget", 4050, "40,50 €"),
        ("goal_on", "2026-12-07", "7 décembre 2026"),
        ("wish", "Un emploi", "Un emploi"),
    ],
)
def test_an_answer_reads_in_words(code: str, value: object, words: str) -> None:
    assert say(ITEMS[code], value).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, None, "Pas évalué"),
        (None, 3, "Évalué depuis"),
        (3, None, "Plus évalué"),
        (2, 2, "Pareil"),
        (1, 2, "Mieux, de 1 point"),
        (4, 1, "Moins bien, de 3 points"),
    ],
)
def test_what_became_of_a_score_is_said(before: int | None, after: int | None, words: str) -> None:
    assert score_words(before, after)[0] == words


def test_a_theme_of_another_version_is_compared_with_nothing() -> None:
    before = [{"dimension": "old", "label": "Ancien", "value": 2}, {"dimension": "both", "label": "Commun", "value": 1}]
    after = [{"dimension": "both", "label": "Commun", "value": 3}, {"dimension": "new", "label": "Nouveau", "value": 4}]
    assert [(one.label, one.before, one.after) for one in compare_scores(before, after)] == [
        ("Commun", 1, 3), ("Nouveau", None, 4), ("Ancien", 2, None),
    ]  # fmt: skip


def test_only_answers_that_differ_are_listed() -> None:
    one = current()
    found = compare_items(one, {"licence": "none", "cost": "fine"}, one, {"licence": "b", "cost": "fine"})
    assert [(line.about, line.before, line.after) for line in found] == [
        ("Permis", "Pas de permis", "Permis voiture (B)")
    ]


def test_the_whole_is_said_in_one_sentence() -> None:
    better, worse = (ScoreChange("x", 1, 2, "", tone) for tone in ("success", "warning"))
    assert summary_of([]) == "Les notes n’ont pas changé."
    assert summary_of([better, better]) == "2 thèmes vont mieux."
    assert summary_of([better, worse]) == "1 thème va mieux et 1 thème va moins bien."


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=3, max_size=14))
def test_a_radar_stays_inside_its_rings_and_draws_each_known_score(scores: list[int | None]) -> None:
    picture = draw([str(place) for place in range(len(scores))], [("Un", "accent", scores)])
    assert len(picture.axes) == len(scores)
    points = picture.shapes[0].points
    assert len(points) == sum(score is not None for score in scores)
    assert all(x * x + y * y <= (RADIUS + 0.1) ** 2 for x, y in points)
    assert len(picture.shapes[0].path.split()) == len(points)
