"""What is typed about vehicles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import gettext as _
from wtforms import HiddenField

from mobility.core.clock import at_paris, in_paris
from mobility.core.errors import RuleViolation
from mobility.core.web.forms import Form, checkboxes, clock_time, day, integer, line, radios, select, text, tick
from mobility.documents.uploads import file_field
from mobility.fleet import kinds
from mobility.fleet.errors import WrongPaper
from mobility.fleet.kinds import (
    Category,
    CritAir,
    Energy,
    Equipment,
    Gearbox,
    InspectionResult,
    PaperKind,
    ReservationKind,
    StopReason,
)
from mobility.fleet.models import Vehicle
from mobility.fleet.rules import MAX_KM
from mobility.fleet.services import Description

E = TypeVar("E", bound=StrEnum)


def choices(labels: Mapping[Any, str], *, empty: str | None = None) -> list[tuple[str, str]]:
    """Return the choices of a select, with an empty one first where given."""
    first = [] if empty is None else [("", empty)]
    return first + [(str(value), label) for value, label in labels.items()]


class VehicleForm(Form):
    """The description of a vehicle."""

    desk_id = select("Antenne", ids=True)
    category = select("Type de véhicule", choices(kinds.CATEGORY_LABELS, empty="Choisissez"))
    plate = line(
        "Immatriculation", required=False, hint="Par exemple AA-123-AA, ou 123 AB 59. Rien pour un vélo.", limit=30
    )
    marking = line("Numéro de marquage", required=False, hint="Pour un vélo : le numéro gravé sur le cadre.", limit=40)
    make = line("Marque", limit=60)
    model = line("Modèle", limit=60)
    energy = select("Énergie", choices(kinds.ENERGY_LABELS, empty="Choisissez"))
    gearbox = select("Boîte de vitesses", choices(kinds.GEARBOX_LABELS, empty="Choisissez"))
    seats = integer("Places", hint="Conducteur compris.", low=1, high=9)
    fiscal_power_cv = integer("Puissance fiscale", required=False, low=1, high=60)
    critair = select("Vignette Crit’Air", choices(kinds.CRITAIR_LABELS, empty="Non renseignée"), required=False)
    first_registered_on = day(
        "Première mise en circulation",
        required=False,
        hint="Champ B de la carte grise. Facultatif pour un vélo.",
    )
    equipment = checkboxes("Équipements", choices(kinds.EQUIPMENT_LABELS))
    insurer_min_age_years = integer("Âge minimum demandé par l’assureur", required=False, low=14, high=99)
    insurer_min_seniority_months = integer("Ancienneté de permis demandée par l’assureur", required=False, high=600)
    odometer_km = integer("Compteur aujourd’hui", required=False, high=MAX_KM)
    note = text("Remarques", hint="Sur le véhicule seulement : aucun nom de personne.")
    version = HiddenField()

    def show(self, vehicle: Vehicle) -> None:
        """Fill the fields from the row."""
        for name, value in self.saved(vehicle).items():
            self._fields[name].data = value
        self.version.data = str(vehicle.version)

    def saved(self, vehicle: Vehicle) -> dict[str, Any]:
        """Return the row as the fields would show it, but for the version."""
        names = self._fields.keys() - {"csrf_token", "once", "odometer_km", "version"}
        values = {name: getattr(vehicle, name) for name in self._fields if name in names}
        return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}

    def typed_version(self) -> int | None:
        """Return the version that the form was filled from; None for anything unreadable, which is refused."""
        typed = str(self.version.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1

    def description(self) -> Description:
        """Return what was typed. Call it on a valid form only."""
        return Description(
            category=Category(self.category.data),
            make=self.make.data,
            model=self.model.data,
            energy=Energy(self.energy.data),
            gearbox=Gearbox(self.gearbox.data),
            seats=self.seats.data,
            plate=self.plate.data or "",
            marking=self.marking.data or "",
            fiscal_power_cv=self.fiscal_power_cv.data,
            critair=CritAir(self.critair.data) if self.critair.data else None,
            equipment=tuple(Equipment(code) for code in self.equipment.data or ()),
            first_registered_on=self.first_registered_on.data,
            insurer_min_age_years=self.insurer_min_age_years.data,
            insurer_min_seniority_months=self.insurer_min_seniority_months.data,
            note=self.note.data or "",
        )


class PhotoForm(Form):
    """A picture of the vehicle."""

    photo = file_field("Photo du véhicule", hint="Sans personne dessus.", pictures_only=True)


class PaperForm(Form):
    """A paper of a vehicle."""

    kind = radios("Papier", choices(kinds.PAPER_LABELS))
    done_on = day("Date du papier", hint="Jour du contrôle, ou premier jour de l’assurance.")
    valid_until_on = day(
        "Valable jusqu’au",
        required=False,
        hint="Pour l’assurance : le dernier jour. Pour un contrôle technique, la date se calcule ; "
        "notez-la seulement si celle du papier est plus proche.",
    )
    outcome = select(
        "Résultat du contrôle technique", choices(kinds.INSPECTION_RESULT_LABELS, empty="Sans objet"), required=False
    )
    counter_visit = tick("C’est une contre-visite")
    reference = line("Référence", required=False, hint="Numéro du procès-verbal ou du contrat.", limit=80)

    scan = file_field("Photo ou copie du papier", required=False)

    def details(self) -> dict[str, Any]:
        """Return what was typed, for the service. Raises WrongPaper for a result without an inspection."""
        kind = PaperKind(self.kind.data)
        result = InspectionResult(self.outcome.data) if self.outcome.data else None
        if kind is not PaperKind.INSPECTION and (result is not None or self.counter_visit.data):
            raise WrongPaper("Seul un contrôle technique a un résultat. Choisissez « Sans objet ».", field="outcome")
        return {
            "kind": kind,
            "done_on": self.done_on.data,
            "valid_until_on": self.valid_until_on.data,
            "result": result,
            "counter_visit": bool(self.counter_visit.data),
            "reference": self.reference.data or "",
        }


class OdometerForm(Form):
    """A reading of the odometer."""

    km = integer("Kilomètres au compteur", high=MAX_KM)
    read_on = day("Jour du relevé")
    read_time = clock_time("Heure du relevé")

    def show(self, now: datetime) -> None:
        """Propose the present minute."""
        local = in_paris(now)
        self.read_on.data, self.read_time.data = local.date(), local.time().replace(second=0, microsecond=0)

    def read_at(self) -> datetime:
        """Return the instant of the reading."""
        return at_paris(self.read_on.data, self.read_time.data)


class StopForm(Form):
    """A period in which the vehicle stands still."""

    kind = radios(
        "Pourquoi le véhicule s’arrête",
        [
            (ReservationKind.OUT_OF_SERVICE.value, "Il est hors service"),
            (ReservationKind.MAINTENANCE.value, "Il est en entretien"),
        ],
    )
    reason = select("Raison", choices(kinds.STOP_LABELS, empty="Choisissez"))
    starts_on = day("Premier jour")
    starts_time = clock_time("Heure de début")
    ends_on = day("Dernier jour", required=False, hint="Laissez vide si la fin n’est pas connue.")
    ends_time = clock_time("Heure de fin", required=False)

    def show(self, now: datetime) -> None:
        """Propose to begin now."""
        local = in_paris(now)
        self.kind.data = ReservationKind.OUT_OF_SERVICE.value
        self.starts_on.data, self.starts_time.data = local.date(), local.time().replace(second=0, microsecond=0)

    def details(self) -> dict[str, Any]:
        """Return what was typed, for the service. Raises RuleViolation for half an end."""
        if (self.ends_on.data is None) != (self.ends_time.data is None):
            missing = "ends_on" if self.ends_on.data is None else "ends_time"
            raise RuleViolation(_("Écrivez le jour et l’heure de fin, ou aucun des deux."), field=missing)
        return {
            "kind": ReservationKind(self.kind.data),
            "reason": StopReason(self.reason.data),
            "starts_at": at_paris(self.starts_on.data, self.starts_time.data),
            "ends_at": None if self.ends_on.data is None else at_paris(self.ends_on.data, self.ends_time.data),
        }


class TransferForm(Form):
    """Another home desk."""

    to_desk_id = select("Nouvelle antenne", ids=True)
    reason = text("Raison", hint="Aucun nom de personne.")

    def propose(self, desks: Sequence[tuple[int, str]], vehicle: Vehicle) -> None:
        """Offer the desks but the present one."""
        self.to_desk_id.choices = [("", _("Choisissez"))] + [
            (desk_id, name) for desk_id, name in desks if desk_id != vehicle.desk_id
        ]


class RetireForm(Form):
    """The end of a vehicle in the fleet."""

    retired_on = day("Premier jour hors du parc")
    reason = text("Raison", required=True, hint="Vendu, détruit, rendu… Aucun nom de personne.")


class ConfirmForm(Form):
    """Nothing to type: an act that asks first."""
