"""Papers: what was typed is read as text, the same data give the same bytes, and one can be read aloud."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from mobility.core import pdf
from mobility.core.paths import resource_dir

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

PROBE = """\
#import "_page.typ": *
#let it = data()
#show: sheet.with(title: it.title, foot: [Au pied])
= #it.title
#lines(it.said)
#facts((("Quoi", it.said),))
#callout(tone: "warning")[Attention]
"""

Paper = Callable[..., PdfReader]


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paper:
    shutil.copytree(resource_dir("templates") / "pdf", tmp_path / "pdf")
    (tmp_path / "pdf" / "probe.typ").write_text(PROBE, encoding="utf-8")
    (tmp_path / "elsewhere.txt").write_text("not for papers", encoding="utf-8")
    monkeypatch.setattr(pdf, "resource_dir", lambda _name: tmp_path)

    def make(said: Any) -> PdfReader:
        return PdfReader(io.BytesIO(pdf.render("probe", {"said": said}, title="Un papier", now=NOW)))

    return make


def test_a_paper_says_its_title_its_text_and_its_language(paper: Paper) -> None:
    made = paper("Bonjour Élodie !\nÀ bientôt")
    text = made.pages[0].extract_text()
    assert "Bonjour Élodie" in text
    assert "À bientôt" in text
    assert "Au pied" in text
    assert made.metadata is not None
    assert made.metadata.title == "Un papier"
    assert made.trailer["/Root"]["/Lang"] == "fr-FR"
    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True


@pytest.mark.parametrize(
    "typed",
    [
        '#read("../elsewhere.txt")',
        "#panic()",
        "*gras* _souligné_ $x^2$ `code`",
        '"] #pagebreak() [',
        "\\u{0} // commentaire",
        "<balise> @renvoi {{ jinja }}",
    ],
)
def test_what_was_typed_is_never_markup(paper: Paper, typed: str) -> None:
    made = paper(typed)
    assert len(made.pages) == 1
    read = "".join(made.pages[0].extract_text().split())
    assert "".join(typed.split()) in read


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60))
def test_any_text_makes_a_paper(paper: Paper, typed: str) -> None:
    assert paper(typed).pages


def test_the_same_data_give_the_same_bytes(paper: Paper) -> None:
    assert paper("a") is not None
    once, again = (pdf.render("probe", {"said": "a"}, title="T", now=NOW) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("value", [NOW, float("nan"), {1, 2}, b"x"])
def test_what_json_cannot_say_is_refused(paper: Paper, value: Any) -> None:
    with pytest.raises(ValueError, match=r"cannot show|not JSON compliant"):
        paper(value)


def test_a_paper_reads_no_file_outside_its_folder(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "pdf" / "probe.typ").write_text('#read("../elsewhere.txt")', encoding="utf-8")
    with pytest.raises(typst.TypstError):
        paper("")
