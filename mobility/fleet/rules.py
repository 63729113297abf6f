"""What may be lent until when, what a vehicle is allowed to be, and how an odometer runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from mobility.fleet.errors import OdometerBackwards, OdometerRefused, WrongPaper, WrongVehicle
from mobility.fleet.inspections import Inspection, inspection_valid_until
from mobility.fleet.kinds import CYCLES, Category, Energy, Gearbox, LicenceCategory

NEVER = date.min
"""The last lendable day of a vehicle that lacks a paper: before every day."""

OPEN_END_YEAR = 2100
"""An out-of-service period without a known end is stored with an end in this year."""

MAX_KM = 2_000_000
MAX_KM_PER_DAY = 2_500
SOON_DAYS = 45

LICENCE_NEEDED: Mapping[Category, LicenceCategory | None] = MappingProxyType(
    {
        Category.CAR: LicenceCategory.B,
        Category.ADAPTED: LicenceCategory.B,
        Category.LIGHT_CAR: LicenceCategory.AM,
        Category.MOPED: LicenceCategory.AM,
        Category.EBIKE: None,
        Category.BIKE: None,
    }
)
"""B covers AM vehicles, and nobody born before 1988 needs AM: that is for eligibility to say."""


@dataclass(frozen=True, slots=True)
class Insured:
    """One insurance paper: both days included."""

    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What the rules need to know of a vehicle's papers."""

    category: Category
    first_registered_on: date | None
    inspections: tuple[Inspection, ...] = ()
    insurances: tuple[Insured, ...] = ()
    retired_on: date | None = None


def licence_needed(category: Category) -> LicenceCategory | None:
    """Return the licence without which the vehicle may not be driven; None for bikes."""
    return LICENCE_NEEDED[category]


def needs_full_licence(category: Category, gearbox: Gearbox) -> bool:
    """Tell whether a licence limited to automatic gearboxes (code 78) is not enough."""
    return licence_needed(category) is LicenceCategory.B and gearbox is Gearbox.MANUAL


def needs_insurance(category: Category) -> bool:
    """Tell whether the vehicle must be insured to be on the road; bikes need not."""
    return category not in CYCLES


def insured_until(insurances: Iterable[Insured], on: date) -> date:
    """Return the last day of unbroken cover from ``on``; NEVER where that day is not covered."""
    covered = NEVER
    for paper in sorted(insurances, key=lambda paper: paper.from_on):
        reached = on if covered is NEVER else covered + timedelta(days=1)
        if paper.from_on <= reached <= paper.until_on:
            covered = paper.until_on
            if covered == date.max:
                break
    return covered


def lendable_until(papers: PaperFacts, on: date) -> date | None:
    """Return the last day of a loan that begins on ``on``; NEVER if it may not begin; None without limit.

    Contrôle technique and insurance must both hold on every day of the loan; a retired vehicle is gone
    on the day of its retirement.
    """
    ends: list[date] = []
    inspected = inspection_valid_until(papers.category, papers.first_registered_on, papers.inspections)
    if inspected is not None:
        ends.append(inspected)
    if needs_insurance(papers.category):
        ends.append(insured_until(papers.insurances, on))
    if papers.retired_on is not None:
        ends.append(papers.retired_on - timedelta(days=1) if papers.retired_on > NEVER else NEVER)
    if not ends:
        return None
    last = min(ends)
    return last if last >= on else NEVER


def can_lend(papers: PaperFacts, first_on: date, last_on: date) -> bool:
    """Tell whether the papers hold on every day from ``first_on`` to ``last_on``."""
    until = lendable_until(papers, first_on)
    return until is None or last_on <= until


def check_vehicle(
    *,
    category: Category,
    energy: Energy,
    gearbox: Gearbox,
    seats: int,
    first_registered_on: date | None,
    fiscal_power_cv: int | None,
    today: date,
) -> None:
    """Raise WrongVehicle, on its field, where the description contradicts itself."""
    _check_drive(category, energy, gearbox)
    if category in CYCLES:
        if fiscal_power_cv is not None:
            raise WrongVehicle("Un vélo n’a pas de puissance fiscale. Laissez ce champ vide.", field="fiscal_power_cv")
    elif first_registered_on is None:
        raise WrongVehicle(
            "Notez la date de première mise en circulation : elle est sur la carte grise (champ B).",
            field="first_registered_on",
        )
    if first_registered_on is not None and not date(1950, 1, 1) <= first_registered_on <= today:
        raise WrongVehicle(
            "La première mise en circulation ne peut pas être dans le futur ni avant 1950. Vérifiez la date.",
            field="first_registered_on",
        )
    most = {Category.CAR: 9, Category.ADAPTED: 9, Category.LIGHT_CAR: 2, Category.MOPED: 2}.get(category, 2)
    if not 1 <= seats <= most:
        raise WrongVehicle(
            "Ce type de véhicule a de 1 à %(most)d place(s), conducteur compris.", field="seats", most=most
        )


