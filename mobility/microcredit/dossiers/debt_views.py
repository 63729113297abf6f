"""« Les dettes d’abord »: the page where a dossier waits, is looked at again, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.web.access import actor, requires
from mobility.microcredit.dossiers import parameters, queries, services, waiting
from mobility.microcredit.dossiers.forms import DebtsForm, EndDebtsForm, ReviewForm
from mobility.microcredit.dossiers.services.debts import credits_of, debt_change, lacks_of
from mobility.microcredit.dossiers.views import EDIT, bp
from mobility.microcredit.rules.debts import DEBT_OUTCOME_LABELS, DEBT_STEPS, DEBT_WAY_LABELS, DebtOutcome, DebtWay
from mobility.people.queries import get_person_card

__all__ = ["bp", "debts"]

Forms = dict[str, Any]


@bp.route("/micro-credits/<int:dossier_id>/dettes", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def debts(dossier_id: int) -> ResponseReturnValue:
    """Let a dossier wait for its person's debts; each button of the page is one act."""
    row = queries.get_dossier(dossier_id)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    pressed = request.form.get("act", "")
    kinds: dict[str, type[Any]] = {"begin": DebtsForm, "review": ReviewForm, "end": EndDebtsForm}
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in kinds.items()}
    if request.method == "POST":
        act = _ACTS.get(pressed)
        if act is None:
            abort(400)
        if act(dossier_id, forms):
            flash(_("C’est noté."), "success")
            back = "debts" if pressed != "end" else "show"
            return redirect(url_for(f"microcredit_dossiers.{back}", dossier_id=dossier_id), 303)
    row = queries.get_dossier(dossier_id)
    plans = waiting.debt_plans_of(dossier_id)
    standing = next((one for one in plans if one.outcome is None), None)
    next_on = today() + timedelta(days=parameters.debt_review_days(on=today()))
    for name, form in forms.items():
        form.show_version(row)
        if name not in {pressed, "end"}:
            form.review_on.data = next_on
    return render_template(
        "microcredit/debts.html",
        row=row,
        card=get_person_card(row.person_id),
        forms=forms,
        standing=standing,
        over=[one for one in plans if one.outcome is not None],
        change=None if standing is not None else debt_change(row, on=today()),
        lacks=() if standing is None else lacks_of(row, standing, on=today()),
        credits=credits_of(queries.find_budget(row.person_id), on=today()),
        ways=DEBT_WAY_LABELS,
        steps=DEBT_STEPS,
        outcomes=DEBT_OUTCOME_LABELS,
        today=today(),
    ), max(form.status for form in forms.values())


def _acts(form: Any) -> dict[str, Any]:
    return {"version": form.typed_version(), "actor_id": actor().user_id, "now": now()}


def _begin(dossier_id: int, forms: Forms) -> bool:
    form: DebtsForm = forms["begin"]
    return form.submits(
        lambda: services.begin_debts(
            dossier_id=dossier_id, way=DebtWay(form.way.data), review_on=form.review_on.data, **_acts(form)
        )
    )


def _review(dossier_id: int, forms: Forms) -> bool:
    form: ReviewForm = forms["review"]
    return form.submits(
        lambda: services.review_debts(
            dossier_id=dossier_id, review_on=form.review_on.data, note=form.note.data or "", **_acts(form)
        )
    )


def _end(dossier_id: int, forms: Forms) -> bool:
    form: EndDebtsForm = forms["end"]
    outcome = request.form.get("outcome", "")
    if outcome not in set(DebtOutcome):
        abort(400)
    return form.submits(
        lambda: services.end_debts(
            dossier_id=dossier_id, outcome=DebtOutcome(outcome), note=form.end_note.data or "", **_acts(form)
        )
    )


_ACTS: dict[str, Callable[[int, Forms], bool]] = {"begin": _begin, "review": _review, "end": _end}
