"""The journeys of an objective, day by day: for the staff, and for the person."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mobility.core.clock import day_of, now
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.pathway import overview, queries
from mobility.pathway.journeys import journeys_of
from mobility.pathway.views.blueprint import bp, note_view
from mobility.people.queries import get_person_card


def _page(objective_id: int, *, portal: bool) -> str:
    person_id = queries.person_of_objective(objective_id)
    if person_id is None:
        raise NotFound("objective")
    if not portal:
        note_view(person_id)
    instant = now()
    weeks = overview.PORTAL_WEEKS if portal else overview.STAFF_WEEKS
    start = overview.read_start(request.args.get("du"), day_of(instant))
    found = journeys_of(objective_id, person_id=person_id, now=instant, start=start, weeks=weeks)
    return render_template(
        "pathway/journeys.html",
        found=found,
        view=found.view,
        card=get_person_card(person_id),
        portal=portal,
        span_title=overview.span_title(start, weeks),
        turns=overview.turns(start, weeks),
        today=day_of(instant),
        may_edit=not portal and actor().permits(Permission.PATHWAY_EDIT),
    )


@bp.get("/objectifs/<int:objective_id>/trajets")
@requires(Permission.PERSON_VIEW, objective="objective_id")
def journeys(objective_id: int) -> ResponseReturnValue:
    """Show every journey: who carries, how surely, at what cost."""
    return _page(objective_id, portal=False)


@bp.get("/mon-espace/objectifs/<int:objective_id>/trajets")
@requires(Permission.PORTAL_OWN_DATA, objective="objective_id")
def portal_journeys(objective_id: int) -> ResponseReturnValue:
    """Show the person every journey of theirs."""
    return _page(objective_id, portal=True)
