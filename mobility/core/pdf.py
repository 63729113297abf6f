"""Papers to print and to sign, made by typst from ``templates/pdf/<name>.typ`` and plain data.

Values never enter the source: they travel as JSON beside it, so nothing that somebody typed is ever read as
markup. A template sees no file outside its folder, no package and no font of the machine: the same paper comes
out everywhere. Papers are tagged (PDF/UA-1), so that they can be read aloud.
"""

from __future__ import annotations

import json
import re
import shutil
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
log = structlog.get_logger(__name__)


def render(
    name: str, data: Mapping[str, Any], *, title: str, now: datetime, files: Mapping[str, Path] | None = None
) -> bytes:
    """Return the PDF of a template.

    ``files``: pictures and PDFs that the template shows, by the name under ``files/`` that it reads them by; their
    pages are drawn, nothing else of them comes along. A paper that shows a PDF cannot be read aloud as a whole.

    ``data`` holds what JSON can say (texts, numbers, lists, tables, None); the template reads it with ``#let it =
    data()``. ``title`` and ``now`` (aware) go into the file's own description, and ``it.title``. The same
    arguments give the same bytes. Raises ValueError for data that JSON cannot say, ``typst.TypstError`` for
    a template that does not compile.
    """
    said = json.dumps(_typeset({**data, "title": title}), ensure_ascii=False, allow_nan=False)
    if files:
        aloud = not any(name.endswith(".pdf") for name in files)
        with TemporaryDirectory() as made:
            folder = Path(made)
            for source in _folder().glob("*.typ"):
                shutil.copy(source, folder / source.name)
            (folder / "files").mkdir()
            for file_name, path in files.items():
                shutil.copy(path, folder / "files" / file_name)
            return _tried(name, said, now=now, folder=folder, readable_aloud=aloud)
    return _tried(name, said, now=now, folder=_folder(), readable_aloud=True)


def _folder() -> Path:
    return resource_dir("templates") / "pdf"


def _tried(name: str, said: str, *, now: datetime, folder: Path, readable_aloud: bool) -> bytes:
    try:
        return _compile(name, said, now=now, folder=folder, readable_aloud=readable_aloud)
    except typst.TypstError as error:
        # A letter that the font lacks (an emoji, Arabic) forbids the claim of PDF/UA, never the paper.
        if "could not be displayed with font" not in str(error):
            raise
        log.warning("paper_lacks_letters", paper=name)
        return _compile(name, said, now=now, folder=folder, readable_aloud=False)


def _compile(name: str, said: str, *, now: datetime, folder: Path, readable_aloud: bool) -> bytes:
    return typst.compile(
        str(folder / f"{name}.typ"),
        root=str(folder),
        ignore_system_fonts=True,
        sys_inputs={"data": said},
        pdf_standards="ua-1" if readable_aloud else None,
        timestamp=int(now.astimezone(PARIS).timestamp()),
    )


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
