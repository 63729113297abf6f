"""The first page of officers and managers: papers that end, uses through which one does not hold."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of, format_date
from mobility.core.web.access import Actor, Permission
from mobility.fleet.queries.gaps import list_paper_conflicts
from mobility.fleet.queries.papers import list_due_papers
from mobility.fleet.rules import SOON_DAYS, in_words

SHOWN = 6


def papers_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the uses with a paper missing first, then the papers that end soon; four queries."""
    desk_ids, today = who.desk_ids(Permission.FLEET_MANAGE), day_of(now)
    conflicts = list_paper_conflicts(desk_ids=desk_ids, now=now)
    due = list_due_papers(desk_ids=desk_ids, today=today, until_on=today + timedelta(days=SOON_DAYS))
    items = [
        HomeItem(
            f"Réservation sans {one.label.lower()} à partir du {format_date(one.missing_on)} – {one.vehicle_name}",
            url_for("fleet_overview.due", _anchor="reservations"),
            late=True,
        )
        for one in conflicts
    ]
    items += [
        HomeItem(
            f"{one.label} : {in_words(one.valid_until_on, today)} – {one.vehicle_name}",
            url_for("fleet.show", vehicle_id=one.vehicle_id),
            late=one.valid_until_on < today,
        )
        for one in due
    ]
    return HomePanel(
        title="Papiers des véhicules",
        icon="file-earmark-text",
        total=len(items),
        items=tuple(items[:SHOWN]),
        url=url_for("fleet_overview.due"),
        empty="Aucun papier n’arrive à son terme.",
        order=60,
    )
