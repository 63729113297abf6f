"""The dated settings of the pathway."""

from __future__ import annotations

from datetime import date

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

GAP_NOTICE_DAYS = "pathway.gap_notice_days"
GAP_STAFF_NOTICE_DAYS = "pathway.gap_staff_notice_days"
# Runs of gaps are looked for as far as that: the settings stay within.
LONGEST_NOTICE_DAYS = 21
PERSON_COMMITMENT = "pathway.person_commitment"
DESK_COMMITMENT = "pathway.desk_commitment"

_PERSON_DEFAULT = (
    "Je viens aux rendez-vous, ou je préviens avant.\nJe fais les démarches qui sont à mon nom.\n"
    "Je dis ce qui change : horaires, adresse, téléphone."
)
_DESK_DEFAULT = (
    "Nous préparons les aides prévues et nous vous disons où elles en sont.\n"
    "Nous vous prévenons si un trajet n’est plus assuré.\nNous changeons ce plan avec vous dès que vous le demandez."
)


def gap_notice_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days before the first journey without a solution the person and the adviser are told."""
    return int(queries.value(GAP_NOTICE_DAYS, on=on, desk_id=desk_id))


def gap_staff_notice_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days ahead the adviser alone is told: time enough to find something."""
    return int(queries.value(GAP_STAFF_NOTICE_DAYS, on=on, desk_id=desk_id))


def person_commitment(*, on: date, desk_id: int | None) -> str:
    """Return what a person is used to commit to, where a plan begins."""
    return str(queries.value(PERSON_COMMITMENT, on=on, desk_id=desk_id))


def desk_commitment(*, on: date, desk_id: int | None) -> str:
    """Return what the platform is used to commit to, where a plan begins."""
    return str(queries.value(DESK_COMMITMENT, on=on, desk_id=desk_id))


def declare() -> None:
    """Declare the settings."""
    registry.declare(
        Parameter(
            GAP_NOTICE_DAYS,
            "Trajet sans solution : prévenir combien de jours avant",
            Kind.INTEGER,
            3,
            "jours",
            "La personne et son conseiller reçoivent un message. À moins de 24 heures, il part tout de suite.",
            low=1,
            high=14,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            GAP_STAFF_NOTICE_DAYS,
            "Trajet sans solution : prévenir le conseiller combien de jours avant",
            Kind.INTEGER,
            10,
            "jours",
            "Le conseiller est prévenu avant la personne, pour avoir le temps de trouver une autre solution.",
            low=1,
            high=LONGEST_NOTICE_DAYS,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
    )
    for key, label, default in (
        (PERSON_COMMITMENT, "Plan d’action : ce à quoi la personne s’engage", _PERSON_DEFAULT),
        (DESK_COMMITMENT, "Plan d’action : ce à quoi la plateforme s’engage", _DESK_DEFAULT),
    ):
        registry.declare(
            Parameter(
                key,
                label,
                Kind.TEXT,
                default,
                "",
                "Texte de départ d’un nouveau plan, une phrase par ligne. Le conseiller peut le changer.",
                scopes=(Scope.EVERYWHERE, Scope.DESK),
            )
        )
