"""The style guide: every component in all its states, for those who build and those who check.

Development and demo only. All that it shows is invented here; nothing is read or written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, flash, render_template, request
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict

from mobility.core import clock
from mobility.core.errors import RuleViolation
from mobility.core.web import forms
from mobility.core.web.access import public
from mobility.core.web.handlers import PAGES
from mobility.core.web.pagination import Page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("styleguide", __name__)

SHELLS = {"plain": "base.html", "desk": "desk.html", "portal": "portal.html"}
LONG = "Marie-Antoinette de la Tour-Saint-Vaast-lez-Valenciennes " + "Wolfeschlegelsteinhausenbergerdorff" * 2
MONDAY = date(2026, 11, 23)
TODAY = date(2026, 11, 25)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.line("Nom et prénom", hint="Comme sur la pièce d’identité.")
    phone = forms.line("Téléphone", required=False)
    desk = forms.select("Antenne", [("", "Choisissez"), ("1", "Valenciennes"), ("2", "Denain"), ("3", "Caudry")])
    need = forms.radios(
        "De quoi avez-vous besoin ?",
        [("car", "Une voiture"), ("moped", "Un scooter"), ("ebike", "Un vélo électrique")],
        hint="Choisissez ce qui vous convient le mieux.",
    )
    channel = forms.radios("Comment vous prévenir ?", [("sms", "Par SMS"), ("email", "Par e-mail")])
    days = forms.checkboxes("Jours de travail", [("1", "Lundi"), ("2", "Mardi"), ("3", "Mercredi"), ("4", "Jeudi")])
    starts_on = forms.day("Premier jour", hint="Par exemple 24/11/2026.")
    at = forms.clock_time("Heure de départ", required=False)
    deposit_cents = forms.euros("Dépôt de garantie")
    odometer_km = forms.integer("Kilométrage", hint="Le nombre affiché au tableau de bord.")
    photo = FileField("Photo du permis", description="Une photo nette, 10 Mo au plus.")
    note = forms.text("Remarques")
    agrees = forms.tick("J’accepte d’être contacté par SMS", hint="Vous pouvez changer d’avis à tout moment.")


class ConfirmForm(forms.Form):
    """A confirmation with a reason."""

    reason = forms.text("Pourquoi annuler ?", required=True)


@dataclass(frozen=True, slots=True)
class Bar:
    """A reservation on the planning."""

    label: str
    text: str
    tone: str
    starts_at: datetime
    ends_at: datetime
    url: str | None = "#planning"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the coverage calendar."""

    date: date
    state: str
    label: str = ""
    carrier: str = ""
    url: str = ""


def _refused_form() -> SampleForm:
    typed = MultiDict(
        {
            "refused-name": "",
            "refused-starts_on": "31/02/2026",
            "refused-deposit_cents": "beaucoup",
            "refused-odometer_km": "12 300",
            "refused-phone": "06 39 98 12 34",
            "refused-desk": "2",
        }
    )
    form = SampleForm(formdata=typed, prefix="refused-", meta={"csrf": False})
    form.validate()
    form.add_violation(
        RuleViolation("Le compteur ne peut pas reculer : il était à 12 480 km au dernier relevé.", field="odometer_km")
    )
    form.add_violation(RuleViolation("Ce véhicule vient d’être réservé. Choisissez-en un autre."))
    return form


def _weeks() -> list[list[Day | None]]:
    first = date(2026, 11, 1)
    states = {
        24: Day(first, "covered", carrier="Prêt, Clio AB-123-CD", url="#couverture"),
        25: Day(first, "partial", carrier="Aller : bus", url="#couverture"),
        26: Day(first, "gap", url="#couverture"),
        27: Day(first, "unknown"),
        11: Day(first, "off", label="Férié"),
    }
    start = first - timedelta(days=first.weekday())
    weeks: list[list[Day | None]] = []
    for week in range(6):
        days: list[Day | None] = []
        for offset in range(7):
            day = start + timedelta(days=7 * week + offset)
            if day.month != first.month:
                days.append(None)
                continue
            usual = Day(day, "off") if day.weekday() > 4 else Day(day, "covered", carrier="Un proche")
            days.append(replace(states.get(day.day, usual), date=day))
        weeks.append(days)
    return [week for week in weeks if any(week)]


def _at(offset: int, hour: int) -> datetime:
    return clock.at_paris(MONDAY + timedelta(days=offset), time(hour))


