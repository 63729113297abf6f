"""What is asked at the entry into an operation: versioned, each with « ne souhaite pas répondre ». Pure.

The items are those of the FSE+ (facts §7, [gk]: to be confirmed by the operator). A participation keeps the version
under which it was asked; a new list is a new version beside the old ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.people.rules import add_months, age_on

REFUSED = "refused"
REFUSED_LABEL = "Ne souhaite pas répondre"
CURRENT = "2026"
_YES_NO = (("yes", "Oui"), ("no", "Non"))


@dataclass(frozen=True, slots=True)
class Item:
    """One question: what the adviser asks, what may be answered, whether it tells something sensitive."""

    code: str
    label: str
    choices: tuple[tuple[str, str], ...] = _YES_NO
    sensitive: bool = False
    hint: str = ""

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return the choices, « ne souhaite pas répondre » last."""
        return (*self.choices, (REFUSED, REFUSED_LABEL))

    def say(self, value: str) -> str:
        """Return an answer in words; an unknown code reads as itself."""
        return dict(self.answers).get(value, value)


_OF_2026 = (
    Item("sex", "Sexe", (("female", "Femme"), ("male", "Homme"), ("other", "Non binaire"))),
    Item(
        "employment",
        "Situation d’emploi",
        (
            ("unemployed", "Sans emploi depuis moins d’un an"),
            ("long_term", "Sans emploi depuis un an ou plus"),
            ("inactive", "Ne cherche pas d’emploi pour l’instant"),
            ("education", "En études ou en formation"),
            ("employed", "En emploi"),
            ("self_employed", "À son compte"),
        ),
    ),
    Item(
        "education",
        "Niveau d’études",
        (
            ("isced_0_2", "Aucun diplôme, ou brevet des collèges"),
            ("isced_3_4", "CAP, BEP ou baccalauréat"),
            ("isced_5_8", "Diplôme après le baccalauréat"),
        ),
    ),
    Item("disability", "Situation de handicap", sensitive=True, hint="Oui ou non seulement : rien d’autre n’est noté."),
    Item("third_country", "Nationalité hors de l’Union européenne", sensitive=True),
    Item("foreign_origin", "Origine étrangère", sensitive=True, hint="Née à l’étranger, ou un parent né à l’étranger."),
    Item("minority", "Appartenance à une minorité", sensitive=True, hint="Par exemple les gens du voyage ou les Roms."),
    Item("housing", "Sans logement, ou logement menacé", sensitive=True),
    Item("rural", "Habite en zone rurale"),
    Item("priority_district", "Habite un quartier prioritaire (QPV)"),
)
VERSIONS: Mapping[str, tuple[Item, ...]] = {CURRENT: _OF_2026}


def items_of(version: str) -> tuple[Item, ...]:
    """Return the questions of a version. Raises KeyError for one that never was."""
    return VERSIONS[version]


def item_of(version: str, code: str) -> Item:
    """Return one question. Raises KeyError."""
    return next((item for item in items_of(version) if item.code == code), None) or _unknown(code)


def _unknown(code: str) -> Item:
    raise KeyError(code)


def sensitive_codes() -> frozenset[str]:
    """Return the codes of every sensitive question of every version."""
    return frozenset(item.code for items in VERSIONS.values() for item in items if item.sensitive)


def check_answers(version: str, answers: Mapping[str, str]) -> None:
    """Raise KeyError for a question or an answer that the version does not know."""
    for code, value in answers.items():
        if value not in dict(item_of(version, code).answers):
            raise KeyError(value)


def missing_items(version: str, answered: Collection[str]) -> tuple[Item, ...]:
    """Return the questions that have no answer; a refusal is one."""
    return tuple(item for item in items_of(version) if item.code not in answered)


# What the situation written in the file tells without asking.
_BY_STATUS: Mapping[str, Mapping[str, str]] = {
    "job_seeker": {"employment": "unemployed"},
    "employee": {"employment": "employed"},
    "trainee": {"employment": "education"},
    "apprentice": {"employment": "employed"},
    "integration_worker": {"employment": "employed"},
    "disabled_worker": {"disability": "yes"},
    "self_employed": {"employment": "self_employed"},
    "student": {"employment": "education"},
}


def proposals(*, status: str, earlier: Mapping[str, str]) -> dict[str, str]:
    """Return what the file knows: what was answered for another operation, else what the situation tells.

    A situation changes: that of the file goes before an earlier answer about employment. Refusals are not repeated
    for anybody.
    """
    known = {code: value for code, value in earlier.items() if value != REFUSED}
    return known | dict(_BY_STATUS.get(status, {}))


class AgeBand(StrEnum):
    """The age at entry, as it is counted."""

    UNDER_18 = "under_18"
    FROM_18_TO_29 = "from_18_to_29"
    FROM_30_TO_54 = "from_30_to_54"
    FROM_55 = "from_55"


AGE_BAND_LABELS: dict[AgeBand, str] = {
    AgeBand.UNDER_18: "Moins de 18 ans",
    AgeBand.FROM_18_TO_29: "18 à 29 ans",
    AgeBand.FROM_30_TO_54: "30 à 54 ans",
    AgeBand.FROM_55: "55 ans et plus",
}


def age_band(born_on: date, on: date) -> AgeBand:
    """Return the age band on a day."""
    age = age_on(born_on, on)
    if age < 18:
        return AgeBand.UNDER_18
    if age < 30:
        return AgeBand.FROM_18_TO_29
    return AgeBand.FROM_30_TO_54 if age < 55 else AgeBand.FROM_55


class EvidenceKind(StrEnum):
    """A paper that shows who may take part."""

    FRANCE_TRAVAIL = "france_travail"
    RSA = "rsa"
    ORIENTATION = "orientation"
    CONTRACT = "contract"
    SCHOOL = "school"
    TAX = "tax"
    OTHER = "other"


EVIDENCE_LABELS: dict[EvidenceKind, str] = {
    EvidenceKind.FRANCE_TRAVAIL: "Attestation de France Travail",
    EvidenceKind.RSA: "Attestation RSA ou CAF",
    EvidenceKind.ORIENTATION: "Fiche d’orientation du prescripteur",
    EvidenceKind.CONTRACT: "Contrat de travail ou fiche de paie",
    EvidenceKind.SCHOOL: "Certificat de scolarité ou de formation",
    EvidenceKind.TAX: "Avis d’imposition",
    EvidenceKind.OTHER: "Autre justificatif",
}


class Standing(StrEnum):
    """Whether a paper proves that the person could take part on the day of entry."""

    PROVES = "proves"
    AFTER_ENTRY = "after_entry"
    TOO_OLD = "too_old"


STANDING_LABELS: dict[Standing, str] = {
    Standing.PROVES: "Prouve l’éligibilité",
    Standing.AFTER_ENTRY: "Daté d’après l’entrée",
    Standing.TOO_OLD: "Trop ancien à l’entrée",
}


def standing_of_evidence(dated_on: date, *, entered_on: date, months: int) -> Standing:
    """Say whether a paper proves: dated on or before the entry, and no older than so many months on that day."""
    if dated_on > entered_on:
        return Standing.AFTER_ENTRY
    return Standing.PROVES if dated_on >= add_months(entered_on, -months) else Standing.TOO_OLD
