"""The dated settings of dossiers: what vehicles cost to run, how long a bank's link answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mobility.microcredit.rules.running_cost import Energy, UnitCosts
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

PRICES = {
    Energy.PETROL: "microcredit.petrol_cents",
    Energy.DIESEL: "microcredit.diesel_cents",
    Energy.ELECTRIC: "microcredit.electricity_cents",
}
NEEDS = {
    Energy.PETROL: "microcredit.petrol_per_100_km",
    Energy.DIESEL: "microcredit.diesel_per_100_km",
    Energy.ELECTRIC: "microcredit.electricity_per_100_km",
}
MAINTENANCE = "microcredit.maintenance_cents"
TYRES = "microcredit.tyres_cents"
INSPECTION = "microcredit.inspection_cents"
LINK_DAYS = "microcredit.link_days"
LATE_DAYS = "microcredit.late_days"
FICP_DAYS = "microcredit.ficp_days"
ALERT_DAYS = "microcredit.alert_days"
GUARANTEE = "microcredit.guarantee_percent"
PAPERS_DAYS = "microcredit.papers_days"
AGEING_DAYS = "microcredit.ageing_days"
REMIND_DAYS = "microcredit.remind_days"
SMALL = "microcredit.small_count"
DEBT_REVIEW_DAYS = "microcredit.debt_review_days"
PLAN_MONTHS = "microcredit.plan_months"
PLAN_MISSES = "microcredit.plan_misses"
ACCORD_DAYS = "microcredit.accord_days"


def unit_costs(energy: Energy, *, on: date, desk_id: int | None = None) -> UnitCosts:
    """Return what a vehicle of this energy costs to run, as set for a day and a desk."""
    return UnitCosts(
        energy_cents=Decimal(queries.value(PRICES[energy], on=on, desk_id=desk_id)),
        energy_per_100_km=Decimal(queries.value(NEEDS[energy], on=on, desk_id=desk_id)),
        maintenance_per_100_km_cents=int(queries.value(MAINTENANCE, on=on, desk_id=desk_id)),
        tyres_per_100_km_cents=int(queries.value(TYRES, on=on, desk_id=desk_id)),
        inspection_cents=int(queries.value(INSPECTION, on=on, desk_id=desk_id)),
    )


def link_days(*, on: date) -> int:
    """Return for how many days the bank's link answers."""
    return int(queries.value(LINK_DAYS, on=on))


def papers_days(*, on: date) -> int:
    """Return for how many days the person's link to send papers answers."""
    return int(queries.value(PAPERS_DAYS, on=on))


def ageing_days(*, on: date) -> int:
    """Return how many days before its last day a paper is said to grow too old."""
    return int(queries.value(AGEING_DAYS, on=on))


def remind_days(*, on: date) -> int:
    """Return after how many days a bank that has not said that it has the dossier is written to again."""
    return int(queries.value(REMIND_DAYS, on=on))


def late_days(*, on: date) -> int:
    """Return after how many days an instalment that was not seen counts as missed."""
    return int(queries.value(LATE_DAYS, on=on))


def ficp_days(*, on: date) -> int:
    """Return after how many days a default may be entered in the FICP, were it a single instalment's."""
    return int(queries.value(FICP_DAYS, on=on))


def alert_days(*, on: date) -> int:
    """Return how many days before a second miss the person is written to again."""
    return int(queries.value(ALERT_DAYS, on=on))


def debt_review_days(*, on: date) -> int:
    """Return after how many days the adviser looks again at debts that a dossier waits for, unless they choose a day."""
    return int(queries.value(DEBT_REVIEW_DAYS, on=on))


def plan_months(*, on: date, bank_id: int | None) -> int:
    """Return over how many months a plan of arrears goes at most, as agreed with a bank."""
    return int(queries.value(PLAN_MONTHS, on=on, organisation_id=bank_id))


def plan_misses(*, on: date) -> int:
    """Return how many sums that are late together end a plan of arrears."""
    return int(queries.value(PLAN_MISSES, on=on))


def accord_days(*, on: date) -> int:
    """Return for how many days the link to read and sign an agreement answers."""
    return int(queries.value(ACCORD_DAYS, on=on))


def small_count(*, on: date) -> int:
    """Return the number of dossiers below which an indicator is hidden."""
    return int(queries.value(SMALL, on=on))


def guarantee_percent(*, on: date, bank_id: int | None) -> Decimal:
    """Return the guarantee fund's share of a loss (per cent), as agreed with a bank for contracts of a day."""
    return Decimal(queries.value(GUARANTEE, on=on, organisation_id=bank_id))


