"""What a diagnosis says: scores with their reasons, radar, comparison, history, and the person's page to take home."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import pdf
from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import actor, requires
from mobility.desks.models import Desk
from mobility.diagnosis import queries, services, shown
from mobility.diagnosis.comparison import compare_items, compare_scores, summary_of
from mobility.diagnosis.forms import SCORE_WORDS, OverrideForm
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import Filled
from mobility.diagnosis.rules import ABANDON_LABELS, MOMENT_LABELS, STATE_LABELS, STATE_TONES, State
from mobility.diagnosis.views.blueprints import bp
from mobility.diagnosis.views.desk import EDIT, VIEW, door_of
from mobility.diagnosis.views.filling import progress
from mobility.people.models import Person
from mobility.people.queries import family_ids, get_person_card


@bp.get("/diagnostics/<int:diagnosis_id>")
@requires(VIEW, diagnosis="diagnosis_id")
def show(diagnosis_id: int) -> ResponseReturnValue:
    """Show how far a diagnosis is, or what it found."""
    row = queries.get_diagnosis(diagnosis_id)
    filled = queries.fill(row, today=day_of(now()))
    result = shown.result_of(row, filled)
    standing = queries.standing_of(family_ids(row.person_id))
    return render_template(
        "diagnosis/show.html",
        row=row,
        card=get_person_card(row.person_id),
        standing=standing,
        result=result,
        radar_picture=shown.radar_of([(_("Ce diagnostic"), "accent", result.scores)]),
        numbers={one.dimension: place for place, one in enumerate(result.scores, start=1)},
        blocks=progress(filled, door_of(diagnosis_id)),
        wish=filled.answers.get("wish"),
        is_last=standing.last is not None and standing.last.diagnosis_id == row.id,
        may_edit=actor().permits(EDIT),
        moment=MOMENT_LABELS[row.moment],
        state_label=STATE_LABELS[row.state],
        state_tone=STATE_TONES[row.state],
        abandon_label=ABANDON_LABELS[row.abandon_reason] if row.abandon_reason else "",
    )


@bp.route("/diagnostics/<int:diagnosis_id>/notes/<dimension>", methods=["GET", "POST"])
@requires(EDIT, diagnosis="diagnosis_id")
def override(diagnosis_id: int, dimension: str) -> ResponseReturnValue:
    """Set one's own score beside the computed one."""
    row = queries.get_diagnosis(diagnosis_id)
    filled = queries.fill(row, today=day_of(now()))
    score = next((one for one in filled.result().scores if one.dimension == dimension), None)
    if score is None:
        raise NotFound("dimension")
    if row.state is not State.OPEN:
        flash(_("Ce diagnostic est terminé ou arrêté."), "info")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    form = OverrideForm()
    if form.submits(
        lambda: services.override(
            diagnosis_id=diagnosis_id,
            dimension=dimension,
            value=int(form.score.data) if form.score.data else None,
            reason=form.reason.data,
            actor_id=actor().user_id or 0,
            now=now(),
        )
    ):
        flash(_("La note est enregistrée."), "success")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id) + f"#note-{dimension}", 303)
    if not form.is_submitted() and score.override is not None:
        form.score.data, form.reason.data = str(score.override.value), score.override.reason
    page = render_template(
        "diagnosis/override.html",
        row=row,
        card=get_person_card(row.person_id),
        form=form,
        score=score,
        score_words=SCORE_WORDS,
    )
    return page, form.status


@bp.get("/diagnostics/<int:diagnosis_id>/historique")
@requires(VIEW, diagnosis="diagnosis_id")
def history(diagnosis_id: int) -> ResponseReturnValue:
    """Show every answer with who gave it and when, and every score that was set."""
    row = queries.get_diagnosis(diagnosis_id)
    filled = queries.fill(row, today=day_of(now()))
    return render_template(
        "diagnosis/history.html",
        row=row,
        card=get_person_card(row.person_id),
        lines=shown.history_lines(filled, queries.history_of(diagnosis_id)),
        overrides=queries.override_history(diagnosis_id),
        labels={one.code: one.label for one in filled.questionnaire.dimensions},
        score_words=SCORE_WORDS,
    )


@bp.get("/diagnostics/<int:diagnosis_id>/comparer")
@requires(VIEW, diagnosis="diagnosis_id")
def compare(diagnosis_id: int) -> ResponseReturnValue:
    """Compare with an earlier diagnosis of the same person: the first one, or the one asked for."""
    row = queries.get_diagnosis(diagnosis_id)
    family = family_ids(row.person_id)
    wanted = request.args.get("avec", type=int)
    if wanted is None:
        wanted = queries.standing_of(family).first_id
    if wanted is None or wanted == diagnosis_id or row.findings is None:
        flash(_("Il faut deux diagnostics terminés pour comparer."), "info")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    pair = sorted(
        (queries.get_finished(one, family=family) for one in (diagnosis_id, wanted)),
        key=lambda one: (one.closed_at or one.started_at, one.id),
    )
    first, second = (queries.fill(one, today=day_of(now())) for one in pair)
    before, after = (shown.result_of(one.row, one).scores for one in (first, second))
    changes = compare_scores(*(one.findings["scores"] if one.findings else [] for one in pair))
    return render_template(
        "diagnosis/compare.html",
        card=get_person_card(row.person_id),
        row=row,
        first=pair[0],
        second=pair[1],
        changes=changes,
        numbers={one.label: place for place, one in enumerate(changes, start=1)},
        summary=summary_of(changes),
        items=compare_items(first.questionnaire, first.answers, second.questionnaire, second.answers),
        radar_picture=shown.radar_of([(_("Avant"), "neutral", before), (_("Maintenant"), "accent", after)]),
    )


@bp.get("/diagnostics/<int:diagnosis_id>/resume.pdf")
@requires(VIEW, diagnosis="diagnosis_id")
def summary(diagnosis_id: int) -> ResponseReturnValue:
    """Give the page that the person takes home."""
    row = queries.get_diagnosis(diagnosis_id)
    if row.findings is None:
        flash(_("Le résumé se fait quand le diagnostic est terminé."), "info")
        return redirect(url_for("diagnosis.show", diagnosis_id=diagnosis_id), 303)
    return paper(row)


def paper(row: Diagnosis) -> Response:
    """Return the one-page summary of a finished diagnosis. Raises NotFound for one that is not."""
    if row.findings is None:
        raise NotFound("diagnosis")
    filled: Filled = queries.fill(row, today=day_of(now()))
    person = load(Person, row.person_id)
    data: dict[str, Any] = shown.paper_data(row, filled, person=person, desk=load(Desk, person.desk_id))
    content = pdf.render("diagnosis_summary", data, title=_("Mon diagnostic de mobilité"), now=row.closed_at or now())
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="diagnostic-{row.id}.pdf"', "Cache-Control": "no-store"},
    )
