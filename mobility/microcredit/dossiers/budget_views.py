"""The budget's page: its figures, its lines by group, and one small form for each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.web.access import actor, requires
from mobility.documents.uploads import take
from mobility.microcredit.dossiers import commute, queries, services
from mobility.microcredit.dossiers.budget_forms import (
    BeginForm,
    CommuteForm,
    HomeForm,
    LineForm,
    RemoveForm,
    VehicleForm,
)
from mobility.microcredit.dossiers.drawing import curve_points, month_name
from mobility.microcredit.dossiers.models import Budget, BudgetItem
from mobility.microcredit.dossiers.services import Vehicle
from mobility.microcredit.dossiers.views import EDIT, bp
from mobility.microcredit.rules.budget import (
    DEBTS_LABELS,
    EVERY_LABELS,
    ITEM_LABELS,
    SIDE_LABELS,
    WHOSE_LABELS,
    Side,
    month_of,
    side_of,
)
from mobility.microcredit.rules.cash import first_below_zero
from mobility.microcredit.rules.states import OVER, State
from mobility.people.queries import get_person_card

__all__ = ["bp", "budget"]

Forms = dict[str, Any]
_KINDS: dict[str, type[Any]] = {
    "begin": BeginForm,
    "line": LineForm,
    "remove": RemoveForm,
    "home": HomeForm,
    "vehicle": VehicleForm,
    "commute": CommuteForm,
}


@bp.route("/personnes/<int:person_id>/budget", methods=["GET", "POST"])
@requires(EDIT, person="person_id")
def budget(person_id: int) -> ResponseReturnValue:
    """Show what a household lives on; each button of the page saves one step of it."""
    if request.method == "GET":
        record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    row = queries.find_budget(person_id)
    lines = queries.rows_of(row.id) if row is not None else ()
    edited = _edited(lines)
    forms = _forms(row, edited)
    if request.method == "POST":
        act = _ACTS.get(request.form.get("act", ""))
        if act is None:
            abort(400)
        if act(person_id, row, forms):
            flash(_("C’est enregistré."), "success")
            return redirect(url_for("microcredit_dossiers.budget", person_id=person_id), 303)
        row = queries.find_budget(person_id)
        lines = queries.rows_of(row.id) if row is not None else ()
        for name in ("home", "vehicle", "commute"):
            if row is not None:
                forms[name].show_version(row)
    return _page(person_id, row, lines, forms, edited)


def _edited(lines: Sequence[BudgetItem]) -> BudgetItem | None:
    """Return the line that the address names, or that a form sends again."""
    wanted = request.form.get("item_id") or request.args.get("ligne", "")
    return next((one for one in lines if str(one.id) == wanted), None)


def _forms(row: Budget | None, edited: BudgetItem | None) -> Forms:
    pressed = request.form.get("act", "")
    forms: Forms = {name: kind() if name == pressed else kind(formdata=None) for name, kind in _KINDS.items()}
    if row is not None:
        for name in ("home", "vehicle"):
            if name != pressed:
                forms[name].show(row)
        if pressed != "commute":
            forms["commute"].show_version(row)
    if edited is not None and pressed != "line":
        forms["line"].show(edited)
    return forms


def _acts(person_id: int) -> dict[str, Any]:
    return {"person_id": person_id, "actor_id": actor().user_id, "now": now()}


def _typed_id(name: str) -> int | None:
    raw = request.form.get(name, "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 11 else None


def _begin(person_id: int, _row: Budget | None, forms: Forms) -> bool:
    form: BeginForm = forms["begin"]
    return form.submits(
        lambda: services.begin(
            items=form.items(),
            others=form.first_others.data,
            children=form.first_children.data,
            **_acts(person_id),
        )
    )


def _line(person_id: int, _row: Budget | None, forms: Forms) -> bool:
    form: LineForm = forms["line"]
    with take(form, "file") as prepared:
        return form.submits(
            lambda: services.put_line(
                item=form.item(), item_id=_typed_id("item_id"), prepared=prepared, **_acts(person_id)
            )
        )


def _remove(person_id: int, _row: Budget | None, forms: Forms) -> bool:
    item_id = _typed_id("item_id")
    if item_id is None:
        abort(400)
    form: RemoveForm = forms["remove"]
    return form.submits(lambda: services.remove_line(item_id=item_id, **_acts(person_id)))


def _home(person_id: int, _row: Budget | None, forms: Forms) -> bool:
    form: HomeForm = forms["home"]
    return form.submits(lambda: services.write_part(part=form.home(), version=form.typed_version(), **_acts(person_id)))


def _vehicle(person_id: int, row: Budget | None, forms: Forms) -> bool:
    form: VehicleForm = forms["vehicle"]
    return form.submits(
        lambda: services.write_part(part=form.vehicle(row), version=form.typed_version(), **_acts(person_id))
    )


def _commute(person_id: int, row: Budget | None, forms: Forms) -> bool:
    """Take the distance by road and the days of the roster; the rest of the vehicle stays."""
    form: CommuteForm = forms["commute"]

    def act() -> None:
        found = commute.measure(person_id, on=today())
        known = VehicleForm(formdata=None)
        if row is not None:
            known.show(row)
        part: Vehicle = replace(
            known.vehicle(row), commute_tenths=found.tenths, days_a_week=found.days_a_week, commute_source=found.source
        )
        services.write_part(part=part, version=form.typed_version(), **_acts(person_id))

    return form.submits(act)


_ACTS: dict[str, Callable[[int, Budget | None, Forms], bool]] = {
    "begin": _begin,
    "line": _line,
    "remove": _remove,
    "home": _home,
    "vehicle": _vehicle,
    "commute": _commute,
}


def _groups(lines: Sequence[BudgetItem]) -> list[dict[str, Any]]:
    """Return the lines by side, each with what it comes to in a month."""
    items, on = queries.items_of(lines), today()
    return [
        {
            "side": side.value,
            "title": SIDE_LABELS[side],
            "cents": month_of(items, side, on=on),
            "rows": [one for one in lines if side_of(one.kind) is side],
        }
        for side in Side
    ]


def _page(
    person_id: int, row: Budget | None, lines: Sequence[BudgetItem], forms: Forms, edited: BudgetItem | None
) -> ResponseReturnValue:
    card = get_person_card(person_id)
    living = next((one for one in queries.dossiers_of(person_id) if one.state not in OVER | {State.REFUSED}), None)
    told = None
    if row is not None:
        schedule = queries.schedule_of(living) if living is not None else ()
        premiums = queries.premiums_of(living, schedule) if living is not None else ()
        told = queries.tell(
            row,
            on=today(),
            desk_id=card.desk_id,
            schedule=schedule,
            premiums=premiums,
            upfront_cents=0 if living is None else queries.upfront_of(living),
        )
    objective = commute.objective_of(person_id, on=today())
    return render_template(
        "microcredit/budget.html",
        forms=forms,
        card=card,
        budget=row,
        groups=_groups(lines),
        edited=edited,
        sides=SIDE_LABELS,
        labels={"kind": ITEM_LABELS, "every": EVERY_LABELS, "whose": WHOSE_LABELS, "debts": DEBTS_LABELS},
        told=told,
        frozen=row is not None and row.frozen_at is not None,
        objective=None if objective is None else objective.title,
        drawn=None if told is None else curve_points(told.months, told.months_without),
        without={} if told is None else {one.first_on: one.balance for one in told.months_without},
        below=None if told is None else first_below_zero(told.months),
        month_names={} if told is None else {one.first_on: month_name(one.first_on) for one in told.months},
    ), max(form.status for form in forms.values())
