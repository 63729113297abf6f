"""« Décompte »: counts on demand, frozen, shown again, taken away as a file."""

from __future__ import annotations

from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import names_of
from mobility.core import spreadsheets
from mobility.core.clock import day_of, format_date, now, today
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.core.web.pagination import page_number, paginate
from mobility.desks.queries import desk_names
from mobility.participation import queries, services
from mobility.participation.access import visible_snapshots
from mobility.participation.errors import PeriodImpossible
from mobility.participation.models import CountSnapshot
from mobility.participation.queries import Wanted
from mobility.participation.rules.counts import BY_LABELS, MEASURE_LABELS, By, Measure, check_span, shown
from mobility.participation.services.counts import positive_of
from mobility.participation.views.blueprints import bp

MAKE = Permission.COUNTS_MAKE
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _day(text: str | None, usual: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return usual
    return found if 2000 <= found.year <= 2100 else usual


def _desks() -> dict[int, str]:
    """Return the desks that the actor counts."""
    desks = actor().desk_ids(MAKE)
    return {number: name for number, name in desk_names().items() if number in desks}


def _wanted(desks: dict[int, str], operations: dict[int, str]) -> Wanted:
    """Read what is asked for, from the address or from the form that freezes it."""
    given = request.values
    this_year = today().year
    desk_id = given.get("antenne", type=int)
    operation_id = given.get("operation", type=int)
    allowed = actor().desk_ids(MAKE)
    everywhere = None if allowed is ALL_DESKS else frozenset(allowed)
    return Wanted(
        first_on=_day(given.get("du"), date(this_year, 1, 1)),
        last_on=_day(given.get("au"), today()),
        by=next((by for by in By if by.value == given.get("par")), By.DESK),
        desk_ids=frozenset([desk_id]) if desk_id is not None and desk_id in desks else everywhere,
        operation_id=operation_id if operation_id in operations else None,
    )


@bp.get("/decomptes")
@requires(MAKE)
def counts() -> ResponseReturnValue:
    """Count what is asked for, and list what was frozen."""
    return _page(Form())


def _page(form: Form) -> ResponseReturnValue:
    desks, operations = _desks(), dict(queries.operation_choices())
    wanted = _wanted(desks, operations)
    table, problem = None, ""
    try:
        check_span(wanted.first_on, wanted.last_on)
        table = queries.count_people(wanted, positive=positive_of(wanted, now=now()))
    except PeriodImpossible as refusal:
        problem = refusal.message
    frozen = paginate(queries.select_snapshots(visible_snapshots(actor())), number=page_number(), per_page=20)
    page = render_template(
        "participation/counts.html",
        form=form,
        wanted=wanted,
        table=table,
        rows=[{"label": label, "counts": shown(line)} for label, line in table.lines] if table else [],
        total=shown(table.total) if table else [],
        problem=problem,
        desks=desks,
        operations=operations,
        chosen_desk=next(iter(wanted.desk_ids)) if wanted.desk_ids and len(wanted.desk_ids) == 1 else "",
        frozen=frozen,
        names=names_of([row.taken_by_id for row in frozen.rows if row.taken_by_id is not None]),
        by_labels=BY_LABELS,
        measure_labels=MEASURE_LABELS,
    )
    return page, 422 if problem and form.is_submitted() else form.status


@bp.post("/decomptes/figer")
@requires(MAKE)
def freeze() -> ResponseReturnValue:
    """Keep the count that is shown, for good."""
    wanted = _wanted(_desks(), dict(queries.operation_choices()))
    form = Form()
    if form.submits(lambda: services.freeze(wanted=wanted, actor_id=actor().user_id, now=now())):
        flash(_("Le décompte est figé : il ne changera plus."), "success")
        return redirect(url_for("participation.snapshot", snapshot_id=form.result), 303)
    return _page(form)


def _facts(row: CountSnapshot) -> dict[str, str]:
    """Return what a frozen count was asked, in words."""
    filters = row.filters
    desks = desk_names()
    chosen = filters["desk_ids"]
    operation = dict(queries.operation_choices()).get(filters["operation_id"] or 0, "")
    return {
        "period": _(
            "du %(first)s au %(last)s",
            first=format_date(row.first_on, weekday=False, year=0),
            last=format_date(row.last_on, weekday=False, year=0),
        ),
        "by": BY_LABELS[By(filters["by"])],
        "desks": _("Toutes") if chosen is None else ", ".join(desks.get(number, str(number)) for number in chosen),
        "operation": operation or _("Toutes les personnes"),
    }


@bp.get("/decomptes/<int:snapshot_id>")
@requires(MAKE, count_snapshot="snapshot_id")
def snapshot(snapshot_id: int) -> ResponseReturnValue:
    """Show a frozen count as it was."""
    row = queries.get_snapshot(snapshot_id)
    measures = [MEASURE_LABELS[Measure(code)] for code in row.content["measures"]]
    return render_template(
        "participation/snapshot.html",
        row=row,
        facts=_facts(row),
        measures=measures,
        taken_by=names_of([row.taken_by_id]).get(row.taken_by_id, "") if row.taken_by_id is not None else "",
        whole=services.is_whole(row),
    )


@bp.get("/decomptes/<int:snapshot_id>/export.<any(xlsx, csv):form>")
@requires(MAKE, count_snapshot="snapshot_id")
def export_snapshot(snapshot_id: int, form: str) -> ResponseReturnValue:
    """Give a frozen count as a file; no cell is ever a formula."""
    row = queries.get_snapshot(snapshot_id)
    facts = _facts(row)
    headings = [facts["by"], *(MEASURE_LABELS[Measure(code)] for code in row.content["measures"])]
    rows: list[list[spreadsheets.Cell]] = [[line["label"], *line["counts"]] for line in row.content["lines"]]
    rows.append([_("Total (chaque personne une fois)"), *row.content["total"]])
    rows += [
        [],
        [_("Période"), facts["period"]],
        [_("Antennes"), facts["desks"]],
        [_("Opération"), facts["operation"]],
        [_("Figé le"), day_of(row.taken_at)],
        ["SHA-256", row.sha256],
    ]
    as_xlsx = form == "xlsx"
    content = spreadsheets.to_xlsx(_("Décompte"), headings, rows) if as_xlsx else spreadsheets.to_csv(headings, rows)
    return Response(
        content,
        mimetype=XLSX if as_xlsx else "text/csv",
        headers={"Content-Disposition": f"attachment; filename=decompte-{row.id}.{form}"},
    )
