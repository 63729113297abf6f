"""The staff's first page: rooms bring panels, shown to those who hold the permission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from mobility.core.web.access import Actor, Permission


@dataclass(frozen=True, slots=True)
class HomeItem:
    """One thing that waits: what, where to act, and whether it is late."""

    text: str
    url: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class HomePanel:
    """What waits in one room: a title, how many in all, the first few, and where the rest is."""

    title: str
    icon: str
    total: int
    items: tuple[HomeItem, ...]
    url: str
    empty: str
    order: int = 100


PanelSource = Callable[[Actor, datetime], HomePanel | None]
_KEY = "mobility.accounts.home"


def register_panel(app: Flask, permission: Permission, source: PanelSource) -> None:
    """Let a room bring a panel; it answers in a constant number of queries."""
    app.extensions.setdefault(_KEY, []).append((permission, source))


def panels(who: Actor, *, now: datetime) -> list[HomePanel]:
    """Return the panels of somebody, in order."""
    sources: list[tuple[Permission, PanelSource]] = current_app.extensions.get(_KEY, [])
    found = [source(who, now) for permission, source in sources if who.permits(permission)]
    return sorted((panel for panel in found if panel is not None), key=lambda panel: panel.order)
