"""The list of the fleet, its planning and what falls due."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core import spreadsheets
from mobility.core.clock import now, today
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.pagination import Page, page_number
from mobility.desks.queries import desk_choices
from mobility.fleet import queries
from mobility.fleet.kinds import CATEGORY_LABELS, ENERGY_LABELS, GEARBOX_LABELS, RESERVATION_LABELS, Category, words_of
from mobility.fleet.queries import VehicleFilter
from mobility.fleet.rules import NEVER, SOON_DAYS, in_words, urgency
from mobility.fleet.views import bp, overview_bp

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WINDOWS = {7: "Une semaine", 14: "Deux semaines", 28: "Quatre semaines"}
DUE_WITHIN = {SOON_DAYS: "Dans 45 jours ou avant", 90: "Dans 3 mois ou avant", 0: "Toutes"}


def _category() -> Category | None:
    typed = request.args.get("category", "")
    return Category(typed) if typed in set(Category) else None


def _desk_id() -> int | None:
    typed = request.args.get("desk", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _filter() -> VehicleFilter:
    return VehicleFilter(
        text=request.args.get("q", "")[:200].replace("\x00", ""),
        desk_id=_desk_id(),
        category=_category(),
        retired=request.args.get("state") == "retired",
        sort=request.args.get("sort", "desk"),
    )


def _narrowed(desk_ids: frozenset[int]) -> frozenset[int]:
    """Return the desks of the actor, or the one asked for if it is among them."""
    wanted = _desk_id()
    return desk_ids if wanted is None else frozenset({wanted} if wanted in desk_ids else ())


@bp.get("/parc")
@requires(Permission.FLEET_VIEW)
def index() -> ResponseReturnValue:
    """List the vehicles."""
    desk_ids = actor().desk_ids(Permission.FLEET_VIEW)
    wanted = _filter()
    return render_template(
        "fleet/list.html",
        page=queries.list_vehicles(desk_ids=desk_ids, wanted=wanted, now=now(), number=page_number()),
        wanted=wanted,
        filtered=wanted != VehicleFilter(sort=wanted.sort),
        desks=desk_choices(desk_ids),
        categories=CATEGORY_LABELS,
        uses=RESERVATION_LABELS,
        may_manage=actor().permits(Permission.FLEET_MANAGE),
        never=NEVER,
        today=today(),
        in_words=in_words,
    )


@bp.get("/parc/export.<any(xlsx, csv):form>")
@requires(Permission.FLEET_VIEW)
def export_list(form: str) -> ResponseReturnValue:
    """Give the list, as it is filtered, as a file."""
    found = queries.all_vehicles(desk_ids=actor().desk_ids(Permission.FLEET_VIEW), wanted=_filter(), now=now())
    headings = [
        _("Antenne"), _("Type"), _("Immatriculation"), _("Marquage"), _("Marque"), _("Modèle"), _("Énergie"),
        _("Boîte"), _("Places"), _("Compteur (km)"), _("Mise en circulation"), _("Empruntable jusqu’au"), _("Remarques"),
    ]  # fmt: skip
    rows: list[list[spreadsheets.Cell]] = [
        [
            row.desk_name,
            CATEGORY_LABELS[row.vehicle.category],
            row.vehicle.plate,
            row.vehicle.marking,
            row.vehicle.make,
            row.vehicle.model,
            ENERGY_LABELS[row.vehicle.energy],
            GEARBOX_LABELS[row.vehicle.gearbox],
            row.vehicle.seats,
            row.odometer_km,
            row.vehicle.first_registered_on,
            row.lendable_until_on if row.can_leave else _("Papiers à régulariser"),
            row.vehicle.note,
        ]
        for row in found
    ]
    as_xlsx = form == "xlsx"
    content = spreadsheets.to_xlsx(_("Parc"), headings, rows) if as_xlsx else spreadsheets.to_csv(headings, rows)
    return Response(
        content,
        mimetype=XLSX if form == "xlsx" else "text/csv",
        headers={"Content-Disposition": f"attachment; filename=parc-{today():%Y-%m-%d}.{form}"},
    )


def _first_day() -> date:
    """Return the Monday of the week that the address names, or of this one."""
    try:
        wanted = date.fromisoformat(request.args.get("from", ""))
    except ValueError:
        wanted = today()
    if not 2000 <= wanted.year <= 2099:
        wanted = today()
    return wanted - timedelta(days=wanted.weekday())


@overview_bp.get("/parc/planning")
@requires(Permission.FLEET_VIEW)
def planning() -> ResponseReturnValue:
    """Show vehicles down and days across."""
    desk_ids = actor().desk_ids(Permission.FLEET_VIEW)
    first_on = _first_day()
    days = request.args.get("days", 14, type=int)
    days = days if days in WINDOWS else 14
    grid = queries.get_planning(
        desk_ids=_narrowed(desk_ids), first_on=first_on, days=days, category=_category(), number=page_number()
    )
    return render_template(
        "fleet/planning.html",
        grid=grid,
        first_on=first_on,
        previous_on=first_on - timedelta(days=days),
        next_on=first_on + timedelta(days=days),
        days=days,
        windows=WINDOWS,
        desks=desk_choices(desk_ids),
        categories=CATEGORY_LABELS,
        kinds=RESERVATION_LABELS,
        today=today(),
    )


@overview_bp.get("/parc/echeances")
@requires(Permission.FLEET_VIEW)
def due() -> ResponseReturnValue:
    """List the papers by their last day, the most pressing first."""
    desk_ids = actor().desk_ids(Permission.FLEET_VIEW)
    within = request.args.get("within", SOON_DAYS, type=int)
    within = within if within in DUE_WITHIN else SOON_DAYS
    until = today() + timedelta(days=within) if within else None
    found = queries.list_due_papers(desk_ids=_narrowed(desk_ids), today=today(), until_on=until)
    number, per_page = page_number(), 50
    number = min(number, max(1, -(-len(found) // per_page)))
    shown = found[(number - 1) * per_page : number * per_page]
    conflicts = queries.list_paper_conflicts(desk_ids=_narrowed(desk_ids), now=now())
    return render_template(
        "fleet/due.html",
        page=Page(shown, number, per_page, len(found)),
        conflicts=conflicts,
        links=queries.links_of((one.use.reservation_id, one.use.kind) for one in conflicts),
        words_of=words_of,
        may_manage=actor().permits(Permission.FLEET_MANAGE),
        within=within,
        choices=DUE_WITHIN,
        desks=desk_choices(desk_ids),
        today=today(),
        never=NEVER,
        urgency=urgency,
        in_words=in_words,
    )