def _check_drive(category: Category, energy: Energy, gearbox: Gearbox) -> None:
    if (category is Category.BIKE) != (energy is Energy.HUMAN):
        raise WrongVehicle(
            "L’énergie « musculaire » va avec le vélo sans moteur, et lui seul. Corrigez l’un des deux.",
            field="energy",
        )
    if category is Category.EBIKE and energy is not Energy.ELECTRIC:
        raise WrongVehicle("Un vélo électrique roule à l’électricité. Corrigez l’énergie.", field="energy")
    if (category in CYCLES) != (gearbox is Gearbox.NONE):
        raise WrongVehicle(
            "Choisissez « sans boîte de vitesses » pour un vélo, et seulement pour un vélo.", field="gearbox"
        )


def check_insurance(done_on: date, valid_until_on: date | None) -> date:
    """Return the last day of an insurance paper. Raises WrongPaper where it has none or it comes too early."""
    if valid_until_on is None:
        raise WrongPaper("Notez le dernier jour de l’assurance.", field="valid_until_on")
    if valid_until_on < done_on:
        raise WrongPaper("Le dernier jour doit venir après le premier. Vérifiez les dates.", field="valid_until_on")
    return valid_until_on


@dataclass(frozen=True, slots=True)
class Reading:
    """What the odometer showed at an instant."""

    km: int
    read_at: datetime


def check_reading(new: Reading, readings: Sequence[Reading], *, now: datetime) -> None:
    """Raise OdometerBackwards or OdometerRefused unless the reading fits between those around it.

    Kilometres never fall as time goes; a vehicle does not make more than 2 500 km a day; nobody reads an
    odometer in the future (five minutes are left to clocks).
    """
    if not 0 <= new.km <= MAX_KM:
        raise OdometerRefused("Un compteur va de 0 à 2 000 000 km. Vérifiez le nombre.")
    if new.read_at > now + timedelta(minutes=5):
        raise OdometerRefused("Un relevé ne peut pas être dans le futur. Vérifiez l’heure.", field="read_at")
    before = max((r for r in readings if r.read_at <= new.read_at), key=lambda r: (r.read_at, r.km), default=None)
    after = min((r for r in readings if r.read_at >= new.read_at), key=lambda r: (r.read_at, r.km), default=None)
    if before is not None and before.km > new.km:
        raise OdometerBackwards(
            "Le compteur ne peut pas reculer : il montrait déjà %(km)d km. Vérifiez le nombre.", km=before.km
        )
    if after is not None and after.km < new.km:
        raise OdometerBackwards(
            "Le compteur ne peut pas reculer : il montrait %(km)d km plus tard. Vérifiez le nombre et l’heure.",
            km=after.km,
        )
    if before is not None:
        days = (new.read_at - before.read_at) / timedelta(days=1) + 1
        if new.km - before.km > days * MAX_KM_PER_DAY:
            raise OdometerRefused(
                "Ce serait %(gone)d km depuis le dernier relevé (%(km)d km). Y a-t-il un chiffre de trop ?",
                gone=new.km - before.km,
                km=before.km,
            )


def urgency(valid_until_on: date | None, today: date) -> str:
    """Return « lapsed », « soon » (45 days), « fine » or « none » for a last day of validity."""
    if valid_until_on is None:
        return "none"
    if valid_until_on < today:
        return "lapsed"
    return "soon" if valid_until_on <= today + timedelta(days=SOON_DAYS) else "fine"


def in_words(valid_until_on: date | None, today: date) -> str:
    """Return the distance to a last day of validity as people say it: « dans 12 jours », « depuis hier »."""
    if valid_until_on is None:
        return "sans échéance"
    if valid_until_on == NEVER:
        return "jamais noté"
    days = (valid_until_on - today).days
    known = {0: "aujourd’hui", 1: "demain", -1: "dépassé depuis hier"}
    if days in known:
        return known[days]
    months = abs(days) // 30
    span = f"{abs(days)} jours" if months < 3 else f"{months} mois" if months < 24 else f"{months // 12} ans"
    return f"dans {span}" if days > 0 else f"dépassé depuis {span}"
