"""The desk's page of a dossier's papers: the list, what is asked, what came, what must be hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.web.access import Permission, actor, requires
from mobility.documents.uploads import take
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers import services as dossiers
from mobility.microcredit.dossiers.forms import PaperForm
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.paperwork import queries, services
from mobility.microcredit.paperwork.forms import AskForm, RefuseForm, TakeForm
from mobility.microcredit.rules.completeness import AGEING, HOLDING_LABELS, HOLDING_TONES, LACKING, Checked, ageing
from mobility.microcredit.rules.states import BEFORE_BANK, OVER
from mobility.people.queries import get_person_card

bp = Blueprint("microcredit_papers", __name__)
EDIT = Permission.MICROCREDIT_EDIT
Forms = dict[str, Any]


@bp.route("/micro-credits/<int:dossier_id>/papiers", methods=["GET", "POST"])
@requires(EDIT, microcredit="dossier_id")
def show(dossier_id: int) -> ResponseReturnValue:
    """Show the papers of a dossier; each button of the page is one act."""
    row = get_dossier(dossier_id)
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=row.person_id, now=now())
    listed = checklist.of_dossier(row, on=today())
    forms = _forms(listed)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        if act is None:
            abort(400)
        if act(dossier_id, forms):
            flash(_("C’est noté."), "success")
            return redirect(url_for("microcredit_papers.show", dossier_id=dossier_id), 303)
    return _page(get_dossier(dossier_id), forms)


def _forms(listed: tuple[Checked, ...]) -> Forms:
    kinds: dict[str, Any] = {"ask": AskForm, "take": TakeForm, "refuse": RefuseForm, "paper": PaperForm}
    pressed = request.form.get("act", "")
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in kinds.items()}
    choices = [(one.paper.code, one.paper.label) for one in listed]
    forms["paper"].code.choices = forms["ask"].codes.choices = choices
    if pressed != "ask":
        forms["ask"].codes.data = [one.paper.code for one in listed if one.holding in LACKING | AGEING]
    return forms


def _ask(dossier_id: int, forms: Forms) -> bool:
    form: AskForm = forms["ask"]
    return form.submits(
        lambda: services.ask_papers(
            dossier_id=dossier_id, codes=form.codes.data or (), actor_id=actor().user_id, now=now()
        )
    )


def _revoke(dossier_id: int, _forms: Forms) -> bool:
    services.revoke(dossier_id=dossier_id, actor_id=actor().user_id, now=now())
    return True


def _take(dossier_id: int, forms: Forms) -> bool:
    form: TakeForm = forms["take"]
    return form.submits(
        lambda: services.accept(
            dossier_id=dossier_id,
            code=form.code.data or "",
            dated_on=form.dated_on.data,
            checked=bool(form.checked.data),
            actor_id=actor().user_id,
            now=now(),
        )
    )


def _refuse(dossier_id: int, forms: Forms) -> bool:
    form: RefuseForm = forms["refuse"]
    return form.submits(
        lambda: services.refuse(
            dossier_id=dossier_id,
            code=form.code.data or "",
            reason=form.reason.data or "",
            actor_id=actor().user_id,
            now=now(),
        )
    )


def _paper(dossier_id: int, forms: Forms) -> bool:
    form: PaperForm = forms["paper"]
    with take(form, "file", paper=True) as prepared:
        return form.submits(
            lambda: dossiers.bring_paper(
                dossier_id=dossier_id,
                code=form.code.data,
                dated_on=form.dated_on.data,
                prepared=prepared,
                waived=bool(form.waived.data),
                actor_id=actor().user_id,
                now=now(),
            )
        )


def _ask_again(listed: tuple[Checked, ...], old: tuple[Checked, ...], under_way: set[str]) -> list[str]:
    """Return the papers that one click asks for anew; none where a link asks for all of them already."""
    if not {one.paper.code for one in old} - under_way:
        return []
    return [one.paper.code for one in listed if one in old or (one.holding in LACKING and one.paper.code in under_way)]


_ACTS: dict[str, Callable[[int, Forms], bool]] = {
    "ask": _ask,
    "revoke": _revoke,
    "take": _take,
    "refuse": _refuse,
    "paper": _paper,
}


def _page(row: MicrocreditDossier, forms: Forms) -> ResponseReturnValue:
    listed = checklist.of_dossier(row, on=today())
    asked = queries.living_request(row.id)
    old = ageing(listed)
    under_way = queries.under_way([row.id], now=now()).get(row.id, set())
    return render_template(
        "microcredit/papers.html",
        row=row,
        card=get_person_card(row.person_id),
        forms=forms,
        papers=listed,
        labels={one.paper.code: one.paper.label for one in listed},
        holdings=HOLDING_LABELS,
        holding_tones=HOLDING_TONES,
        old=old,
        # A new link ends the one before: what that one asked for and is still to come is asked for along.
        ask_again=_ask_again(listed, old, under_way) if row.state in BEFORE_BANK else [],
        unmasked=[one for one in listed if one.brought is not None and one.brought.unmasked],
        pages=queries.further_pages(row.person_id),
        waiting=queries.waiting_pages(row.id),
        asked=asked,
        link=None if asked is None or not queries.is_open(asked, now=now()) else services.link_of(asked),
        living=row.state not in OVER,
    ), max(form.status for form in forms.values())