def _map() -> dict[str, Any]:
    def road(road_class: int, *points: tuple[float, float]) -> dict[str, Any]:
        return {
            "type": "Feature",
            "properties": {"road": road_class},
            "geometry": {"type": "MultiLineString", "coordinates": [points]},
        }

    def named(name: str, longitude: float, latitude: float) -> dict[str, Any]:
        point = {"type": "Point", "coordinates": [longitude, latitude]}
        return {"type": "Feature", "properties": {"name": name}, "geometry": point}

    ring = [(3.35, 50.31), (3.45, 50.31), (3.45, 50.36), (3.35, 50.36), (3.35, 50.31)]
    area = {"type": "Polygon", "coordinates": [ring]}
    return {
        "label": "Exemple de carte : ce que l’on atteint depuis Denain",
        "latitude": 50.34,
        "longitude": 3.44,
        "km": 15,
        "attribution": "Réseau de démonstration : routes approximatives, ce ne sont pas les vraies",
        "ground_url": "",
        "tiles": "",
        "ground": {
            "type": "FeatureCollection",
            "features": [
                road(0, (3.3, 50.28), (3.42, 50.33), (3.55, 50.37)),
                road(3, (3.39, 50.25), (3.39, 50.33), (3.52, 50.36)),
                named("Denain", 3.3906, 50.3291),
                named("Valenciennes", 3.5233, 50.3574),
            ],
        },
        "shapes": {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"kind": "area", "minutes": 15}, "geometry": area},
                {**named("", 3.3906, 50.3291), "properties": {"kind": "origin"}},
            ],
        },
    }


def _planning() -> dict[str, Any]:
    days = [MONDAY + timedelta(days=offset) for offset in range(14)]
    rows = [
        {
            "name": "Clio AB-123-CD",
            "url": "#planning",
            "detail": "Voiture, Denain",
            "bars": [
                Bar("Nadia B.", "Prêt", "accent", _at(-3, 9), _at(3, 9)),
                Bar("Loïc M.", "Prêt", "accent", _at(3, 14), _at(20, 18)),
            ],
        },
        {
            "name": "Sandero EF-456-GH",
            "url": "#planning",
            "detail": "Voiture, Valenciennes",
            "bars": [
                Bar("En retard : " + LONG, "Prêt", "danger", _at(0, 9), _at(2, 12)),
                Bar("Révision", "Entretien", "neutral", _at(4, 8), _at(4, 18)),
            ],
        },
        {
            "name": "Peugeot Kisbee 50 XY-789-ZA",
            "url": "#planning",
            "detail": "Scooter, Caudry",
            "bars": [Bar("À valider", "Prêt", "info", _at(8, 9), _at(10, 18))],
        },
        {"name": "Vélo électrique 12", "url": None, "detail": "Vélo électrique, Denain", "bars": []},
    ]
    return {
        "days": days,
        "rows": rows,
        "starts_at": clock.start_of(days[0]),
        "ends_at": clock.end_of(days[-1]),
        "closed": [day for day in days if day.weekday() > 4],
    }


def _radar() -> dict[str, Any]:
    """Return what ``diagnosis.radar.draw`` makes, drawn by hand: this room stands above."""
    corners = ((0, -100), (95, -31), (59, 81), (-59, 81), (-95, -31))

    def ring(share: float) -> tuple[tuple[float, float], ...]:
        return tuple((round(x * share, 2), round(y * share, 2)) for x, y in corners)

    def path(points: tuple[tuple[float, float], ...]) -> str:
        return " ".join(f"{x},{y}" for x, y in points)

    axes = [
        {"number": place, "x": x, "y": y, "label_x": round(x * 1.16, 2), "label_y": round(y * 1.16, 2)}
        for place, (x, y) in enumerate(corners, start=1)
    ]
    shapes = [
        {"name": name, "tone": tone, "path": path(ring(share)), "points": ring(share)}
        for name, tone, share in (("Avant", "neutral", 0.4), ("Maintenant", "accent", 0.8))
    ]
    return {"axes": axes, "rings": [path(ring(share)) for share in (0.25, 0.5, 0.75, 1)], "shapes": shapes}


def _vehicles() -> list[dict[str, Any]]:
    return [
        {"name": "Renault Clio AB-123-CD", "desk": "Denain", "km": 48210, "cents": 300, "tone": "success"},
        {"name": LONG, "desk": "Valenciennes", "km": 1204560, "cents": 123450, "tone": "danger"},
        {"name": "Vélo électrique 12 🚲", "desk": "Caudry", "km": 0, "cents": 0, "tone": "neutral"},
    ]


@bp.get("/_styleguide")
@public
def index() -> ResponseReturnValue:
    """Show every component in the plain, desk or portal shell."""
    shell = request.args.get("shell", "plain")
    if request.args.get("flash"):
        for category in ("success", "info", "warning", "danger"):
            flash(f"Un message de la catégorie {category}.", category)
    vehicles = _vehicles()
    return render_template(
        "styleguide/index.html",
        shell=SHELLS.get(shell, "base.html"),
        long=LONG,
        form=SampleForm(formdata=None),
        refused=_refused_form(),
        confirm_form=ConfirmForm(formdata=None, prefix="confirm-"),
        vehicles=vehicles,
        page=Page(vehicles, 3, 3, 1234),
        weeks=_weeks(),
        planning=_planning(),
        map_view=_map(),
        radar_picture=_radar(),
        today=TODAY,
        at=_at(1, 14),
        later=_at(3, 18),
        statuses=sorted(PAGES),
    )


@bp.get("/_styleguide/erreurs/<int:status>")
@public
def error(status: int) -> ResponseReturnValue:
    """Show one of the error pages, answered with 200 so that it can be looked at."""
    if status not in PAGES:
        abort(404)
    return render_template(f"errors/{status}.html", message="", status=status)


def init_app(app: Flask) -> None:
    """Register the style guide."""
    app.register_blueprint(bp)
