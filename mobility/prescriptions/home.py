"""The first page of staff: what waits in the inbox."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of
from mobility.core.web.access import Actor
from mobility.prescriptions.access import visible
from mobility.prescriptions.kinds import Age
from mobility.prescriptions.queries.inbox import list_pressing

SHOWN = 6


def words_left(days: int, *, late: bool = False) -> str:
    """Return « il reste 12 jours », « en retard de 3 jours »; late with days left: the meeting is booked too late."""
    if late and days >= 0:
        return str(_("rendez-vous après le délai"))
    if days < 0:
        return str(ngettext("en retard de %(num)s jour", "en retard de %(num)s jours", -days))
    if days == 0:
        return str(_("dernier jour"))
    return str(ngettext("il reste %(num)s jour", "il reste %(num)s jours", days))


def inbox_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the prescriptions that wait for a first meeting, the most pressing first; two queries."""
    rows, total = list_pressing(visible=visible(who), on=day_of(now), limit=SHOWN)
    return HomePanel(
        title="Bannette",
        icon="inbox",
        total=total,
        items=tuple(
            HomeItem(
                f"{row.person_name} – {row.state_label.lower()}, {words_left(row.days_left, late=row.age is Age.LATE)}",
                url_for("prescriptions.show", prescription_id=row.id),
                late=row.age is Age.LATE,
            )
            for row in rows
        ),
        url=url_for("prescriptions.index"),
        empty="Aucune orientation n’attend de premier rendez-vous.",
        order=5,
    )
