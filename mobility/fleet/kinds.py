"""The words of the fleet: kinds of vehicles, papers and reservations, with their French labels."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """What a person asks for."""

    CAR = "car"
    LIGHT_CAR = "light_car"
    MOPED = "moped"
    EBIKE = "ebike"
    BIKE = "bike"
    ADAPTED = "adapted"


class Energy(StrEnum):
    """What moves the vehicle."""

    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    ELECTRIC = "electric"
    LPG = "lpg"
    HUMAN = "human"


class Gearbox(StrEnum):
    """How gears are changed; none on bikes."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    NONE = "none"


class CritAir(StrEnum):
    """The air-quality sticker; stored only, bans of low-emission zones are configuration."""

    E = "E"
    C1 = "1"
    C2 = "2"
    C3 = "3"
    C4 = "4"
    C5 = "5"
    UNCLASSIFIED = "NC"


class LicenceCategory(StrEnum):
    """The licence without which the vehicle may not be driven."""

    AM = "AM"
    B = "B"


class Equipment(StrEnum):
    """What a vehicle carries and a person may need."""

    CHILD_SEAT = "child_seat"
    BOOSTER_SEAT = "booster_seat"
    TOW_BAR = "tow_bar"
    HAND_CONTROLS = "hand_controls"
    WHEELCHAIR_RAMP = "wheelchair_ramp"
    ROOF_RACK = "roof_rack"
    SNOW_TYRES = "snow_tyres"
    HELMET = "helmet"
    LOCK = "lock"
    BASKET = "basket"


class PaperKind(StrEnum):
    """The papers with a date."""

    INSPECTION = "inspection"
    INSURANCE = "insurance"
    REGISTRATION = "registration"


class InspectionResult(StrEnum):
    """What the contrôle technique said."""

    FAVOURABLE = "favourable"
    MAJOR = "major"
    CRITICAL = "critical"


class ReservationKind(StrEnum):
    """Why a vehicle is not free."""

    LOAN = "loan"
    MAINTENANCE = "maintenance"
    HOME_VISIT = "home_visit"
    TRANSPORT = "transport"
    OUT_OF_SERVICE = "out_of_service"


class StopReason(StrEnum):
    """Why a vehicle stands still; a code and no free text, for labels hold no personal name."""

    BREAKDOWN = "breakdown"
    ACCIDENT = "accident"
    PAPERS = "papers"
    CLEANING = "cleaning"
    SERVICE = "service"
    OTHER = "other"


class OdometerSource(StrEnum):
    """Where a reading comes from."""

    OFFICER = "officer"
    DEPARTURE = "departure"
    RETURN = "return"
    INSPECTION = "inspection"
    MAINTENANCE = "maintenance"
    IMPORT = "import"


