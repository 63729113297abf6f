"""A reason why something is not possible, in plain words, with what would lift it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One thing that stands in the way.

    ``lifted_by`` says what would take it away. ``overridable`` is false where the law or the insurer
    decides and no adviser may.
    """

    code: str
    text: str
    lifted_by: str
    overridable: bool = True
