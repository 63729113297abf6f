"""The words of a prescription: each StrEnum with its French labels beside it."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """How a prescription came in."""

    LINK = "link"
    ACCOUNT = "account"
    DESK = "desk"
    IMPORT = "import"
    API = "api"


SOURCE_LABELS = {
    Source.LINK: "Formulaire en ligne",
    Source.ACCOUNT: "Compte du prescripteur",
    Source.DESK: "Saisie par l’antenne",
    Source.IMPORT: "Fichier importé",
    Source.API: "Logiciel du prescripteur",
}


class Need(StrEnum):
    """What the person needs to move."""

    GO_TO_WORK = "go_to_work"
    INTERVIEW = "interview"
    LICENCE = "licence"
    VEHICLE = "vehicle"
    REPAIR = "repair"
    TRANSIT = "transit"
    BIKE = "bike"
    MONEY = "money"
    CONFIDENCE = "confidence"
    OTHER = "other"


NEED_LABELS = {
    Need.GO_TO_WORK: "Aller au travail ou en formation",
    Need.INTERVIEW: "Se rendre à un entretien",
    Need.LICENCE: "Passer ou échanger le permis",
    Need.VEHICLE: "Disposer d’un véhicule",
    Need.REPAIR: "Faire réparer son véhicule",
    Need.TRANSIT: "Prendre le bus, le tram ou le train",
    Need.BIKE: "Se déplacer à vélo",
    Need.MONEY: "Payer ses déplacements",
    Need.CONFIDENCE: "Oser se déplacer seul, lire un plan",
    Need.OTHER: "Autre besoin",
}


class DeadlineKind(StrEnum):
    """What begins on the day that matters."""

    JOB = "job"
    TRAINING = "training"
    INTERVIEW = "interview"
    OTHER = "other"


DEADLINE_LABELS = {
    DeadlineKind.JOB: "Début d’un emploi",
    DeadlineKind.TRAINING: "Début d’une formation",
    DeadlineKind.INTERVIEW: "Entretien d’embauche",
    DeadlineKind.OTHER: "Autre date importante",
}


class Missing(StrEnum):
    """What can be asked of the prescriber, once."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    DEADLINE = "deadline"
    NEED = "need"
    CONSTRAINTS = "constraints"
    PAPER = "paper"
    OTHER = "other"


MISSING_LABELS = {
    Missing.PHONE: "Le téléphone de la personne",
    Missing.EMAIL: "L’e-mail de la personne",
    Missing.ADDRESS: "L’adresse de la personne",
    Missing.DEADLINE: "La date de début d’emploi ou de formation",
    Missing.NEED: "Le besoin, plus en détail",
    Missing.CONSTRAINTS: "Les horaires et contraintes",
    Missing.PAPER: "Un document",
    Missing.OTHER: "Autre chose",
}


class Age(StrEnum):
    """How the wait stands against its target."""

    ON_TIME = "on_time"
    SOON = "soon"
    LATE = "late"
    OVER = "over"


AGE_LABELS = {
    Age.ON_TIME: "Dans les temps",
    Age.SOON: "Bientôt en retard",
    Age.LATE: "En retard",
    Age.OVER: "Délai terminé",
}
AGE_TONES = {
    Age.ON_TIME: ("success", "clock"),
    Age.SOON: ("warning", "hourglass-split"),
    Age.LATE: ("danger", "exclamation-triangle-fill"),
    Age.OVER: ("neutral", "check2"),
}


class ImportState(StrEnum):
    """Where an imported file stands."""

    PREVIEW = "preview"
    DONE = "done"
    DROPPED = "dropped"


IMPORT_LABELS = {ImportState.PREVIEW: "À vérifier", ImportState.DONE: "Importé", ImportState.DROPPED: "Abandonné"}
