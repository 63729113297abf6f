"""The dated settings of micro-credit, and how they are read. What ships is data: ``defaults.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mobility.microcredit.rules.law import LEGAL_SENTENCE as SENTENCE
from mobility.microcredit.rules.law import Delays
from mobility.microcredit.rules.motives import ABOUT_LABELS, Motive, read_motives
from mobility.microcredit.rules.usury import Ceiling
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Column, Kind, Scope

USURY = "microcredit.usury"
MOST_CENTS = "microcredit.most_cents"
MOST_MONTHS = "microcredit.most_months"
WITHDRAWAL_DAYS = "microcredit.withdrawal_days"
NO_PAYMENT_DAYS = "microcredit.no_payment_days"
OFFER_DAYS = "microcredit.offer_days"
FLOOR_CENTS = "microcredit.floor_cents"
DEBT_PERCENT = "microcredit.debt_percent"
LEGAL_SENTENCE = "microcredit.legal_sentence"
MOTIVES = "microcredit.motives"
_DEFAULTS = Path(__file__).parent / "defaults.yaml"


@cache
def _defaults() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_DEFAULTS.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Limits:
    """The legal bounds of a micro-credit: its amount, and its months from the first disbursement to the last payment."""

    cents: int
    months: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a budget is held against: left to live on (cents a month and consumption unit), debt (per cent of income)."""

    floor_cents: int
    debt_percent: Decimal


def usury_ceilings(*, on: date) -> tuple[Sequence[Ceiling], date]:
    """Return the usury ceilings that hold on a day, and since when they were entered."""
    bands = [Ceiling(row["up_to_cents"], row["percent"]) for row in queries.value(USURY, on=on)]
    return bands, queries.since(USURY, on=on) or _defaults()["usury"]["since"]


def limits(*, on: date) -> Limits:
    """Return the legal bounds on a day."""
    return Limits(int(queries.value(MOST_CENTS, on=on)), int(queries.value(MOST_MONTHS, on=on)))


def thresholds(*, on: date, desk_id: int | None = None) -> Thresholds:
    """Return what a budget is held against at a desk."""
    return Thresholds(
        int(queries.value(FLOOR_CENTS, on=on, desk_id=desk_id)),
        Decimal(queries.value(DEBT_PERCENT, on=on, desk_id=desk_id)),
    )


def delays(*, contract_on: date) -> Delays:
    """Return the delays of a contract signed on a day: those of that day, whatever came later."""
    return Delays(*(int(queries.value(key, on=contract_on)) for key in (WITHDRAWAL_DAYS, NO_PAYMENT_DAYS, OFFER_DAYS)))


def legal_sentence(*, on: date) -> str:
    """Return the sentence that the law wants beside every offer on a day."""
    return str(queries.value(LEGAL_SENTENCE, on=on))


def motives(*, on: date) -> tuple[Motive, ...]:
    """Return the motives of refusal among which a bank chooses on a day."""
    return read_motives(queries.value(MOTIVES, on=on))


def _days(key: str, label: str, hint: str) -> Parameter:
    default = _defaults()[key.rpartition(".")[2]]
    return Parameter(key, label, Kind.INTEGER, default, "jours", hint, low=0, high=365, scopes=(Scope.EVERYWHERE,))


def declare() -> None:
    """Declare the settings."""
    kept = _defaults()
    registry.declare(
        Parameter(
            USURY,
            "Taux d’usure du trimestre",
            Kind.TABLE,
            kept["usury"]["bands"],
            hint="Une ligne par tranche : jusqu’à quel montant (vide : au-delà) ; taux. À relever chaque trimestre.",
            columns=(
                Column("up_to_cents", "Jusqu’à", Kind.MONEY, required=False),
                Column("percent", "Taux", Kind.PERCENT),
            ),
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            MOST_CENTS, "Montant le plus haut d’un micro-crédit", Kind.MONEY, kept["most_cents"], low=1,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            MOST_MONTHS, "Durée la plus longue d’un micro-crédit", Kind.INTEGER, kept["most_months"], "mois",
            "Du premier versement à la dernière mensualité.", low=1, high=600, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            LEGAL_SENTENCE, "Phrase légale des offres de crédit", Kind.TEXT, SENTENCE,
            hint="À réécrire, avec sa date, si la loi la change.", scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            MOTIVES,
            "Motifs de refus d’une banque",
            Kind.TABLE,
            [{"code": about.value, "label": label} for about, label in ABOUT_LABELS.items()],
            hint="Une ligne par motif : un mot-code sans accent, qui ne change plus ; le texte que la banque lit. Les "
            "codes livrés orientent aussi les propositions après un refus ; d’autres sont seulement comptés.",
            columns=(Column("code", "Code"), Column("label", "Texte")),
            scopes=(Scope.EVERYWHERE,),
        ),
        _days(WITHDRAWAL_DAYS, "Rétractation", "Jours pour changer d’avis, à partir du lendemain de la signature."),
        _days(NO_PAYMENT_DAYS, "Sans versement après la signature", "Jours pendant lesquels rien n’est versé."),
        _days(OFFER_DAYS, "Validité d’une offre", "Jours pendant lesquels l’offre de la banque tient."),
        Parameter(
            FLOOR_CENTS, "Reste à vivre le plus bas", Kind.MONEY, kept["floor_cents"],
            hint="Par mois et par unité de consommation. En dessous, le feu est rouge.", low=0,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            DEBT_PERCENT, "Taux d’endettement le plus haut", Kind.PERCENT, kept["debt_percent"],
            hint="Mensualités de crédit, sur les revenus. Au-dessus, le feu est rouge.",
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
    )  # fmt: skip
