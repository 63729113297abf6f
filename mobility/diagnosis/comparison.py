"""Two diagnoses of one person side by side, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobility.diagnosis.answers import say
from mobility.diagnosis.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One dimension then and now; None where it was not known."""

    label: str
    before: int | None
    after: int | None
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An answer that is not what it was."""

    about: str
    before: str
    after: str


def score_words(before: int | None, after: int | None) -> tuple[str, str]:
    """Return what became of a score, and the tone of it."""
    if before is None and after is None:
        return "Pas évalué", "neutral"
    if before is None:
        return "Évalué depuis", "neutral"
    if after is None:
        return "Plus évalué", "neutral"
    if after == before:
        return "Pareil", "neutral"
    points = abs(after - before)
    unit = "point" if points == 1 else "points"
    return (
        (f"Mieux, de {points} {unit}", "success") if after > before else (f"Moins bien, de {points} {unit}", "warning")
    )


def compare_scores(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[ScoreChange, ...]:
    """Compare two lists of kept scores by dimension, in the order of the later one; vanished ones come last."""
    known = {one["dimension"]: one for one in before}
    later = {one["dimension"] for one in after}
    changes = []
    for one in [*after, *(one for one in before if one["dimension"] not in later)]:
        then = known.get(one["dimension"], {}).get("value")
        now = one["value"] if one["dimension"] in later else None
        words, tone = score_words(then, now)
        changes.append(ScoreChange(one["label"], then, now, words, tone))
    return tuple(changes)


def compare_items(
    first: Questionnaire, before: Mapping[str, Any], second: Questionnaire, after: Mapping[str, Any]
) -> tuple[ItemChange, ...]:
    """Return the answers that differ, in words, in the order of the later questionnaire."""
    items = {**first.items, **second.items}
    order = [*second.items, *(code for code in first.items if code not in second.items)]
    return tuple(
        ItemChange(items[code].about, _say(first, code, before), _say(second, code, after))
        for code in order
        if before.get(code) != after.get(code)
    )


def _say(questionnaire: Questionnaire, code: str, answers: Mapping[str, Any]) -> str:
    item = questionnaire.items.get(code)
    return say(item, answers.get(code)) if item is not None else ""


def summary_of(changes: Sequence[ScoreChange]) -> str:
    """Return the whole in one sentence."""
    better = sum(1 for one in changes if one.tone == "success")
    worse = sum(1 for one in changes if one.tone == "warning")
    if not better and not worse:
        return "Les notes n’ont pas changé."
    parts = []
    if better:
        parts.append(f"{better} {'thème va' if better == 1 else 'thèmes vont'} mieux")
    if worse:
        parts.append(f"{worse} {'thème va' if worse == 1 else 'thèmes vont'} moins bien")
    return f"{' et '.join(parts)}.".capitalize()
