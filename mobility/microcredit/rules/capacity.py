"""What a budget can bear, and each of its figures in a sentence. Pure.

No law sets a threshold for micro-credit: those are dated configuration. A light is orange within a tenth of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mobility.core.money import format_cents, round_cents
from mobility.microcredit.rules.budget import Change, Figures
from mobility.microcredit.rules.words import percent_fr

_NEAR = Decimal("1.1")


class Light(StrEnum):
    """Whether a budget bears an instalment."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


LIGHT_LABELS: dict[Light, str] = {
    Light.GREEN: "Le budget tient",
    Light.ORANGE: "Le budget tient de justesse",
    Light.RED: "Le budget ne tient pas",
}
LIGHT_TONES: dict[Light, str] = {Light.GREEN: "success", Light.ORANGE: "warning", Light.RED: "danger"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left with an instalment, the debt in per cent of income (None without income), and the sentences why.

    ``left`` and ``debt``: the light of each of the two; ``light``: the worse of them.
    """

    left: Light
    debt: Light
    remaining_cents: int
    floor_cents: int
    debt_percent: Decimal | None
    reasons: tuple[str, ...]

    @property
    def light(self) -> Light:
        """Return the worse of the two lights."""
        return max(self.left, self.debt, key=list(Light).index)


@dataclass(frozen=True, slots=True)
class Said:
    """One figure as people read it: how it was made, and whether it holds (success, warning, danger, neutral)."""

    label: str
    now: str
    after: str
    sentence: str
    tone: str = "neutral"


def judge(budget: Figures, instalment_cents: int = 0, *, floor_cents: int, most_percent: Decimal) -> Verdict:
    """Hold a budget with an instalment against the floor (cents a consumption unit) and the highest debt (per cent)."""
    after = budget.plus(Change(instalment_cents=instalment_cents))
    floor, debt, reasons = round_cents(floor_cents * after.units), after.debt_percent, []
    left_light = _light(floor, after.rest)
    if left_light is Light.RED:
        reasons.append(f"Il resterait {format_cents(after.rest)} par mois pour vivre, moins que {format_cents(floor)}.")
    if debt is None:
        debt_light = Light.RED if after.credits > 0 else Light.GREEN
        if debt_light is Light.RED:
            reasons.append("Il n’y a pas de revenu pour payer les mensualités.")
    else:
        debt_light = _light(debt, most_percent)
        if debt_light is Light.RED:
            reasons.append(
                f"Les mensualités prendraient {percent_fr(debt, 1)} des revenus, plus que {percent_fr(most_percent)}."
            )
    return Verdict(left_light, debt_light, after.rest, floor, debt, tuple(reasons))


def _light(low: Decimal | int, high: Decimal | int) -> Light:
    """Return red where ``low`` passes ``high``, orange where it comes within a tenth of it."""
    if low > high:
        return Light.RED
    return Light.ORANGE if low > 0 and low * _NEAR > high else Light.GREEN


def say_percent(value: Decimal | None) -> str:
    """Write a percentage in French, « sans objet » without income."""
    return "sans objet" if value is None else percent_fr(value)


def explain(
    now: Figures, after: Figures, change: Change, *, floor_cents: int, most_percent: Decimal
) -> tuple[Said, ...]:
    """Say each figure with its sentence, and hold what is left and the debt against the thresholds."""
    units = f"{after.units.normalize():f}".replace(".", ",")
    verdict = judge(after, floor_cents=floor_cents, most_percent=most_percent)
    return (
        Said(
            "Revenus",
            format_cents(now.income),
            format_cents(after.income),
            _income_sentence(change),
        ),
        Said("Charges fixes", format_cents(now.charges), format_cents(after.charges), _charges_sentence(change)),
        Said(
            "Mensualités",
            format_cents(now.credits),
            format_cents(after.credits),
            f"Les crédits en cours, plus {format_cents(change.instalment_cents)} pour ce micro-crédit."
            if change.instalment_cents
            else "Les crédits en cours.",
        ),
        Said(
            "Reste à vivre",
            format_cents(now.rest),
            format_cents(after.rest),
            f"{format_cents(after.income)} de revenus − {format_cents(after.charges)} de charges − "
            f"{format_cents(after.credits)} de mensualités.",
        ),
        Said(
            "Reste à vivre par part",
            format_cents(now.rest_per_unit),
            format_cents(after.rest_per_unit),
            f"Le reste à vivre pour {units} part{'s' if after.units >= 2 else ''} (1 adulte, 0,5 par personne de "
            f"14 ans ou plus, 0,3 par enfant plus jeune). Repère : au moins {format_cents(floor_cents)}.",
            LIGHT_TONES[verdict.left],
        ),
        Said(
            "Taux d’endettement",
            say_percent(now.debt_percent),
            say_percent(verdict.debt_percent),
            f"Les mensualités divisées par les revenus. Repère : au plus {say_percent(most_percent)}."
            if verdict.debt_percent is not None
            else "Sans revenu, aucun taux n’a de sens : la capacité de rembourser est à établir autrement.",
            LIGHT_TONES[verdict.debt] if verdict.debt_percent is not None else LIGHT_TONES[Light.RED],
        ),
    )


def _income_sentence(change: Change) -> str:
    said = "Tout ce qui entre dans le foyer chaque mois ; ce qui vient par semaine, trimestre ou an est ramené au mois."
    if not change.income_cents:
        return said
    return f"{said} Avec le projet : plus {format_cents(change.income_cents)} (salaire, moins les aides qui baissent)."


def _charges_sentence(change: Change) -> str:
    if not change.vehicle_cents and not change.replaced_cents:
        return "Ce qui part chaque mois quoi qu’il arrive, hors crédits."
    replaced = f", moins {format_cents(change.replaced_cents)} qu’il remplace" if change.replaced_cents else ""
    return f"Avec le projet : plus {format_cents(change.vehicle_cents)} pour faire rouler le véhicule{replaced}."
