"""What happens elsewhere when an organisation changes: declared here, answered by higher rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app

from mobility.core.web.access import Actor, Permission
from mobility.desks.hooks import ChangeHook
from mobility.organisations.models import Organisation

changes = ChangeHook()


@dataclass(frozen=True, slots=True)
class Section:
    """What another room shows on an organisation's page: a title, a sentence, and where to act."""

    title: str
    text: str
    url: str
    verb: str


SectionSource = Callable[[Organisation], Section | None]
_KEY = "mobility.organisations.sections"


def register_section(app: Flask, permission: Permission, source: SectionSource) -> None:
    """Let a room bring a section to the page of organisations, for those who hold the permission."""
    app.extensions.setdefault(_KEY, []).append((permission, source))


def sections_of(row: Organisation, who: Actor) -> list[Section]:
    """Return what the rooms show of an organisation."""
    sources: list[tuple[Permission, SectionSource]] = current_app.extensions.get(_KEY, [])
    found = [source(row) for permission, source in sources if who.permits(permission)]
    return [section for section in found if section is not None]