def _cost(key: str, label: str, default: object, hint: str, kind: Kind = Kind.MONEY) -> Parameter:
    return Parameter(key, label, kind, default, "", hint, low=0, scopes=(Scope.EVERYWHERE, Scope.DESK))


def declare() -> None:
    """Declare the settings. The unit costs are an order of size that the operator corrects with its date."""
    litres = "Litres aux 100 km d’une voiture ordinaire."
    registry.declare(
        _cost(PRICES[Energy.PETROL], "Essence : prix du litre", 175, "Relevé des stations du territoire."),
        _cost(PRICES[Energy.DIESEL], "Gazole : prix du litre", 165, "Relevé des stations du territoire."),
        _cost(PRICES[Energy.ELECTRIC], "Électricité : prix du kWh", 25, "Recharge à domicile."),
        _cost(NEEDS[Energy.PETROL], "Essence : consommation", "6.5", litres, Kind.DECIMAL),
        _cost(NEEDS[Energy.DIESEL], "Gazole : consommation", "5.5", litres, Kind.DECIMAL),
        _cost(NEEDS[Energy.ELECTRIC], "Électricité : consommation", "16", "kWh aux 100 km.", Kind.DECIMAL),
        _cost(MAINTENANCE, "Entretien d’un véhicule", 500, "Aux 100 km, pneus non compris."),
        _cost(TYRES, "Pneus", 100, "Aux 100 km."),
        _cost(INSPECTION, "Contrôle technique", 8000, "Une visite, tous les deux ans."),
        Parameter(
            LINK_DAYS, "Micro-crédit : durée du lien donné à la banque", Kind.INTEGER, 30, "jours",
            "Passé ce délai, le dossier se renvoie.", low=1, high=180, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            PAPERS_DAYS, "Micro-crédit : durée du lien pour envoyer des papiers", Kind.INTEGER, 21, "jours",
            "Passé ce délai, redemandez les papiers : un nouveau lien part.", low=1, high=90, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            AGEING_DAYS, "Micro-crédit : prévenir avant qu’un papier ne soit trop ancien", Kind.INTEGER, 21, "jours",
            "Le temps d’en avoir un nouveau et que la banque décide.", low=1, high=90, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            REMIND_DAYS, "Micro-crédit : rappel à la banque sans accusé de réception après", Kind.INTEGER, 4, "jours",
            "Un e-mail part à la banque, et l’antenne voit une tâche.", low=1, high=60, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            LATE_DAYS, "Micro-crédit : une mensualité compte comme manquée après", Kind.INTEGER, 5, "jours",
            "Le temps que la banque dise ce qu’elle a reçu.", low=0, high=30, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            FICP_DAYS, "Micro-crédit : inscription possible au FICP après", Kind.INTEGER, 60, "jours",
            "Un défaut de deux mensualités, ou de plus de tant de jours.", low=1, high=365, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            ALERT_DAYS, "Micro-crédit : écrire de nouveau avant la deuxième mensualité manquée", Kind.INTEGER, 7,
            "jours", "Un message neutre à la personne, un autre à son conseiller.", low=1, high=30,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            DEBT_REVIEW_DAYS, "Micro-crédit : faire le point sur les dettes d’abord après", Kind.INTEGER, 30, "jours",
            "Proposé quand un dossier attend une solution aux dettes ; le conseiller choisit le jour.", low=1, high=366,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            PLAN_MONTHS, "Micro-crédit : durée la plus longue d’un plan amiable", Kind.INTEGER, 12, "mois",
            "Une banque peut avoir la sienne.", low=1, high=36, scopes=(Scope.EVERYWHERE, Scope.ORGANISATION),
        ),
        Parameter(
            PLAN_MISSES, "Micro-crédit : un plan amiable s’arrête quand manquent ensemble", Kind.INTEGER, 2, "sommes",
            "Mensualités et sommes du plan comptent ensemble.", low=1, high=12, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            ACCORD_DAYS, "Micro-crédit : durée du lien pour lire et signer un accord", Kind.INTEGER, 14, "jours",
            "Passé ce délai, renvoyez le lien.", low=1, high=90, scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            SMALL, "Micro-crédit : indicateurs masqués en dessous de", Kind.INTEGER, 5, "dossiers",
            "Une ligne de trop peu de dossiers dirait quelque chose de quelqu’un.", low=1, high=50,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            GUARANTEE, "Micro-crédit : part du fonds de garantie dans une perte", Kind.PERCENT, 50,
            hint="Fonds de cohésion sociale ; celle du jour du contrat. Une banque peut avoir la sienne.",
            scopes=(Scope.EVERYWHERE, Scope.ORGANISATION),
        ),
    )  # fmt: skip
