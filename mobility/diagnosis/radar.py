"""The radar of scores: where its points lie. Pure; the page draws them and shows the table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from mobility.diagnosis.questionnaire import BEST

RADIUS = 100.0
LABEL_RADIUS = 116.0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its end, and where its number stands."""

    number: int
    label: str
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Shape:
    """The scores of one diagnosis: a polygon through the known ones, a dot for each."""

    name: str
    tone: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """Return the points as SVG writes them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Radar:
    """The picture, in a square of side 2 × 140 around the origin."""

    axes: tuple[Axis, ...]
    rings: tuple[str, ...]
    shapes: tuple[Shape, ...]


def _at(place: int, of: int, radius: float) -> tuple[float, float]:
    angle = 2 * pi * place / of - pi / 2
    return round(radius * cos(angle), 2), round(radius * sin(angle), 2)


def draw(labels: Sequence[str], series: Sequence[tuple[str, str, Sequence[int | None]]]) -> Radar:
    """Return the radar of some series (name, tone, scores in the order of the labels; None is left out)."""
    count = len(labels)
    axes = []
    for place, label in enumerate(labels):
        (x, y), (label_x, label_y) = _at(place, count, RADIUS), _at(place, count, LABEL_RADIUS)
        axes.append(Axis(place + 1, label, x, y, label_x, label_y))
    rings = tuple(
        " ".join(f"{x},{y}" for x, y in (_at(place, count, RADIUS * level / BEST) for place in range(count)))
        for level in range(1, BEST + 1)
    )
    shapes = tuple(
        Shape(
            name,
            tone,
            # A score of 0 keeps a little distance, so that its dot is seen beside the others.
            tuple(
                _at(place, count, max(score, 0.15) * RADIUS / BEST)
                for place, score in enumerate(scores)
                if score is not None
            ),
        )
        for name, tone, scores in series
    )
    return Radar(tuple(axes), rings, shapes)
