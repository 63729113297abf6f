"""Papers to print and to sign, made by typst from ``templates/pdf/<name>.typ`` and plain data.

Values never enter the source: they travel as JSON beside it, so nothing that somebody typed is ever read as
markup. A template sees no file outside its folder, no package and no font of the machine: the same paper comes
out everywhere. Papers are tagged (PDF/UA-1), so that they can be read aloud.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
import typst

from mobility.core.clock import PARIS
from mobility.core.paths import resource_dir
from mobility.core.typography import typeset

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Of the process of a heavy paper: address space in bytes (some 200 MB of papers fit), seconds.
LIMITS = (3_000_000_000, 300)
log = structlog.get_logger(__name__)


class PaperNotMade(Exception):
    """A paper whose process did not end well."""


def render(name: str, data: Mapping[str, Any], *, title: str, now: datetime) -> bytes:
    """Return the PDF of a template.

    ``data`` holds what JSON can say (texts, numbers, lists, tables, None); the template reads it with ``#let it =
    data()``. ``title`` and ``now`` (aware) go into the file's own description, and ``it.title``. The same
    arguments give the same bytes. Raises ValueError for data that JSON cannot say, ``typst.TypstError`` for
    a template that does not compile.
    """
    return _tried(name, _said(data, title), now=now, folder=_folder(), readable_aloud=True, output=None) or b""


def render_apart(
    name: str, data: Mapping[str, Any], *, title: str, now: datetime, files: Mapping[str, Path], target: Path
) -> None:
    """Write the PDF of a template with many files in it, in a process of its own (``core.pdf_process``).

    ``files``: pictures and PDFs that the template shows, by the name under ``files/`` that it reads them by; their
    pages are drawn, nothing else of them comes along. A paper that shows a PDF cannot be read aloud as a whole.
    ``target`` is written whole or not at all; whatever else is made stands beside it. The rest as for ``render``.
    Raises PaperNotMade where the process did not end well, for want of memory or time too.
    """
    asked = order(name, data, title=title, now=now, files=files, target=target)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "mobility.core.pdf_process"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=LIMITS[1],
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PaperNotMade("took too long") from None
    if done.returncode:
        log.warning("paper_broke_its_process", paper=name, said=done.stderr[-500:].decode(errors="replace"))
        raise PaperNotMade(f"ended with {done.returncode}")


def order(
    name: str, data: Mapping[str, Any], *, title: str, now: datetime, files: Mapping[str, Path], target: Path
) -> dict[str, Any]:
    """Return what ``write_with_files`` is told, fit for JSON. Raises ValueError."""
    return {
        "name": name,
        "said": _said(data, title),
        "at": now.isoformat(),
        "files": {file_name: str(path) for file_name, path in files.items()},
        "target": str(target),
        "limits": LIMITS,
    }


def write_with_files(asked: Mapping[str, Any]) -> None:
    """Do what ``render_apart`` asks for, in this process. Raises ``typst.TypstError``, OSError."""
    target = Path(asked["target"])
    with TemporaryDirectory(dir=target.parent) as made:
        folder = Path(made)
        for source in _folder().glob("*.typ"):
            shutil.copy(source, folder / source.name)
        (folder / "files").mkdir()
        for file_name, path in asked["files"].items():
            (folder / "files" / file_name).symlink_to(path)
        part = folder / "made.part"
        _tried(
            asked["name"],
            asked["said"],
            now=datetime.fromisoformat(asked["at"]),
            folder=folder,
            readable_aloud=not any(file_name.endswith(".pdf") for file_name in asked["files"]),
            output=part,
        )
        part.replace(target)


def _said(data: Mapping[str, Any], title: str) -> str:
    return json.dumps(_typeset({**data, "title": title}), ensure_ascii=False, allow_nan=False)


def _folder() -> Path:
    return resource_dir("templates") / "pdf"


def _tried(
    name: str, said: str, *, now: datetime, folder: Path, readable_aloud: bool, output: Path | None
) -> bytes | None:
    try:
        return _compile(name, said, now=now, folder=folder, readable_aloud=readable_aloud, output=output)
    except typst.TypstError as error:
        # A letter that the font lacks (an emoji, Arabic) forbids the claim of PDF/UA, never the paper.
        if "could not be displayed with font" not in str(error):
            raise
        log.warning("paper_lacks_letters", paper=name)
        return _compile(name, said, now=now, folder=folder, readable_aloud=False, output=output)


def _compile(
    name: str, said: str, *, now: datetime, folder: Path, readable_aloud: bool, output: Path | None
) -> bytes | None:
    made: bytes | None = typst.compile(
        str(folder / f"{name}.typ"),
        output=None if output is None else str(output),
        format="pdf",
        root=str(folder),
        ignore_system_fonts=True,
        sys_inputs={"data": said},
        pdf_standards="ua-1" if readable_aloud else None,
        timestamp=int(now.astimezone(PARIS).timestamp()),
    )
    return made


def _typeset(value: Any) -> Any:
    """Give every text of the data the spaces of French; refuse what JSON would turn into something else."""
    if isinstance(value, str):
        return typeset(_CONTROL.sub("", value))
    if isinstance(value, Mapping):
        return {str(key): _typeset(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_typeset(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(f"a paper cannot show {type(value).__name__}")
