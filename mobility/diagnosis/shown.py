"""What pages and papers show of a diagnosis; no query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mobility.core.clock import day_of, format_date
from mobility.desks.models import Desk
from mobility.diagnosis.answers import say
from mobility.diagnosis.barriers import LABELS, SEVERITY_LABELS, FoundBarrier, Limits
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import Filled, Given, findings_of
from mobility.diagnosis.radar import Radar, draw
from mobility.diagnosis.words import TONES
from mobility.people.models import Person

PAPER_BARRIERS, PAPER_STRENGTHS = 6, 6


@dataclass(frozen=True)
class ScoreLine:
    """One score as pages show it; ``reason`` is the adviser's, where they have set their own."""

    dimension: str
    label: str
    value: int | None
    computed: int | None
    because: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class BarrierLine:
    """One barrier as pages show it."""

    label: str
    severity_label: str
    tone: str
    because: str


@dataclass(frozen=True)
class ResultView:
    """The result of a diagnosis: as it was kept, or as the answers give it today."""

    scores: tuple[ScoreLine, ...]
    barriers: tuple[BarrierLine, ...]
    strengths: tuple[str, ...]
    limits: tuple[str, ...]


def result_of(row: Diagnosis, filled: Filled) -> ResultView:
    """Return what a finished diagnosis has kept, or what an open one says so far."""
    kept = findings_of(row)
    if kept is None or row.findings is None:
        result = filled.result()
        scores = [
            ScoreLine(
                one.dimension,
                one.label,
                one.value,
                one.computed,
                one.because,
                one.override.reason if one.override else "",
            )
            for one in result.scores
        ]
        return ResultView(tuple(scores), _barriers(result.barriers), result.strengths, limit_words(result.limits))
    # An erased file keeps its barriers and no words.
    scores = [
        ScoreLine(
            one["dimension"], one["label"], one["value"], one["computed"], tuple(one["because"]), one.get("reason", "")
        )
        for one in row.findings.get("scores", ())
    ]
    return ResultView(tuple(scores), _barriers(kept.barriers), kept.strengths, limit_words(kept.limits))


def _barriers(found: Sequence[FoundBarrier]) -> tuple[BarrierLine, ...]:
    return tuple(
        BarrierLine(LABELS[one.barrier], SEVERITY_LABELS[one.severity], TONES[one.severity], one.because)
        for one in found
    )


def limit_words(limits: Limits) -> tuple[str, ...]:
    """Return what a solution must respect, in words."""
    found = []
    if limits.no_night:
        found.append("Pas la nuit.")
    if limits.no_motorway:
        found.append("Pas d’autoroute ni de voie rapide.")
    if limits.max_minutes is not None:
        found.append(f"Pas plus de {limits.max_minutes} minutes de trajet.")
    if limits.max_walk_minutes is not None:
        found.append(f"Pas plus de {limits.max_walk_minutes} minutes à pied.")
    if limits.monthly_cents is not None:
        found.append(f"Pas plus de {limits.monthly_cents // 100} € par mois.")
    return tuple(found)


def radar_of(series: Sequence[tuple[str, str, Sequence[ScoreLine]]]) -> Radar | None:
    """Return the picture of one or two results; None where too few scores are known for a shape."""
    labels: dict[str, str] = {}
    for _name, _tone, scores in reversed(series):
        for one in scores:
            labels.setdefault(one.dimension, one.label)
    lines = [
        (name, tone, [{one.dimension: one.value for one in scores}.get(code) for code in labels])
        for name, tone, scores in series
    ]
    if any(sum(value is not None for value in values) < 3 for _name, _tone, values in lines):
        return None
    return draw(list(labels.values()), lines)


@dataclass(frozen=True)
class HistoryLine:
    """One answer in the history."""

    about: str
    said: str
    author: str
    at: datetime
    is_current: bool


def history_lines(filled: Filled, given: Sequence[Given]) -> list[HistoryLine]:
    """Return every answer in words, by question in the order of the questionnaire."""
    items = filled.questionnaire.items
    order = list(items)
    return [
        HistoryLine(
            items[one.item].about,
            say(items[one.item], one.value),
            one.author_name,
            one.answered_at,
            one.superseded_at is None,
        )
        for one in sorted(given, key=lambda one: (order.index(one.item), one.id))
    ]


def paper_data(row: Diagnosis, filled: Filled, *, person: Person, desk: Desk) -> dict[str, Any]:
    """Return what the person's page says: what they want, what helps, what is in the way, what is respected."""
    result = result_of(row, filled)
    closed_on = day_of(row.closed_at) if row.closed_at else None
    return {
        "name": person.full_name,
        "on": format_date(closed_on, weekday=False, year=0) if closed_on else "",
        "wish": str(filled.answers.get("wish") or "")[:200],
        "strengths": list(result.strengths[:PAPER_STRENGTHS]),
        "barriers": [{"label": one.label, "because": one.because} for one in result.barriers[:PAPER_BARRIERS]],
        "more": max(0, len(result.barriers) - PAPER_BARRIERS),
        "limits": list(result.limits),
        "scores": [{"label": one.label, "value": one.value} for one in result.scores],
        "desk": desk.name,
        "phone": desk.phone or "",
    }
