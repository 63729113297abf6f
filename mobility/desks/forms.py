"""Forms of the desks' pages."""

from __future__ import annotations

from datetime import time
from typing import Any

from wtforms import Field, HiddenField, StringField, ValidationError

from mobility.core.clock import WEEKDAYS
from mobility.core.errors import RuleViolation
from mobility.core.web import forms
from mobility.desks import rules
from mobility.desks.models import Desk, DeskOpening
from mobility.desks.rules import DeskKind, Hours
from mobility.desks.services import DeskDetails
from mobility.geo import communes, pins
from mobility.geo.communes import Commune
from mobility.geo.geocoding import Place

LINES_MAX = 300


def one_commune(text: str) -> Commune:
    """Return the commune that the text names. Raises ValidationError with what to write instead."""
    found = communes.match(text)
    if len(found) == 1:
        return found[0]
    if found:
        labels = ", ".join(commune.label for commune in found[:5])
        raise ValidationError(f"Plusieurs communes correspondent à « {text[:60]} » : précisez, par exemple {labels}.")
    near = communes.search(text, limit=3)
    hint = f" Vouliez-vous dire {', '.join(c.label for c in near)} ?" if near else ""
    raise ValidationError(f"La commune « {text[:60]} » n’est pas connue.{hint}")


class HoursForm(forms.Form):
    """A change after which somebody may find the desk closed: asked again, with the list, before it is made."""

    accept_broken = forms.tick("J’ai lu la liste : ces rendez-vous seront déplacés")


class DeskForm(HoursForm):
    """Name, place and ways to reach a desk."""

    version = HiddenField()
    name = forms.line("Nom de l’antenne", limit=120, hint="Par exemple : Denain, ou Permanence de Solesmes.")
    kind = forms.radios("Type", [(kind.value, rules.LABELS[kind]) for kind in DeskKind])
    street = forms.line("Numéro et rue", required=False)
    commune = forms.line("Commune", hint="Nom, code postal ou code INSEE. Exemple : Denain (59220).", limit=120)
    pin = pins.pin_field()
    pin_known: pins.PinKnown | None = None
    chosen: Place | None = None
    found: Commune | None = None
    phone = forms.phone_line()
    email = forms.line("E-mail", required=False, limit=254)
    place_note = forms.text(
        "Comment trouver l’antenne", limit=500, hint="Étage, entrée, arrêt de bus, mairie qui accueille…"
    )
    key_box = forms.tick("Il y a une boîte à clés", hint="Les véhicules peuvent être pris et rendus hors horaires.")

    def validate_commune(self, field: Field) -> None:
        """Refuse a text that is not exactly one commune."""
        if field.data:
            self.found = one_commune(field.data)

    def validate_pin(self, field: Field) -> None:
        """Judge the place that was chosen on the map."""
        code = self.found.insee_code if self.found else None
        self.chosen = pins.check(field.data, street=self["street"].data or "", insee_code=code, known=self.pin_known)

    def show(self, desk: Desk) -> None:
        """Fill the form with a desk, on a page that is not a submission."""
        self.process(data={**self.saved(desk), "version": str(desk.version), "once": self.values("once")["once"]})

    @staticmethod
    def saved(desk: Desk) -> dict[str, Any]:
        """Return the desk as the fields would show it, but for the version."""
        commune = communes.find(desk.insee_code)
        return {
            "name": desk.name,
            "kind": desk.kind.value,
            "street": desk.street,
            "commune": commune.label if commune else desk.insee_code,
            "pin": pins.text_of(desk.latitude, desk.longitude, desk.position_precision),
            "phone": desk.phone,
            "email": desk.email,
            "place_note": desk.place_note,
            "key_box": desk.key_box,
        }

    def typed_version(self) -> int | None:
        """Return the version that the form was filled in from; 0, which no row has, for an unreadable one."""
        raw = str(self.values()["version"] or "")
        return int(raw) if raw.isdecimal() and len(raw) < 10 else 0

    def details(self) -> DeskDetails:
        """Return what was typed."""
        typed = self.values()
        assert self.found is not None  # noqa: S101 - asked of a form that is right
        return DeskDetails(
            name=typed["name"],
            kind=DeskKind(typed["kind"]),
            street=typed["street"] or "",
            insee_code=self.found.insee_code,
            phone=typed["phone"] or "",
            email=typed["email"] or "",
            place_note=typed["place_note"] or "",
            key_box=bool(typed["key_box"]),
        )


