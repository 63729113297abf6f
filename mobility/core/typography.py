"""The spaces of French: what stands before « : ; ? ! », inside guillemets and after a figure never ends a line.

Texts are written and translated with ordinary spaces, which are easy to type and to search for; what people
read is typeset here, once, on its way out. Rules: Lexique de l'Imprimerie nationale (a space that does not
break before the colon, inside guillemets and before % and €, a narrow one before the other marks).
"""

from __future__ import annotations

import re
from typing import Final

NO_BREAK: Final = "\u00a0"
NARROW: Final = "\u202f"

_MARK = re.compile(r"« |(?<!\s) [:;?!»]|(?<=\d) [%€]")
# What was typed must come back as it was, and codes are copied: their text is no prose.
_NOT_PROSE = re.compile(r"(<(script|style|textarea|pre|code|kbd)\b.*?</\2\s*>)", re.DOTALL | re.IGNORECASE)


def typeset(text: str) -> str:
    """Return the text with the spaces that French wants around its marks; doing it twice changes nothing."""
    return _MARK.sub(_spaced, text)


def typeset_html(html: str) -> str:
    """Return the page with its prose typeset; markup, attributes, scripts and what people type stay as they are."""
    pieces = _NOT_PROSE.split(html)
    # A split by two groups gives prose, element, name, prose, element, name, …, prose.
    for at in range(0, len(pieces), 3):
        pieces[at] = _MARK.sub(_spaced_outside_tags, pieces[at])
    del pieces[2::3]
    return "".join(pieces)


def _spaced(mark: re.Match[str]) -> str:
    found = mark.group()
    if found == "« ":
        return f"«{NO_BREAK}"
    return (NARROW if found[1] in ";?!" else NO_BREAK) + found[1]


def _spaced_outside_tags(mark: re.Match[str]) -> str:
    before, here = mark.string, mark.start()
    inside_a_tag = before.rfind("<", 0, here) > before.rfind(">", 0, here)
    return mark.group() if inside_a_tag else _spaced(mark)
