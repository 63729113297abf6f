"""Debts first: a dossier waits while its person's debts get an outcome. What that means, and when it goes on. Pure.

The platform settles nobody's debts: the adviser brings the person to whom it concerns, and looks at it again on a day.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from mobility.core.money import format_cents

# A day to look at it again lies within a year: what takes longer is looked at on the way.
LONGEST_DAYS = 366


class DebtWay(StrEnum):
    """By which way debts get an outcome."""

    OVER_INDEBTEDNESS = "over_indebtedness"
    SOCIAL_PLAN = "social_plan"
    CREDITORS = "creditors"


DEBT_WAY_LABELS: dict[DebtWay, str] = {
    DebtWay.OVER_INDEBTEDNESS: "Dossier de surendettement à la Banque de France",
    DebtWay.SOCIAL_PLAN: "Plan d’apurement avec un travailleur social",
    DebtWay.CREDITORS: "Accord écrit avec chaque créancier",
}
# What is done in practice, in order.
DEBT_STEPS: dict[DebtWay, tuple[str, ...]] = {
    DebtWay.OVER_INDEBTEDNESS: (
        "Rassembler avec la personne les crédits, les dettes et les derniers courriers.",
        "Remplir le dossier et le déposer à la Banque de France ; c’est gratuit.",
        "Attendre l’avis de la commission, puis le plan ; la personne ne prend aucun autre crédit entre-temps.",
        "Une fois le plan écrit : noter ses mensualités dans le budget, et garder le plan parmi les papiers.",
    ),
    DebtWay.SOCIAL_PLAN: (
        "Prendre rendez-vous avec le travailleur social, ou avec un point conseil budget.",
        "Faire la liste des dettes : loyer, énergie, découvert, crédits.",
        "Demander un plan d’apurement, et les aides qui peuvent en payer une part.",
        "Une fois le plan écrit : noter ses mensualités dans le budget, et garder le plan parmi les papiers.",
    ),
    DebtWay.CREDITORS: (
        "Faire la liste des créanciers et de ce qui est dû à chacun.",
        "Écrire avec la personne : un délai, ou des mensualités plus petites.",
        "Garder chaque accord écrit ; s’il y a une inscription au FICP, demander la preuve de sa levée.",
        "Une fois les accords reçus : noter les nouvelles mensualités dans le budget.",
    ),
}


class DebtOutcome(StrEnum):
    """How it ended."""

    SETTLED = "settled"
    GIVEN_UP = "given_up"


DEBT_OUTCOME_LABELS: dict[DebtOutcome, str] = {
    DebtOutcome.SETTLED: "Les dettes ont une solution",
    DebtOutcome.GIVEN_UP: "Repris sans attendre",
}


def against_review(review_on: date, *, today: date) -> str:
    """Say why a day to look at it again cannot be; nothing where it can."""
    if review_on <= today:
        return "Choisissez un jour à venir."
    if review_on > today + timedelta(days=LONGEST_DAYS):
        return "Choisissez un jour dans l’année qui vient."
    return ""


def against_settling(*, credits_cents: int, most_cents: int | None, told_since: bool) -> tuple[str, ...]:
    """Say what is still missing before debts may be said to have an outcome; nothing where nothing is.

    ``credits_cents``: the other instalments of a month by the budget; ``most_cents``: to what they had to come down
    (None: it was not about their height); ``told_since``: the budget was written after the plan began.
    """
    said = []
    if not told_since:
        said.append("Notez d’abord les nouvelles mensualités dans le budget.")
    elif most_cents is not None and credits_cents > most_cents:
        said.append(
            f"Les autres crédits sont encore à {format_cents(credits_cents)} par mois : "
            f"il faut {format_cents(most_cents)} au plus."
        )
    return tuple(said)
