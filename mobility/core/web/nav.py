"""Navigation: each room declares its entries, a shell shows those that the actor may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from mobility.core.web.access import Permission, actor


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry: ``shell`` is desk or portal, ``order`` sorts, ``group`` gathers under a heading (desk)."""

    label: str
    endpoint: str
    permission: Permission
    icon: str
    order: int = 100
    shell: str = "desk"
    group: str = ""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as a template shows it."""

    label: str
    url: str
    icon: str
    active: bool
    group: str


def register_nav(app: Flask, *entries: NavEntry) -> None:
    """Add entries to the navigation."""
    known: list[NavEntry] = app.extensions.setdefault("mobility.nav", [])
    known.extend(entries)
    known.sort(key=lambda entry: (entry.order, entry.label))


def nav_entries(shell: str = "desk") -> list[NavLink]:
    """Return the entries of a shell that the actor may open."""
    who = actor()
    if not getattr(who, "is_authenticated", False):
        return []
    shown = [
        e for e in current_app.extensions.get("mobility.nav", []) if e.shell == shell and who.permits(e.permission)
    ]
    here = _place(shown)
    return [
        NavLink(
            label=entry.label,
            url=url_for(entry.endpoint),
            icon=entry.icon,
            active=entry is here,
            group=entry.group,
        )
        for entry in shown
    ]


def _place(shown: list[NavEntry]) -> NavEntry | None:
    """Return the one entry under which the present page stands: itself, else the nearest above it in its room."""
    blueprint = (request.endpoint or "").partition(".")[0]
    room = [entry for entry in shown if entry.endpoint.partition(".")[0] == blueprint]
    above = [entry for entry in room if f"{request.path}/".startswith(f"{url_for(entry.endpoint).rstrip('/')}/")]
    exact = [entry for entry in room if entry.endpoint == request.endpoint]
    return max(exact or above, key=lambda entry: len(url_for(entry.endpoint)), default=room[0] if room else None)


def search_url() -> str | None:
    """Return the address of the search over people, or None where the actor has none."""
    if "people.search" in current_app.view_functions and actor().permits(Permission.PERSON_SEARCH):
        return url_for("people.search")
    return None
