"""Navigation: each room declares its entries, a space shows those that the actor may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from mobility.core.web.access import Permission, actor

# Entries from here on are for occasional work: their groups are folded until a page of theirs is shown.
FOLDED_FROM = 650
# Pages about one person stand under this entry, whatever room they belong to.
PERSON_PLACE = "people.search"


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry: ``space`` is desk or portal, ``order`` sorts, ``group`` gathers under a heading (desk)."""

    label: str
    endpoint: str
    permission: Permission
    icon: str
    order: int = 100
    space: str = "desk"
    group: str = ""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as a template shows it."""

    label: str
    url: str
    icon: str
    active: bool
    group: str
    order: int


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under one heading, or under none. One that ``folds`` is shown by its heading until it is opened."""

    label: str
    links: tuple[NavLink, ...]
    folds: bool

    @property
    def is_open(self) -> bool:
        """Tell whether it shows its entries at first."""
        return not self.folds or any(link.active for link in self.links)


def register_nav(app: Flask, *entries: NavEntry) -> None:
    """Add entries to the navigation."""
    known: list[NavEntry] = app.extensions.setdefault("mobility.nav", [])
    known.extend(entries)
    known.sort(key=lambda entry: (entry.order, entry.label))


def register_person_room(app: Flask, blueprint: str) -> None:
    """Say that the pages of a blueprint are about one person, but those that have an entry of their own."""
    app.extensions.setdefault("mobility.nav.person_rooms", set()).add(blueprint)


def nav_groups(space: str = "desk") -> list[NavGroup]:
    """Return the entries that the actor may open, by group, in their order."""
    found: dict[str, list[NavLink]] = {}
    for link in nav_entries(space):
        found.setdefault(link.group, []).append(link)
    return [
        NavGroup(label, tuple(links), folds=bool(label) and links[0].order >= FOLDED_FROM)
        for label, links in found.items()
    ]


def nav_entries(space: str = "desk") -> list[NavLink]:
    """Return the entries of a space that the actor may open."""
    who = actor()
    if not getattr(who, "is_authenticated", False):
        return []
    shown = [
        e for e in current_app.extensions.get("mobility.nav", []) if e.space == space and who.permits(e.permission)
    ]
    here = _place(shown)
    return [
        NavLink(
            label=entry.label,
            url=url_for(entry.endpoint),
            icon=entry.icon,
            active=entry is here,
            group=entry.group,
            order=entry.order,
        )
        for entry in shown
    ]


def _place(shown: list[NavEntry]) -> NavEntry | None:
    """Return the one entry under which the present page stands: itself, else the nearest above it in its room."""
    blueprint = (request.endpoint or "").partition(".")[0]
    room = [entry for entry in shown if entry.endpoint.partition(".")[0] == blueprint]
    above = [entry for entry in room if f"{request.path}/".startswith(f"{url_for(entry.endpoint).rstrip('/')}/")]
    exact = [entry for entry in room if entry.endpoint == request.endpoint]
    nearest = max(exact or above, key=lambda entry: len(url_for(entry.endpoint)), default=None)
    if nearest is not None:
        return nearest
    if "person_id" in (request.view_args or {}) or blueprint in _person_rooms():
        person = next((entry for entry in shown if entry.endpoint == PERSON_PLACE), None)
        if person is not None:
            return person
    return room[0] if room else None


def _person_rooms() -> set[str]:
    found: set[str] = current_app.extensions.get("mobility.nav.person_rooms", set())
    return found


def search_url() -> str | None:
    """Return the address of the search over people, or None where the actor has none."""
    if "people.search" in current_app.view_functions and actor().permits(Permission.PERSON_SEARCH):
        return url_for("people.search")
    return None
