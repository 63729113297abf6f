"""The dated settings of entries and exits, and how they are read."""

from __future__ import annotations

from datetime import date

import structlog

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope
from mobility.participation.rules.exits import Clock, Outcome, parse_outcomes
from mobility.participation.rules.missing import Delays

log = structlog.get_logger(__name__)

EXIT_DATA_DAYS = "participation.exit_data_days"
LATER_MONTHS = "participation.later_months"
LATER_DAYS = "participation.later_days"
REMINDER_DAYS = "participation.reminder_days"
ENTRY_DATA_DAYS = "participation.entry_data_days"
EVIDENCE_MONTHS = "participation.evidence_months"
WARN_DAYS = "participation.warn_days"
POSITIVE = "participation.positive_outcomes"
USUAL_POSITIVE = "work, training"


def clock(*, on: date) -> Clock:
    """Return the settings that hold on a day; they are those of the programme, everywhere the same."""
    return Clock(
        data_days=int(queries.value(EXIT_DATA_DAYS, on=on)),
        later_months=int(queries.value(LATER_MONTHS, on=on)),
        later_days=int(queries.value(LATER_DAYS, on=on)),
        reminder_days=int(queries.value(REMINDER_DAYS, on=on)),
    )


def entry_data_days(*, on: date) -> int:
    """Return within how many days of the entry its data and papers are taken."""
    return int(queries.value(ENTRY_DATA_DAYS, on=on))


def evidence_months(*, on: date) -> int:
    """Return how old a paper may be on the day of entry, in months."""
    return int(queries.value(EVIDENCE_MONTHS, on=on))


def positive_outcomes(*, on: date, organisation_id: int | None = None) -> frozenset[Outcome]:
    """Return what counts as a positive exit, by the funder's own definition where there is one."""
    text = str(queries.value(POSITIVE, on=on, organisation_id=organisation_id))
    try:
        return parse_outcomes(text)
    except ValueError:
        log.warning("positive_outcomes_unreadable", organisation_id=organisation_id)
        return parse_outcomes(USUAL_POSITIVE)


def delays(*, on: date) -> Delays:
    """Return until when what is missing can be had, and how early to warn."""
    return Delays(entry_days=entry_data_days(on=on), warn_days=int(queries.value(WARN_DAYS, on=on)), clock=clock(on=on))


def declare() -> None:
    """Declare the settings."""
    everywhere = (Scope.EVERYWHERE,)
    registry.declare(
        Parameter(
            EXIT_DATA_DAYS,
            "Sortie : délai pour la noter et la justifier",
            Kind.INTEGER,
            28,
            "jours",
            "Après la sortie. Le FSE+ demande quatre semaines.",
            low=1,
            high=366,
            scopes=everywhere,
        ),
        Parameter(
            LATER_MONTHS,
            "Question après la sortie : au bout de",
            Kind.INTEGER,
            6,
            "mois",
            "La personne reçoit une seule question : « Que faites-vous aujourd’hui ? ».",
            low=1,
            high=24,
            scopes=everywhere,
        ),
        Parameter(
            LATER_DAYS,
            "Question après la sortie : réponse acceptée pendant",
            Kind.INTEGER,
            28,
            "jours",
            "Passé ce délai, la réponse ne compte plus.",
            low=7,
            high=366,
            scopes=everywhere,
        ),
        Parameter(
            REMINDER_DAYS,
            "Question après la sortie : rappel sans réponse au bout de",
            Kind.INTEGER,
            7,
            "jours",
            "Un seul rappel. Ensuite, c’est au conseiller d’appeler.",
            low=1,
            high=90,
            scopes=everywhere,
        ),
    )
    registry.declare(
        Parameter(
            ENTRY_DATA_DAYS,
            "Entrée dans une opération : délai pour les réponses et le justificatif",
            Kind.INTEGER,
            28,
            "jours",
            "Au-delà, ce qui manque est signalé comme perdu.",
            low=1,
            high=366,
            scopes=everywhere,
        ),
        Parameter(
            EVIDENCE_MONTHS,
            "Justificatif d’éligibilité : ancienneté acceptée à l’entrée",
            Kind.INTEGER,
            3,
            "mois",
            "Un justificatif daté d’après l’entrée ne prouve rien, un trop ancien non plus.",
            low=1,
            high=36,
            scopes=everywhere,
        ),
    )
    registry.declare(
        Parameter(
            WARN_DAYS,
            "Ce qui manque : prévenir avant la date limite",
            Kind.INTEGER,
            10,
            "jours",
            "À partir de là, la tâche apparaît dans la liste « À faire » du conseiller.",
            low=1,
            high=90,
            scopes=everywhere,
        ),
    )
    registry.declare(
        Parameter(
            POSITIVE,
            "Décompte : sorties positives",
            Kind.TEXT,
            USUAL_POSITIVE,
            "",
            "Codes séparés par des virgules : work (emploi), training (formation), qualification (diplôme), "
            "other, moved, lost_contact. Un financeur peut avoir sa définition.",
            scopes=(Scope.EVERYWHERE, Scope.ORGANISATION),
        ),
    )
