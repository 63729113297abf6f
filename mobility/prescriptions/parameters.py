"""The dated settings of prescriptions."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from mobility.core.clock import format_months
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

TARGET_DAYS = "prescriptions.target_days"
NUDGE_DAYS = "prescriptions.nudge_days"
ESCALATE_DAYS = "prescriptions.escalate_days"
DRAFT_DAYS = "prescriptions.draft_days"
LINK_DAYS = "prescriptions.link_days"
KEEP_MONTHS = "prescriptions.keep_months"


def target_days(*, on: date, desk_id: int | None, organisation_id: int | None) -> int:
    """Return within how many days the first meeting is due: the prescriber's agreement may say otherwise."""
    return int(queries.value(TARGET_DAYS, on=on, desk_id=desk_id, organisation_id=organisation_id))


def nudge_days(*, on: date, desk_id: int | None = None) -> int:
    """Return after how many days without any act the team is reminded."""
    return int(queries.value(NUDGE_DAYS, on=on, desk_id=desk_id))


def escalate_days(*, on: date, desk_id: int | None = None) -> int:
    """Return after how many days without any act the manager is told."""
    return int(queries.value(ESCALATE_DAYS, on=on, desk_id=desk_id))


def draft_days(*, on: date) -> int:
    """Return for how many days a draft is kept."""
    return int(queries.value(DRAFT_DAYS, on=on))


def link_days(*, on: date) -> int:
    """Return for how many days an organisation's link holds."""
    return int(queries.value(LINK_DAYS, on=on))


def keep_months(*, on: date) -> int:
    """Return for how many months an ended prescription without a file keeps its names."""
    return int(queries.value(KEEP_MONTHS, on=on))


def clock_words(on: date) -> str:
    """Return what the notice on personal data says of it."""
    return str(
        _(
            "Votre orientation, si elle n’a pas ouvert de fiche : %(time)s après sa fin. Un brouillon de votre "
            "conseiller : %(days)s jours.",
            time=format_months(keep_months(on=on)),
            days=draft_days(on=on),
        )
    )


def declare() -> None:
    """Declare the settings. 30 days is the Département du Nord's own aim (facts §7)."""
    registry.declare(
        Parameter(
            TARGET_DAYS,
            "Délai visé entre l’orientation et le premier rendez-vous",
            Kind.INTEGER,
            30,
            "jours",
            "La convention en vigueur qui donne son propre délai passe avant tout. Sinon : l’antenne, l’organisation, partout.",
            low=1,
            high=365,
        ),
        Parameter(
            NUDGE_DAYS,
            "Orientation que personne ne touche : rappel à l’équipe après",
            Kind.INTEGER,
            3,
            "jours",
            low=1,
            high=60,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            ESCALATE_DAYS,
            "Orientation que personne ne touche : le responsable est prévenu après",
            Kind.INTEGER,
            7,
            "jours",
            low=1,
            high=90,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            DRAFT_DAYS,
            "Conservation des brouillons d’orientation",
            Kind.INTEGER,
            14,
            "jours",
            low=1,
            high=60,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            LINK_DAYS,
            "Durée d’un lien d’orientation donné à un prescripteur",
            Kind.INTEGER,
            365,
            "jours",
            low=1,
            high=1100,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            KEEP_MONTHS,
            "Conservation des orientations terminées sans fiche",
            Kind.INTEGER,
            24,
            "mois",
            "Ensuite les noms et les textes sont effacés ; il ne reste que des nombres.",
            low=1,
            high=60,
            scopes=(Scope.EVERYWHERE,),
        ),
    )