class KeyBoxForm(forms.Form):
    """Where the key box hangs, and its code."""

    note = forms.line("Où est la boîte à clés", required=False, limit=300, hint="Par exemple : à droite de l’entrée.")
    code = forms.line(
        "Code",
        required=False,
        limit=20,
        hint="Laissez vide s’il n’y en a pas. Changez-le de temps en temps : chaque emprunteur l’a connu.",
    )


def _readable(_form: Any, field: Any) -> None:
    try:
        field.ranges = rules.parse_ranges(field.data or "", str(field.label.text).lower())
    except RuleViolation as violation:
        raise ValidationError(violation.message) from None


def _hours_line(label: str) -> Any:
    return StringField(label, filters=[forms.clean_line], validators=[_readable])


class OpeningsForm(HoursForm):
    """The weekly hours: one line a day, and the weeks of the month in which it counts."""

    def rows(self) -> list[tuple[Any, Any]]:
        """Return (hours, weeks) a day, Monday first."""
        return [(self[f"hours_{day}"], self[f"weeks_{day}"]) for day in range(7)]

    def show(self, openings: list[DeskOpening]) -> None:
        """Fill the form with the hours of a desk."""
        data: dict[str, Any] = self.values("once")
        for day in range(7):
            of_day = [row for row in openings if row.weekday == day]
            data[f"hours_{day}"] = rules.ranges_as_typed([Hours(row.opens, row.closes) for row in of_day])
            data[f"weeks_{day}"] = str(of_day[0].month_weeks if of_day else rules.ALL_MONTH_WEEKS)
        self.process(data=data)

    def openings(self) -> list[tuple[int, time, time, int]]:
        """Return what was typed, as the service takes it."""
        return [
            (day, hours.opens, hours.closes, int(weeks.data))
            for day, (line, weeks) in enumerate(self.rows())
            for hours in line.ranges
        ]


for _day, _name in enumerate(WEEKDAYS):
    setattr(OpeningsForm, f"hours_{_day}", _hours_line(_name.capitalize()))
    setattr(
        OpeningsForm,
        f"weeks_{_day}",
        forms.select(f"Semaines du {_name}", rules.month_weeks_choices(), default=str(rules.ALL_MONTH_WEEKS)),
    )


class ClosureForm(HoursForm):
    """A day or several on which the desk is closed."""

    first_on = forms.day("Premier jour fermé", extra=[forms.today_or_later])
    last_on = forms.day("Dernier jour fermé", required=False, hint="Laissez vide pour un seul jour.")
    reason = forms.line("Raison", required=False, hint="Le public la lit : congés, formation, jour férié local…")


class SpecialHoursForm(HoursForm):
    """One day with hours of its own."""

    day_on = forms.day("Jour", extra=[forms.today_or_later])
    hours = forms.line("Horaires de ce jour", hint="Exemple : 9 h – 12 h, 14 h – 16 h.", extra=[_readable])
    reason = forms.line("Raison", required=False, hint="Le public la lit.")

    def ranges(self) -> list[tuple[time, time]]:
        """Return the hours that were typed."""
        return [(hours.opens, hours.closes) for hours in self["hours"].ranges]


class ServeForm(forms.Form):
    """Communes to add to those that the desk serves."""

    names = forms.text("Communes à ajouter", hint="Une par ligne : nom, code postal ou code INSEE.")
    within_km = forms.integer(
        "Ou toutes les communes à moins de", required=False, high=60, hint="En km, à vol d’oiseau, depuis l’antenne."
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Read the communes; one of the two fields is needed, which neither can tell alone."""
        fine = bool(super().validate(extra_validators))
        typed = self.values()
        lines = [line.strip() for line in (typed["names"] or "").split("\n") if line.strip()]
        try:
            if not lines and not typed["within_km"]:
                raise ValidationError("Écrivez au moins une commune, ou une distance.")
            if len(lines) > LINES_MAX:
                raise ValidationError(f"Ajoutez {LINES_MAX} communes à la fois, pas plus.")
            self.codes = [code for line in lines for code in _codes(line)]
        except ValidationError as error:
            self["names"].errors = [*self["names"].errors, str(error)]
            return False
        return fine


def _codes(line: str) -> list[str]:
    """Return the communes of a line: a postcode stands for all of its own."""
    found = communes.match(line) if line.isdigit() else []
    return [commune.insee_code for commune in found] if len(found) > 1 else [one_commune(line).insee_code]


class ArchiveForm(HoursForm):
    """The end of a desk, or a day that loses its own hours."""
