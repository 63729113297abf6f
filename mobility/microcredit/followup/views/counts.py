"""« Chiffres »: indicators of dossiers by bank or by desk, frozen, taken away as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import spreadsheets
from mobility.core.clock import day_of, now, today
from mobility.core.money import format_cents
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.followup import queries
from mobility.microcredit.followup.access import visible_counts
from mobility.microcredit.followup.counting import Wanted
from mobility.microcredit.followup.services import counts as services
from mobility.microcredit.followup.views.blueprint import bp
from mobility.microcredit.rules.indicators import AXIS_LABELS, FIGURE_LABELS, MONEY, PERCENT, Axis, Figure
from mobility.participation.errors import PeriodImpossible

MAKE = Permission.COUNTS_MAKE
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _day(text: str | None, usual: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return usual
    return found if 2000 <= found.year <= 2100 else usual


def _wanted() -> Wanted:
    desks = actor().desk_ids(MAKE)
    return Wanted(
        first_on=_day(request.values.get("du"), date(today().year, 1, 1)),
        last_on=_day(request.values.get("au"), today()),
        axis=next((axis for axis in Axis if axis.value == request.values.get("par")), Axis.BANK),
        desk_ids=None if desks is ALL_DESKS else frozenset(desks),
    )


def _said(figure: Figure, number: int | None) -> str:
    if number is None:
        return "—"
    if figure in MONEY:
        return format_cents(number)
    if figure in PERCENT:
        return f"{number} %"
    return _("%(days)s jours", days=number) if figure is Figure.DELAY_DAYS else str(number)


def _rows(content: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the lines and the total in words; a hidden line says so in each cell."""
    columns = [Figure(code) for code in content["figures"]]
    return _lines(
        content, content["small"], len(columns),
        lambda numbers: [_said(figure, number) for figure, number in zip(columns, numbers, strict=True)],
    )  # fmt: skip


def _motives(content: dict[str, Any]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the motives and the refusals by line; nothing for figures that were frozen before there were motives."""
    kept = content.get("motives")
    if kept is None:
        return [], []
    columns: list[str] = kept["columns"]
    return columns, _lines(kept, content["small"], len(columns), lambda numbers: [str(number) for number in numbers])


def _lines(
    kept: dict[str, Any], small: int, width: int, said: Callable[[list[Any]], list[str]]
) -> list[tuple[str, list[str]]]:
    few = _("moins de %(small)s", small=small)
    lines = [*((line["label"], line["numbers"]) for line in kept["lines"]), (_("Total"), kept["total"])]
    return [
        (label, [few, *[_("masqué")] * (width - 1)] if numbers is None else said(numbers)) for label, numbers in lines
    ]


@bp.route("/micro-credits/chiffres", methods=["GET", "POST"])
@requires(MAKE)
def counts() -> ResponseReturnValue:
    """Count what is asked for, freeze it, and list what was frozen."""
    form, wanted, small = Form(), _wanted(), parameters.small_count(on=today())
    if form.submits(lambda: services.freeze(wanted=wanted, small=small, actor_id=actor().user_id, now=now())):
        flash(_("Les chiffres sont figés : ils ne changeront plus."), "success")
        return redirect(url_for("microcredit_followup.count", count_id=form.result), 303)
    content, problem = None, ""
    try:
        content = services.content_of(wanted, small=small)
    except PeriodImpossible as refusal:
        problem = refusal.message
    motives, refusals = _motives(content) if content else ([], [])
    return render_template(
        "microcredit/counts.html",
        motives=motives,
        refusals=refusals,
        form=form,
        wanted=wanted,
        rows=_rows(content) if content else [],
        columns=list(FIGURE_LABELS.values()),
        axes=AXIS_LABELS,
        problem=problem,
        frozen=queries.counts_of(visible_counts(actor())),
        small=small,
    ), form.status


@bp.get("/micro-credits/chiffres/<int:count_id>")
@requires(MAKE, credit_count="count_id")
def count(count_id: int) -> ResponseReturnValue:
    """Show frozen figures as they were."""
    row = queries.get_count(count_id)
    motives, refusals = _motives(row.content)
    return render_template(
        "microcredit/count.html",
        motives=motives,
        refusals=refusals,
        row=row,
        rows=_rows(row.content),
        columns=_headings(row.content),
        axis=AXIS_LABELS[Axis(row.content["axis"])],
        whole=row.sha256 == services.sum_of(row.content),
    )


def _headings(content: dict[str, Any]) -> list[str]:
    return [FIGURE_LABELS[Figure(code)] for code in content["figures"]]


@bp.get("/micro-credits/chiffres/<int:count_id>/export.<any(xlsx, csv):form>")
@requires(MAKE, credit_count="count_id")
def export_count(count_id: int, form: str) -> ResponseReturnValue:
    """Give frozen figures as a file; no cell is ever a formula."""
    row = queries.get_count(count_id)
    headings = [AXIS_LABELS[Axis(row.content["axis"])], *_headings(row.content)]
    lines: list[Sequence[spreadsheets.Cell]] = [[label, *cells] for label, cells in _rows(row.content)]
    motives, refusals = _motives(row.content)
    if motives:
        lines += [[], [_("Refus par motif"), *motives], *([label, *cells] for label, cells in refusals)]
    lines += [[], [_("Du"), row.first_on], [_("Au"), row.last_on], [_("Figé le"), day_of(row.taken_at)]]
    lines += [["SHA-256", row.sha256]]
    as_xlsx = form == "xlsx"
    made = (
        spreadsheets.to_xlsx(_("Micro-crédits"), headings, lines) if as_xlsx else spreadsheets.to_csv(headings, lines)
    )
    return Response(
        made,
        mimetype=XLSX if as_xlsx else "text/csv",
        headers={"Content-Disposition": f"attachment; filename=micro-credits-{row.id}.{form}"},
    )
