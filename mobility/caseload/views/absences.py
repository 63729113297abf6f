"""An adviser is away: every appointment of those days in one list, one choice each, one act."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.accounts.queries import staff_of_desks
from mobility.agenda import access as agenda_access
from mobility.agenda import queries as agenda_queries
from mobility.agenda import services as agenda
from mobility.caseload import queries, services
from mobility.caseload.covering import TREATMENT_LABELS, Held, Treatment, free_colleagues, suggest
from mobility.caseload.errors import ChoiceGone
from mobility.caseload.forms import AwayForm, read_date
from mobility.caseload.queries import Away
from mobility.caseload.services import Choice
from mobility.caseload.views.blueprint import bp
from mobility.core.clock import end_of, now, start_of, today
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices

P = Permission.AGENDA_PLAN
LONGEST = timedelta(days=31)


def _span() -> tuple[date, date]:
    """Return the days asked for: from today on, a month at most."""
    first = max(read_date(request.values.get("du")) or today(), today())
    first = min(first, today() + timedelta(days=366))
    last = read_date(request.values.get("au")) or first
    return first, min(max(last, first), first + LONGEST)


def _options(held: Held, found: Away) -> list[tuple[str, str]]:
    """Return what may become of an appointment, as (code, words)."""
    colleagues = [
        (f"{Treatment.COLLEAGUE.value}:{one.user_id}", _("Même heure, avec %(name)s", name=found.names[one.user_id]))
        for one in free_colleagues(held, found.colleagues)
    ]
    rest = [Treatment.LATER, Treatment.INVITE, Treatment.KEEP] if held.can_move else [Treatment.KEEP]
    return [*colleagues, *((one.value, TREATMENT_LABELS[one]) for one in rest)]


def _suggested(found: Away) -> dict[int, str]:
    """Return the code that is chosen beforehand for each appointment."""
    by_colleague = suggest(found.held, found.colleagues)
    return {
        held.id: f"{Treatment.COLLEAGUE.value}:{by_colleague[held.id]}"
        if by_colleague[held.id]
        else (Treatment.LATER.value if held.can_move else Treatment.KEEP.value)
        for held in found.held
    }


def _read(code: str, options: list[tuple[str, str]]) -> Choice:
    """Return the choice behind a code that was offered. Raises ChoiceGone."""
    if code not in {known for known, _words in options}:
        raise ChoiceGone
    treatment, _colon, user_id = code.partition(":")
    return Choice(Treatment(treatment), int(user_id) if user_id else None)


@bp.route("/agenda/remplacer", methods=["GET", "POST"])
@requires(P)
def away() -> ResponseReturnValue:
    """List what a colleague has planned on days on which they are away; move or reassign it in one act."""
    who = actor()
    desks = desk_choices(who.desk_ids(P))
    team = [
        user
        for user in staff_of_desks([desk_id for desk_id, _name in desks])
        if user.id == who.user_id or who.permits(Permission.CASELOAD_MANAGE)
    ]
    adviser_id = request.values.get("qui", who.user_id, type=int)
    if adviser_id not in {user.id for user in team}:
        adviser_id = team[0].id if team else 0
    first, last = _span()
    found = queries.away(
        adviser_id, from_at=max(now(), start_of(first)), until_at=end_of(last), known=agenda_access.may_know_names(who)
    )
    options = {held.id: _options(held, found) for held in found.held}
    chosen = _suggested(found)
    form = AwayForm()
    if not form.is_submitted():
        away_at = max(now(), start_of(first))
        noted = agenda_queries.list_absences(adviser_id, from_at=away_at)
        form.note_absence.data = not any(one.starts_at <= away_at and one.ends_at >= end_of(last) for one in noted)
    problems: dict[int, str] = {}
    if form.validate_on_submit():
        chosen.update({held.id: request.form.get(f"rdv-{held.id}", "")[:40] or chosen[held.id] for held in found.held})
        done, problems = _act(form, adviser_id, first, last, found, options, chosen)
        if not problems:
            flash(
                ngettext(
                    "%(num)s rendez-vous traité : chacun est prévenu.",
                    "%(num)s rendez-vous traités : chacun est prévenu.",
                    done,
                ),
                "success",
            )
            return redirect(url_for("agenda.week", qui=adviser_id, semaine=first.isoformat()), 303)
        found = queries.away(
            adviser_id,
            from_at=max(now(), start_of(first)),
            until_at=end_of(last),
            known=agenda_access.may_know_names(who),
        )
        options = {held.id: _options(held, found) for held in found.held}
    return render_template(
        "caseload/away.html",
        form=form,
        team=team,
        adviser_id=adviser_id,
        first=first,
        last=last,
        found=found,
        options=options,
        chosen=chosen,
        problems=problems,
    ), (422 if problems else form.status)


def _act(
    form: AwayForm,
    adviser_id: int,
    first: date,
    last: date,
    found: Away,
    options: dict[int, list[tuple[str, str]]],
    chosen: dict[int, str],
) -> tuple[int, dict[int, str]]:
    """Note the absence, then treat each appointment for itself; return how many, and what was refused by appointment."""
    who, instant = actor(), now()
    if form.note_absence.data:
        agenda.add_absence(
            adviser_id=adviser_id,
            starts_at=max(instant, start_of(first)),
            ends_at=end_of(last),
            actor_id=who.user_id,
            now=instant,
        )
        # A page that is sent again shall not note it twice.
        form.note_absence.data = False
    done, problems = 0, {}
    for held in found.held:
        try:
            choice = _read(chosen[held.id], options[held.id])
            if choice.treatment is Treatment.KEEP:
                continue
            services.treat_appointment(
                appointment_id=held.id,
                absent_id=adviser_id,
                choice=choice,
                note=form.note.data,
                back_at=end_of(last),
                actor_id=who.user_id,
                now=instant,
            )
            done += 1
        except RuleViolation as violation:
            problems[held.id] = violation.message
    return done, problems
