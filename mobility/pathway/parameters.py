"""The dated settings of the pathway."""

from __future__ import annotations

from datetime import date

from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope
from mobility.pathway.plan.rules.settings import (
    PROFILE_HINTS,
    PROFILE_LABELS,
    USUAL_WEIGHTS,
    PlanSettings,
    Profile,
    Weights,
)

GAP_NOTICE_DAYS = "pathway.gap_notice_days"
GAP_STAFF_NOTICE_DAYS = "pathway.gap_staff_notice_days"
# Runs of gaps are looked for as far as that: the settings stay within.
LONGEST_NOTICE_DAYS = 21
PERSON_COMMITMENT = "pathway.person_commitment"
DESK_COMMITMENT = "pathway.desk_commitment"
SPREAD_MONTHS = "pathway.plan_spread_months"
LONGEST_WAIT_DAYS = "pathway.plan_longest_wait_days"
DEAR_CENTS = "pathway.plan_dear_cents"
DAY_FROM_HOUR = "pathway.day_from_hour"
DAY_UNTIL_HOUR = "pathway.day_until_hour"
_PARTS = {
    "lift": "freins levés",
    "speed": "vite",
    "thrift": "peu cher",
    "lasting": "pour de bon",
}
_PLANS = "Parcours : plans proposés"

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


def plan_settings(*, on: date, desk_id: int | None) -> PlanSettings:
    """Return what a desk's proposed plans are weighed by, and its night hours."""

    def read(key: str) -> int:
        return int(queries.value(key, on=on, desk_id=desk_id))

    return PlanSettings(
        weights={
            profile: Weights(**{part: read(_weight_key(profile, part)) for part in _PARTS}) for profile in Profile
        },
        spread_months=read(SPREAD_MONTHS),
        longest_wait_days=read(LONGEST_WAIT_DAYS),
        dear_cents=read(DEAR_CENTS),
        day_from_hour=read(DAY_FROM_HOUR),
        day_until_hour=read(DAY_UNTIL_HOUR),
    )


def _weight_key(profile: Profile, part: str) -> str:
    return f"pathway.plan_{profile.value}_{part}"


def _declare_planning() -> None:
    usual, by_desk = PlanSettings(), (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        *(
            Parameter(
                _weight_key(profile, part),
                f"Plan « {PROFILE_LABELS[profile].lower()} » : ce que pèse « {words} »",
                Kind.INTEGER,
                getattr(USUAL_WEIGHTS[profile], part),
                "points",
                f"{PROFILE_HINTS[profile]} Les points comptent les uns par rapport aux autres ; 0 : ne compte pas.",
                group=_PLANS,
                low=0,
                high=100,
                scopes=by_desk,
            )
            for profile in Profile
            for part, words in _PARTS.items()
        ),
        Parameter(
            SPREAD_MONTHS,
            "Budget : étaler ce qui est payé une fois",
            Kind.INTEGER,
            usual.spread_months,
            "mois",
            "Ce que la personne paie une seule fois est compté sur ce nombre de mois, pour le comparer à son budget.",
            group=_PLANS,
            low=1,
            high=36,
            scopes=by_desk,
        ),
        Parameter(
            LONGEST_WAIT_DAYS,
            "Attente la plus longue qui compte",
            Kind.INTEGER,
            usual.longest_wait_days,
            "jours",
            "Une aide disponible plus tard ne rend pas un plan moins rapide encore.",
            group=_PLANS,
            low=7,
            high=730,
            scopes=by_desk,
        ),
        Parameter(
            DEAR_CENTS,
            "Coût à partir duquel un plan n’est plus « peu cher » du tout",
            Kind.MONEY,
            usual.dear_cents,
            "",
            "L’argent de la personne compte deux fois celui d’un financeur.",
            group=_PLANS,
            low=100,
            high=10_000_000,
            scopes=by_desk,
        ),
        Parameter(
            DAY_FROM_HOUR,
            "Trajets de nuit : le jour commence à",
            Kind.INTEGER,
            usual.day_from_hour,
            "h",
            "Un trajet avant cette heure est fait de nuit : il n’est pas proposé à qui ne conduit pas la nuit.",
            group=_PLANS,
            low=3,
            high=11,
            scopes=by_desk,
        ),
        Parameter(
            DAY_UNTIL_HOUR,
            "Trajets de nuit : la nuit commence à",
            Kind.INTEGER,
            usual.day_until_hour,
            "h",
            "Un trajet à partir de cette heure est fait de nuit.",
            group=_PLANS,
            low=15,
            high=24,
            scopes=by_desk,
        ),
    )


def declare() -> None:
    """Declare the settings."""
    _declare_planning()
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
