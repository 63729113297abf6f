"""The colours can be read: 4.5:1 for texts, 3:1 for marks (WCAG 2.1, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from tests.unit.frontend.conftest import ROOT

SOURCE = (ROOT / "static" / "scss" / "_tokens.scss").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"^\$([a-z-]+): (#[0-9a-f]{6});", SOURCE, re.MULTILINE))
TONES = {
    name: {part: COLOURS.get(value.lstrip("$"), value) for part, value in re.findall(r"(\w+): ([#$][\w-]+)", body)}
    for name, body in re.findall(r'"(\w+)": \(([^)]*)\)', SOURCE)
}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", ["paper", "paper-deep", "white"])
@pytest.mark.parametrize("ink", ["ink", "ink-soft", "accent", "accent-dark"])
def test_texts_and_links_stand_out_on_every_ground(ink: str, ground: str) -> None:
    assert contrast(COLOURS[ink], COLOURS[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["paper", "white"])
def test_the_edges_of_fields_stand_out(ground: str) -> None:
    assert contrast(COLOURS["line-strong"], COLOURS[ground]) >= 3


def test_the_focus_shows_on_light_and_on_dark() -> None:
    assert contrast(COLOURS["ink"], COLOURS["paper"]) >= 3
    assert contrast(COLOURS["focus"], COLOURS["ink"]) >= 3


def test_all_tones_are_there() -> None:
    assert set(TONES) == {"success", "info", "warning", "danger", "neutral", "accent"}


@pytest.mark.parametrize("tone", sorted(TONES))
def test_a_tone_can_be_read(tone: str) -> None:
    assert contrast(TONES[tone]["ink"], TONES[tone]["ground"]) >= 4.5
    assert contrast(COLOURS["ink"], TONES[tone]["ground"]) >= 4.5
    assert contrast(COLOURS["accent"], TONES[tone]["ground"]) >= 4.5, "links stand in banners"
    assert contrast(TONES[tone]["mark"], COLOURS["white"]) >= 3
