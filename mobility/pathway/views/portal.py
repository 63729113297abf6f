"""The first page of a beneficiary: what comes next, my journeys, my aids."""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now, start_of
from mobility.core.web.access import Permission, actor, requires
from mobility.ledger.queries import get_balance
from mobility.pathway import overview, queries
from mobility.pathway.aid import Action, Alert, alerts_about, all_aids
from mobility.pathway.views.blueprint import bp
from mobility.people.access import own_file
from mobility.people.queries import get_person_card
from mobility.prescriptions.queries.consent import person_shares
from mobility.prescriptions.queries.of_person import orientations_of
from mobility.prescriptions.queries.referents import list_referents
from mobility.prescriptions.rules.referents import SEES_WORDS
from mobility.prescriptions.tasks import choose_url
from mobility.todo.own import OwnTask, in_order, own_tasks


@bp.get("/mon-espace")
@requires(Permission.PORTAL_VIEW)
def portal_home() -> ResponseReturnValue:
    """Show the next thing to do, until when all is well, the journeys of two weeks and the aids."""
    person_id = own_file()
    instant = now()
    today = day_of(instant)
    start = overview.read_start(request.args.get("du"), today)
    objectives = overview.objective_views(person_id, now=instant, start=start, weeks=overview.PORTAL_WEEKS)
    steps = overview.step_views(queries.list_steps(person_id))
    actions = [action for aid in all_aids() for action in aid.actions(person_id=person_id, actor=actor())]
    alerts = alerts_about(person_id=person_id, now=instant, for_person=True)
    card = get_person_card(person_id, on=today)
    orientations = orientations_of(person_id, on=today, for_person=True)
    return render_template(
        "pathway/portal_home.html",
        card=card,
        tasks=in_order([*own_tasks(person_id, now=instant), *_tasks(objectives, alerts, actions)], now=instant),
        actions=actions,
        objectives=[view for view in objectives if view.is_open],
        live_steps=[step for step in steps if step.is_live],
        past_steps=[step for step in steps if not step.is_live][:10],
        balance=get_balance(person_id),
        quiet_until_on=overview.quiet_until_of(objectives),
        gap=overview.first_gap_of(objectives),
        gap_words=overview.first_gap_words(objectives),
        span_title=overview.span_title(start, overview.PORTAL_WEEKS),
        turns=overview.turns(start, overview.PORTAL_WEEKS),
        today=today,
        orientations=orientations,
        told=person_shares(person_id) if orientations else False,
        referents=list_referents(person_id),
        sees_words=SEES_WORDS,
        choose_url=choose_url(orientations, card.desk_id),
    )


def _tasks(objectives: list[overview.ObjectiveView], alerts: list[Alert], actions: list[Action]) -> Iterator[OwnTask]:
    """Give what the journeys and the aids ask of the person."""
    for alert in alerts:
        if alert.url:
            detail = alert.text if alert.action else ""
            yield OwnTask(alert.action or alert.text, alert.url, alert.icon, detail, alert.due_at)
    for view in objectives:
        if view.needs_confirmation or (view.is_open and not view.rosters):
            url = url_for("pathway.portal_roster", objective_id=view.id)
            yield OwnTask(_("Donner mes horaires"), url, "clock", view.title)
    gap = overview.first_gap_of(objectives)
    main = next((action for action in actions if action.primary), actions[0] if actions else None)
    if gap is not None and main is not None:
        yield OwnTask(main.label, main.url, main.icon, due_at=start_of(gap.day_on))
