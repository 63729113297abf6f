"""Papers to print and to sign, made by typst from ``templates/pdf/<name>.typ`` and plain data.

Values never enter the source: they travel as JSON beside it, so nothing that somebody typed is ever read as
markup. A template sees no file outside its folder, no package and no font of the machine: the same paper comes
out everywhere. Papers are tagged (PDF/UA-1), so that they can be read aloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
import typst

from mobility.core.clock import PARIS
from mobility.core.paths import resource_dir
from mobility.core.typography import typeset

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
log = structlog.get_logger(__name__)


def render(name: str, data: Mapping[str, Any], *, title: str, now: datetime) -> bytes:
    """Return the PDF of a template.

    ``data`` holds what JSON can say (texts, numbers, lists, tables, None); the template reads it with ``#let it =
    data()``. ``title`` and ``now`` (aware) go into the file's own description, and ``it.title``. The same
    arguments give the same bytes. Raises ValueError for data that JSON cannot say, ``typst.TypstError`` for
    a template that does not compile.
    """
    said = json.dumps(_typeset({**data, "title": title}), ensure_ascii=False, allow_nan=False)
    try:
        return _compile(name, said, now=now, readable_aloud=True)
    except typst.TypstError as error:
        # A letter that the font lacks (an emoji, Arabic) forbids the claim of PDF/UA, never the paper.
        if "could not be displayed with font" not in str(error):
            raise
        log.warning("paper_lacks_letters", paper=name)
        return _compile(name, said, now=now, readable_aloud=False)


def _compile(name: str, said: str, *, now: datetime, readable_aloud: bool) -> bytes:
    folder = resource_dir("templates") / "pdf"
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
