"""What accounts ask of higher rooms: who stands behind a contact point or a card, and which files are hidden.

``people`` answers; accounts know neither names nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, current_app

from mobility.core.web.access import Actor


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom a contact point may sign in."""

    person_id: int
    recipient_id: int
    display_name: str
    needs_second_secret: bool


class Directory(Protocol):
    """The questions of sign-in."""

    def by_contact_points(self, contact_point_ids: Sequence[int]) -> list[Candidate]:
        """Return the people behind contact points; a shared one asks for the second secret."""

    def by_card(self, code: str) -> Candidate | None:
        """Return whose paper card bears the code; a card always asks for the second secret where one is set."""

    def names_of(self, person_ids: Collection[int]) -> dict[int, str]:
        """Return the names of files by id, in one query; those without a name any more are left out."""

    def second_secret_matches(self, person_id: int, secret: str) -> bool:
        """Tell whether this is the person's own secret."""


_KEY = "mobility.accounts.directory"


def set_directory(app: Flask, directory: Directory) -> None:
    """Let ``people`` answer."""
    app.extensions[_KEY] = directory


def directory() -> Directory:
    """Return whoever answers."""
    found: Directory = current_app.extensions[_KEY]
    return found


# Of the persons with these ids, those whose file the actor may not even know.
Concealment = Callable[[Actor, Collection[int]], frozenset[int]]
_CONCEALMENT = "mobility.accounts.concealment"


def set_concealment(app: Flask, answer: Concealment) -> None:
    """Let ``people`` tell which files are hidden from whom."""
    app.extensions[_CONCEALMENT] = answer


def concealed(who: Actor, person_ids: Collection[int]) -> frozenset[int]:
    """Return those of the persons whose file is hidden from the actor."""
    answer: Concealment = current_app.extensions[_CONCEALMENT]
    return answer(who, person_ids) if person_ids else frozenset()
