"""The first page of staff: whom they must call back."""

from __future__ import annotations

from datetime import datetime

from flask import url_for

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of, format_date
from mobility.core.web.access import Actor
from mobility.people.access import visible_persons
from mobility.people.queries.lists import list_callbacks

SHOWN = 6


def callbacks_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the calls that the actor owes, the oldest first; one query."""
    rows = list_callbacks(desk_ids=frozenset(), user_id=int(who.user_id or 0), visible=visible_persons(who), mine=True)
    today = day_of(now)
    items = tuple(
        HomeItem(
            f"{row.name} – {format_date(row.note.callback_due_on or today)}",
            url_for("people.callbacks"),
            late=(row.note.callback_due_on or today) < today,
        )
        for row in rows[:SHOWN]
    )
    return HomePanel(
        title="À rappeler",
        icon="telephone",
        total=len(rows),
        items=items,
        url=url_for("people.callbacks"),
        empty="Vous n’avez personne à rappeler.",
        order=10,
    )
