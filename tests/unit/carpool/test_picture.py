"""The picture of the README is drawn by the project itself, and says whose data it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support.osm import helsinki

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def words(path: Path) -> str:
    """Return all that is written in a picture; fails where it is no SVG."""
    return " ".join(text for node in ET.parse(path).iter(f"{SVG}text") if (text := node.text))


def test_the_picture_is_drawn_from_an_extract_that_can_be_installed(tmp_path: Path) -> None:
    picture = tmp_path / "match.svg"
    script = ROOT / "scripts" / "draw_match.py"
    subprocess.run([sys.executable, script, helsinki(), "--output", picture], cwd=ROOT, check=True, timeout=300)
    said = words(picture)
    assert "The driver alone" in said
    assert "more" in said
    assert "© OpenStreetMap contributors, ODbL" in said


def test_the_picture_of_the_readme_names_its_source() -> None:
    assert "docs/images/match.svg" in (ROOT / "README.md").read_text(encoding="utf-8")
    picture = ROOT / "docs" / "images" / "match.svg"
    assert "© OpenStreetMap contributors, ODbL" in words(picture)
    assert picture.stat().st_size < 100_000
