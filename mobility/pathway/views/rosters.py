"""Hours and own means, for the staff and for the person: the same pages in two shells."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import format_date, now, today
from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.pathway import overview, patterns, queries, services
from mobility.pathway.forms import ROSTER_FORMS, OwnMeansForm, PeriodForm, read_pattern
from mobility.pathway.models import Objective
from mobility.pathway.roster import Pattern, Unknown
from mobility.pathway.rules import MEANS_ICONS, ROSTER_KIND_LABELS, RosterKind
from mobility.pathway.views.blueprint import bp, note_objective_view
from mobility.people.queries import names_of

_KIND_ICONS = {
    "weekly": "calendar-week",
    "cycle": "arrow-repeat",
    "dates": "calendar-date",
    "unknown": "question-circle",
}
_MEANS_ICONS = {kind.value: icon for kind, icon in MEANS_ICONS.items()}


def _back(objective: Objective, portal: bool) -> str:
    return url_for("pathway.portal_home") if portal else url_for("pathway.person", person_id=objective.person_id)


def _name(objective: Objective) -> str:
    """Return how the breadcrumbs name the person."""
    return names_of([objective.person_id]).get(objective.person_id, "")


def _standing_pattern(objective: Objective) -> Pattern | None:
    """Return the roster that rules today, or the last one before, or the first one ahead."""
    plans = [queries.plan_of(row) for row in objective.rosters]
    begun = [plan for plan in plans if plan.valid_from_on <= today()]
    chosen = begun[-1] if begun else (plans[0] if plans else None)
    return chosen.pattern if chosen else None


def _roster_page(objective_id: int, *, portal: bool) -> ResponseReturnValue:
    if not portal:
        note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    standing = _standing_pattern(objective)
    kind = request.args.get("type", "")
    if kind not in ROSTER_FORMS:
        kind = standing.kind.value if standing else RosterKind.WEEKLY.value
    form = _fresh_form(ROSTER_FORMS[kind], objective, standing)
    if form.is_submitted():
        answer = _save_roster(form, objective, portal)
        if answer is not None:
            return answer
    endpoint = "pathway.portal_roster" if portal else "pathway.roster"
    return render_template(
        "pathway/roster_form.html",
        form=form,
        objective=objective,
        name=_name(objective),
        kind=kind,
        tabs=[
            (one.value, label, _KIND_ICONS[one.value], url_for(endpoint, objective_id=objective_id, type=one.value))
            for one, label in ROSTER_KIND_LABELS.items()
        ],
        standing=patterns.say(standing) if standing else None,
        portal=portal,
        back=_back(objective, portal),
    ), form.status


def _fresh_form(kind: type[PeriodForm], objective: Objective, standing: Pattern | None) -> PeriodForm:
    form = kind()
    if form.is_submitted():
        return form
    form.version.data = str(objective.version)
    begins = max(today(), objective.starts_on) if objective.rosters else objective.starts_on
    if kind is not ROSTER_FORMS["dates"]:
        form.valid_from_on.data = begins
    form.show(standing if standing is not None else Unknown())
    return form


def _save_roster(form: PeriodForm, objective: Objective, portal: bool) -> ResponseReturnValue | None:
    """Save a roster; None when something is refused. A list that cannot be read is told with the other errors."""
    if not form.validate_on_submit():
        return None
    pattern = read_pattern(form)
    if pattern is None:
        return None
    if form.submits(
        lambda: services.set_roster(
            objective_id=objective.id,
            version=form.seen_version or 0,
            pattern=pattern,
            valid_from_on=form.valid_from_on.data,
            valid_until_on=form.valid_until_on.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les horaires sont enregistrés : %(words)s", words=patterns.say(pattern)), "success")
        return redirect(_back(objective, portal), 303)
    if isinstance(form.violation, StaleVersion):
        form.version.data = str(queries.get_objective(objective.id).version)
    return None


@bp.route("/objectifs/<int:objective_id>/horaires", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def roster(objective_id: int) -> ResponseReturnValue:
    """Write down when the person works."""
    return _roster_page(objective_id, portal=False)


@bp.route("/mon-espace/objectifs/<int:objective_id>/horaires", methods=["GET", "POST"])
@requires(Permission.PORTAL_OWN_DATA, objective="objective_id")
def portal_roster(objective_id: int) -> ResponseReturnValue:
    """Let the person write down when they work."""
    return _roster_page(objective_id, portal=True)


def _confirm(objective_id: int, *, portal: bool) -> ResponseReturnValue:
    objective = queries.get_objective(objective_id)
    form = Form()
    if form.submits(
        lambda: services.confirm_unknown_roster(
            objective_id=objective_id, actor_id=actor().user_id, now=now()
        ).isoformat()
    ):
        flash(_("C’est noté : les horaires ne sont pas encore connus."), "success")
        return redirect(_back(objective, portal), 303)
    for message in form.violations:
        flash(message, "warning")
    return redirect(_back(objective, portal), 303)


@bp.post("/objectifs/<int:objective_id>/horaires/confirmer")
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def confirm_roster(objective_id: int) -> ResponseReturnValue:
    """Say again, by one tap, that the hours are not known yet."""
    return _confirm(objective_id, portal=False)


@bp.post("/mon-espace/objectifs/<int:objective_id>/horaires/confirmer")
@requires(Permission.PORTAL_OWN_DATA, objective="objective_id")
def portal_confirm_roster(objective_id: int) -> ResponseReturnValue:
    """Let the person say again that they do not know yet."""
    return _confirm(objective_id, portal=True)


def _means_page(objective_id: int, *, portal: bool) -> ResponseReturnValue:
    if not portal:
        note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    form = OwnMeansForm()
    if not form.is_submitted():
        form.starts_on.data = max(today(), objective.starts_on)
        form.directions.data = ["there", "back"]
        form.weekdays.data = ["0", "1", "2", "3", "4"]
    if form.submits(
        lambda: services.add_own_means(objective_id=objective_id, actor_id=actor().user_id, now=now(), **form.facts())
    ):
        flash(_("C’est noté. Ces trajets comptent dans le calendrier."), "success")
        return redirect(_back(objective, portal), 303)
    views = overview.objective_views(objective.person_id, now=now())
    return render_template(
        "pathway/means_form.html",
        form=form,
        objective=objective,
        name=_name(objective),
        view=next(one for one in views if one.id == objective_id),
        icons=_MEANS_ICONS,
        portal=portal,
        back=_back(objective, portal),
    ), form.status


@bp.route("/objectifs/<int:objective_id>/moyens", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, objective="objective_id")
def own_means(objective_id: int) -> ResponseReturnValue:
    """Write down how the person travels without us."""
    return _means_page(objective_id, portal=False)


@bp.route("/mon-espace/objectifs/<int:objective_id>/moyens", methods=["GET", "POST"])
@requires(Permission.PORTAL_OWN_DATA, objective="objective_id")
def portal_own_means(objective_id: int) -> ResponseReturnValue:
    """Let the person write down how they travel without us."""
    return _means_page(objective_id, portal=True)


def _remove_means(own_means_id: int, *, portal: bool) -> ResponseReturnValue:
    objective_id = queries.objective_of_own_means(own_means_id)
    if objective_id is None:
        raise NotFound("own_means")
    if not portal:
        note_objective_view(objective_id)
    objective = queries.get_objective(objective_id)
    row = next(one for one in objective.own_means if one.id == own_means_id)
    form = Form()
    if form.submits(lambda: services.remove_own_means(own_means_id=own_means_id, actor_id=actor().user_id, now=now())):
        flash(_("Ce moyen est retiré."), "success")
        return redirect(_back(objective, portal), 303)
    return render_template(
        "pathway/means_remove.html",
        form=form,
        line=overview.means_line(row),
        since=format_date(row.starts_on),
        portal=portal,
        back=_back(objective, portal),
    ), form.status


@bp.route("/moyens/<int:own_means_id>/retirer", methods=["GET", "POST"])
@requires(Permission.PATHWAY_EDIT, own_means="own_means_id")
def remove_own_means(own_means_id: int) -> ResponseReturnValue:
    """Ask, then take a means away."""
    return _remove_means(own_means_id, portal=False)


@bp.route("/mon-espace/moyens/<int:own_means_id>/retirer", methods=["GET", "POST"])
@requires(Permission.PORTAL_OWN_DATA, own_means="own_means_id")
def portal_remove_own_means(own_means_id: int) -> ResponseReturnValue:
    """Let the person take a means away."""
    return _remove_means(own_means_id, portal=True)
