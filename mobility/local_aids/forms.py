"""What is typed about local aids."""

from __future__ import annotations

from typing import Any

from mobility.core.clock import WEEKDAYS
from mobility.core.web.forms import (
    VersionedForm,
    checkboxes,
    clock_time,
    day,
    euros,
    integer,
    line,
    radios,
    select,
    text,
    tick,
)
from mobility.diagnosis.barriers import LABELS as BARRIER_LABELS
from mobility.geo import communes
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import LICENCE_RULE_LABELS, LicenceRule
from mobility.local_aids.services import REASON_MAX
from mobility.people.kinds import STATUS_LABELS

PLAIN = (
    "label", "description", "lifts", "only_for", "lasting", "carries", "at_night", "person_drives", "statuses", "min_age", "max_age",
    "max_km", "serves_from", "serves_until", "contact", "papers", "valid_from_on", "valid_until_on", "funder_id",
)  # fmt: skip
NUMBERS = ("delay_days", "person_once_cents", "person_monthly_cents", "funder_cents")


class EntryForm(VersionedForm):
    """One entry of the catalogue."""

    label = line("Nom de l’aide", limit=120)
    description = text("En quelques mots", limit=1000)
    desk_id = select("Antenne", required=False, ids=True, hint="Vide : toutes les antennes.")
    lifts = checkboxes("Quels freins lève-t-elle ?", [(code.value, label) for code, label in BARRIER_LABELS.items()])
    only_for = checkboxes(
        "Seulement pour qui a ces freins",
        [(code.value, label) for code, label in BARRIER_LABELS.items()],
        hint="Rien de coché : pour tous.",
    )
    lasting = tick("Pour de bon", hint="Ce qu’elle règle reste réglé (un permis, une voiture). Sinon : en attendant.")
    carries = tick("Elle assure elle-même les trajets", hint="Les trajets comptent alors dans le calendrier.")
    at_night = tick("Elle fonctionne aussi la nuit")
    person_drives = tick("La personne conduit elle-même")
    max_km = integer(
        "Jusqu’à quelle distance", required=False, low=1, high=300,
        hint="En kilomètres à vol d’oiseau, entre chez la personne et son lieu de travail. Vide : sans limite.",
    )  # fmt: skip
    serves_weekdays = checkboxes(
        "Quels jours ?",
        [(str(day), name.capitalize()) for day, name in enumerate(WEEKDAYS)],
        hint="Rien de coché : tous les jours.",
    )
    serves_from = clock_time("Premier trajet", required=False, hint="Vide : à toute heure.")
    serves_until = clock_time("Dernier trajet", required=False)
    delay_days = integer("Délai avant le début", required=False, high=730, hint="En jours.")
    duration_days = integer("Durée", low=1, high=1100, hint="En jours.")
    person_once_cents = euros("Coût pour la personne, une fois", required=False)
    person_monthly_cents = euros("Coût pour la personne, par mois", required=False)
    funder_cents = euros("Coût pour le financeur", required=False)
    funder_id = select("Qui finance", required=False, ids=True)
    statuses = checkboxes(
        "Réservée à", [(code.value, label) for code, label in STATUS_LABELS.items()], hint="Rien de coché : à tous."
    )
    min_age = integer("À partir de", required=False, high=120, hint="Âge en années.")
    max_age = integer("Jusqu’à", required=False, high=120, hint="Âge en années.")
    licence = radios("Permis", [(rule.value, label) for rule, label in LICENCE_RULE_LABELS.items()])
    communes = text("Communes", limit=1000, hint="Codes INSEE, séparés par des virgules. Vide : partout.")
    contact = line("Qui appeler", required=False, limit=300)
    papers = text("Papiers à apporter", limit=1000)
    valid_from_on = day("Proposée à partir du")
    valid_until_on = day("Proposée jusqu’au", required=False)

    def validate_communes(self, field: Any) -> None:
        """Refuse a code that names no commune."""
        unknown = [code for code in self._codes() if communes.find(code) is None]
        if unknown:
            field.errors = [*field.errors, f"Ce code INSEE n’existe pas : {unknown[0]}."]

    def _codes(self) -> list[str]:
        return [part for part in (self.communes.data or "").replace(",", " ").replace(";", " ").split() if part]

    def show(self, row: LocalAid) -> None:
        """Fill in from an entry."""
        self.show_version(row)
        for name in (*PLAIN, *NUMBERS, "duration_days", "desk_id"):
            self[name].data = getattr(row, name)
        self.licence.data = row.licence.value
        self.communes.data = ", ".join(row.communes)
        self.serves_weekdays.data = [str(day) for day in row.serves_weekdays]

    def facts(self) -> dict[str, Any]:
        """Return the values as columns of an entry."""
        return {
            **{name: self[name].data for name in PLAIN},
            **{name: self[name].data or 0 for name in NUMBERS},
            "description": self.description.data or "",
            "contact": self.contact.data or "",
            "papers": self.papers.data or "",
            "duration_days": self.duration_days.data,
            "statuses": list(self.statuses.data or ()),
            "lifts": list(self.lifts.data or ()),
            "only_for": list(self.only_for.data or ()),
            "licence": LicenceRule(self.licence.data),
            "communes": self._codes(),
            **self._journeys(),
        }

    def _journeys(self) -> dict[str, Any]:
        """Return how far and when it carries; an aid that does not carry has no such limits."""
        if not self.carries.data:
            return {"max_km": None, "serves_weekdays": [], "serves_from": None, "serves_until": None}
        return {"serves_weekdays": [int(day) for day in self.serves_weekdays.data or ()]}


class MoveForm(VersionedForm):
    """One act on a request, with its reason where one is due."""

    reason = line("Pourquoi ?", required=False, limit=REASON_MAX)
