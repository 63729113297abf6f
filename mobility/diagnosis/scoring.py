"""From answers to scores, barriers, strengths and limits; each with the sentence that says why.

Every rule that holds counts; the lowest score wins. Nothing is said of a dimension about which too little was asked.
An adviser's own score stands beside the computed one and never changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits
from mobility.diagnosis.conditions import Answers
from mobility.diagnosis.questionnaire import BEST, Dimension, Questionnaire, Rule, effective

UNKNOWN = "Il manque des réponses pour le dire."


@dataclass(frozen=True, slots=True)
class Override:
    """A score that the adviser has set instead, and why."""

    value: int
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """One dimension. ``computed`` is None where too little was answered; ``because`` gives the reasons in words."""

    dimension: str
    label: str
    computed: int | None
    because: tuple[str, ...]
    override: Override | None = None

    @property
    def value(self) -> int | None:
        """Return the score that counts."""
        return self.computed if self.override is None else self.override.value


@dataclass(frozen=True, slots=True)
class Result:
    """All that a diagnosis says."""

    scores: tuple[Score, ...]
    barriers: tuple[FoundBarrier, ...]
    strengths: tuple[str, ...]
    limits: Limits


def severity_of(score: int) -> int:
    """Return how heavy the barrier behind a score is: 3 blocks, 1 is felt, 0 is none."""
    return max(0, 3 - score)


def evaluate(
    questionnaire: Questionnaire, answers: Answers, *, today: date, overrides: Mapping[str, Override] | None = None
) -> Result:
    """Apply the rules of the questionnaire to the answers that count."""
    counted = effective(questionnaire, answers, today=today)
    scores: list[Score] = []
    found: dict[Barrier, FoundBarrier] = {}
    for dimension in questionnaire.dimensions:
        holding = [rule for rule in dimension.rules if rule.when.holds(counted, today) is True]
        override = (overrides or {}).get(dimension.code)
        scores.append(_score(dimension, holding, _is_known(questionnaire, dimension, counted, today), override))
        for one in _barriers(dimension, holding, override):
            known = found.get(one.barrier)
            if known is None or known.severity < one.severity:
                found[one.barrier] = one
    order = list(Barrier)
    return Result(
        scores=tuple(scores),
        barriers=tuple(sorted(found.values(), key=lambda one: (-one.severity, order.index(one.barrier)))),
        strengths=tuple(one.because for one in questionnaire.strengths if one.when.holds(counted, today) is True),
        limits=_limits(questionnaire, counted, today),
    )


def _is_known(questionnaire: Questionnaire, dimension: Dimension, counted: Answers, today: date) -> bool:
    """Tell whether all that the dimension needs was answered, or need not be asked."""
    items = questionnaire.items
    for code in dimension.needs:
        condition = items[code].when
        spared = condition is not None and condition.holds(counted, today) is False
        if code not in counted and not spared:
            return False
    return True


def _score(dimension: Dimension, holding: list[Rule], known: bool, override: Override | None) -> Score:
    if holding:
        worst = min(rule.score for rule in holding)
        because = tuple(dict.fromkeys(rule.because for rule in sorted(holding, key=lambda rule: rule.score)))
        return Score(dimension.code, dimension.label, worst, because, override)
    if known:
        return Score(dimension.code, dimension.label, BEST, (dimension.fine,), override)
    return Score(dimension.code, dimension.label, None, (UNKNOWN,), override)


def _barriers(dimension: Dimension, holding: list[Rule], override: Override | None) -> list[FoundBarrier]:
    """Return the barriers of one dimension, no heavier than the adviser's own score says."""
    worst: dict[Barrier, FoundBarrier] = {}
    for rule in sorted(holding, key=lambda rule: rule.score):
        if rule.barrier is not None and rule.barrier not in worst:
            worst[rule.barrier] = FoundBarrier(rule.barrier, severity_of(rule.score), rule.because)
    found = list(worst.values())
    if override is None:
        return found
    allowed = severity_of(override.value)
    if not allowed:
        return []
    if not found:
        return [FoundBarrier(dimension.barriers[0], allowed, override.reason)]
    # The heaviest takes the adviser's weight and words; the others keep theirs where it is no heavier.
    first, *others = found
    return [
        FoundBarrier(first.barrier, allowed, first.because if first.severity == allowed else override.reason),
        *(FoundBarrier(one.barrier, min(one.severity, allowed), one.because) for one in others),
    ]


def _limits(questionnaire: Questionnaire, counted: Answers, today: date) -> Limits:
    values: dict[str, bool | int | None] = {}
    for name, source in questionnaire.limits.items():
        if isinstance(source, str):
            values[name] = counted.get(source)
        else:
            values[name] = source.holds(counted, today) is True
    return Limits(**values)  # type: ignore[arg-type]  # the loader has checked each name against its kind