CATEGORY_LABELS: Mapping[Category, str] = MappingProxyType(
    {
        Category.CAR: "Voiture",
        Category.LIGHT_CAR: "Voiture sans permis",
        Category.MOPED: "Cyclomoteur 50 cm³",
        Category.EBIKE: "Vélo électrique",
        Category.BIKE: "Vélo",
        Category.ADAPTED: "Véhicule adapté",
    }
)
ENERGY_LABELS: Mapping[Energy, str] = MappingProxyType(
    {
        Energy.PETROL: "Essence",
        Energy.DIESEL: "Gazole",
        Energy.HYBRID: "Hybride",
        Energy.ELECTRIC: "Électrique",
        Energy.LPG: "GPL",
        Energy.HUMAN: "Musculaire",
    }
)
GEARBOX_LABELS: Mapping[Gearbox, str] = MappingProxyType(
    {
        Gearbox.MANUAL: "Manuelle",
        Gearbox.AUTOMATIC: "Automatique",
        Gearbox.NONE: "Sans boîte de vitesses",
    }
)
CRITAIR_LABELS: Mapping[CritAir, str] = MappingProxyType(
    {
        CritAir.E: "Crit’Air E (électrique)",
        CritAir.C1: "Crit’Air 1",
        CritAir.C2: "Crit’Air 2",
        CritAir.C3: "Crit’Air 3",
        CritAir.C4: "Crit’Air 4",
        CritAir.C5: "Crit’Air 5",
        CritAir.UNCLASSIFIED: "Non classé",
    }
)
LICENCE_LABELS: Mapping[LicenceCategory, str] = MappingProxyType(
    {LicenceCategory.AM: "Permis AM (ou BSR)", LicenceCategory.B: "Permis B"}
)
EQUIPMENT_LABELS: Mapping[Equipment, str] = MappingProxyType(
    {
        Equipment.CHILD_SEAT: "Siège enfant",
        Equipment.BOOSTER_SEAT: "Rehausseur",
        Equipment.TOW_BAR: "Attelage",
        Equipment.HAND_CONTROLS: "Commandes au volant",
        Equipment.WHEELCHAIR_RAMP: "Rampe pour fauteuil",
        Equipment.ROOF_RACK: "Galerie de toit",
        Equipment.SNOW_TYRES: "Pneus hiver",
        Equipment.HELMET: "Casque",
        Equipment.LOCK: "Antivol",
        Equipment.BASKET: "Panier ou sacoche",
    }
)
PAPER_LABELS: Mapping[PaperKind, str] = MappingProxyType(
    {
        PaperKind.INSPECTION: "Contrôle technique",
        PaperKind.INSURANCE: "Assurance",
        PaperKind.REGISTRATION: "Carte grise",
    }
)
INSPECTION_RESULT_LABELS: Mapping[InspectionResult, str] = MappingProxyType(
    {
        InspectionResult.FAVOURABLE: "Favorable",
        InspectionResult.MAJOR: "Défaillance majeure : contre-visite",
        InspectionResult.CRITICAL: "Défaillance critique : ne roule plus",
    }
)
RESERVATION_LABELS: Mapping[ReservationKind, str] = MappingProxyType(
    {
        ReservationKind.LOAN: "Prêt",
        ReservationKind.MAINTENANCE: "Entretien",
        ReservationKind.HOME_VISIT: "Visite à domicile",
        ReservationKind.TRANSPORT: "Transport",
        ReservationKind.OUT_OF_SERVICE: "Hors service",
    }
)
ODOMETER_LABELS: Mapping[OdometerSource, str] = MappingProxyType(
    {
        OdometerSource.OFFICER: "Relevé au parc",
        OdometerSource.DEPARTURE: "Départ d’un prêt",
        OdometerSource.RETURN: "Retour d’un prêt",
        OdometerSource.INSPECTION: "Contrôle technique",
        OdometerSource.MAINTENANCE: "Entretien",
        OdometerSource.IMPORT: "Reprise de données",
    }
)

STOP_LABELS: Mapping[StopReason, str] = MappingProxyType(
    {
        StopReason.BREAKDOWN: "En panne",
        StopReason.ACCIDENT: "Accidenté",
        StopReason.PAPERS: "Papiers à régulariser",
        StopReason.CLEANING: "Nettoyage",
        StopReason.SERVICE: "Révision ou réparation",
        StopReason.OTHER: "Autre raison",
    }
)

STOPS = frozenset({ReservationKind.OUT_OF_SERVICE, ReservationKind.MAINTENANCE})
"""Uses that belong to the vehicle itself: they follow it to another desk, and end nobody's journey."""

CYCLES = frozenset({Category.BIKE, Category.EBIKE})
LIGHT = frozenset({Category.LIGHT_CAR, Category.MOPED})
"""Category L: « voiture sans permis » (L6e) and 50 cm³ (L1e)."""


def words_of(kind: ReservationKind, label: str) -> str:
    """Return what a use is called: its label where that says more than its kind."""
    return RESERVATION_LABELS[kind] if label in {"", kind.value} else label
