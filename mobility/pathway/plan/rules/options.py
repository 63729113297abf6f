"""What may stand in a plan: an aid's option for a person, and the limits that it must keep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from mobility.core.clock import format_date
from mobility.core.money import format_cents
from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits
from mobility.pathway.plan.rules.settings import PlanSettings

HEAVY, BLOCKS = 2, 3


@dataclass(frozen=True)
class Option:
    """What an aid could do for this person: which barriers it lifts, from when, at what cost, under which limits.

    ``reasons`` say why the person may not have it (none: may). ``group``: of one group a plan takes one at most.
    ``needs`` are keys of options without which it makes no sense. ``lasting``: what it lifts stays lifted.
    ``carries``: it takes the person there and back itself. ``days`` is how long it takes or lasts, ``months`` how many
    are paid. ``person_drives``: the person drives or rides. ``only_for``: barriers without which it is not for this person.
    """

    aid_kind: str
    option_key: str
    label: str
    lifts: frozenset[Barrier]
    ready_on: date
    lasting: bool = False
    carries: bool = False
    reasons: tuple[str, ...] = ()
    person_once_cents: int = 0
    person_monthly_cents: int = 0
    funder_cents: int = 0
    months: int = 6
    days: int = 30
    group: str = ""
    needs: frozenset[str] = frozenset()
    person_drives: bool = False
    only_for: frozenset[Barrier] = frozenset()
    uses_motorway: bool = False
    journey_minutes: int | None = None
    walk_minutes: int | None = None

    @property
    def key(self) -> str:
        """What names the option among all aids."""
        return f"{self.aid_kind}|{self.option_key}"

    @property
    def person_cents(self) -> int:
        """What it comes to for the person."""
        return self.person_once_cents + self.person_monthly_cents * self.months


@dataclass(frozen=True)
class Request:
    """What is to be planned: the barriers found, what must be respected, the objective's days, the desk's settings."""

    today: date
    needs: tuple[FoundBarrier, ...]
    limits: Limits
    starts_on: date | None = None
    ends_on: date | None = None
    at_night: bool = False
    settings: PlanSettings = field(default_factory=PlanSettings)

    @property
    def deadline(self) -> date | None:
        """The day by which what blocks must be lifted; None where the objective has begun or has no day."""
        return self.starts_on if self.starts_on is not None and self.starts_on > self.today else None

    @property
    def blocking(self) -> tuple[FoundBarrier, ...]:
        """The barriers that block today."""
        return tuple(need for need in self.needs if need.severity >= BLOCKS)


def refusal(request: Request, option: Option) -> str:
    """Return why a single option cannot be part of any plan; nothing where it can."""
    if option.reasons:
        return " ".join(option.reasons)
    return next(_broken_limits(request, option), "")


def _broken_limits(request: Request, option: Option) -> Iterator[str]:
    limits = request.limits
    found = {need.barrier: need.severity for need in request.needs}
    if not option.only_for <= set(found):
        yield "Réservé à qui en a besoin : le diagnostic n’a pas trouvé ce frein."
    if limits.no_night and request.at_night and option.person_drives:
        yield "La personne ne conduit pas la nuit."
    if option.person_drives and found.get(Barrier.PHYSICAL, 0) >= HEAVY and Barrier.PHYSICAL not in option.lifts:
        yield "Conduire soi-même ne va pas avec ce que la personne peut faire."
    if option.person_drives and not option.lasting and found.get(Barrier.CONFIDENCE, 0) >= HEAVY:
        yield "La personne n’ose pas encore rouler seule : d’abord retrouver confiance."
    if limits.no_motorway and option.uses_motorway:
        yield "La personne ne prend pas l’autoroute."
    if limits.max_minutes is not None and (option.journey_minutes or 0) > limits.max_minutes:
        yield f"Le trajet dure {option.journey_minutes} minutes ; {limits.max_minutes} au plus pour la personne."
    if limits.max_walk_minutes is not None and (option.walk_minutes or 0) > limits.max_walk_minutes:
        yield f"Il faut marcher {option.walk_minutes} minutes ; {limits.max_walk_minutes} au plus pour la personne."
    if request.ends_on is not None and option.ready_on > request.ends_on:
        yield f"Disponible le {day_words(option.ready_on)} seulement, après la fin de l’objectif."
    monthly = monthly_of([option], spread_months=request.settings.spread_months)
    if limits.monthly_cents is not None and monthly > limits.monthly_cents:
        cost, budget = format_cents(monthly), format_cents(limits.monthly_cents)
        yield f"Coûte {cost} par mois à la personne ; son budget est de {budget}."


def monthly_of(options: Iterable[Option], *, spread_months: int) -> int:
    """Return what a plan takes from the person each month; what is paid once is spread over so many."""
    chosen = list(options)
    once = sum(option.person_once_cents for option in chosen)
    return sum(option.person_monthly_cents for option in chosen) + -(-once // spread_months)


def lifted_on(barrier: Barrier, options: Iterable[Option]) -> date | None:
    """Return the first day on which a plan lifts a barrier, or None."""
    return min((option.ready_on for option in options if barrier in option.lifts), default=None)


def cost_words(option: Option) -> str:
    """Say what an option costs the person: « 30,00 € puis 12,00 € par mois »."""
    parts = []
    if option.person_once_cents:
        parts.append(format_cents(option.person_once_cents))
    if option.person_monthly_cents:
        parts.append(f"{format_cents(option.person_monthly_cents)} par mois")
    return f"{' puis '.join(parts)} pour la personne" if parts else "gratuit pour la personne"


def day_words(day: date) -> str:
    """Return a day with its year."""
    return format_date(day, weekday=False, year=0)
