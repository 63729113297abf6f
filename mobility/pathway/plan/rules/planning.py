"""From what a diagnosis found and what the aids offer to plans that hold: « rapide », « économique », « durable ». Pure.

A plan is a set of options. It never holds one that the person may not have, that breaks a limit, or that needs another
which is missing; never more per month than the person can pay; and each barrier that blocks is lifted, for good or in
the meantime, by the day the objective begins. Where no such plan exists, it is said why, and what could be earliest.

All plans of the options that count are looked at. Scores follow the desk's settings, the same for everybody there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mobility.diagnosis.barriers import LABELS as BARRIER_LABELS
from mobility.diagnosis.barriers import FoundBarrier
from mobility.pathway.plan.rules.options import (
    HEAVY,
    Option,
    Request,
    cost_words,
    day_words,
    lifted_on,
    monthly_of,
    refusal,
)
from mobility.pathway.plan.rules.settings import PROFILE_LABELS, Profile

# The search looks at every set of so many options; more than these add nothing that the first ones do not.
SHORTLIST = 12


@dataclass(frozen=True)
class Measures:
    """What a plan comes to: the criteria by which plans are compared."""

    lifted: int
    wait: int
    person_cents: int
    funder_cents: int
    lasting: int

    def dominates(self, other: Measures) -> bool:
        """Tell whether it is as good in everything, and better in something."""
        return self != other and all(mine <= theirs for mine, theirs in zip(self.order, other.order, strict=True))

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        """The criteria so that less is better."""
        return -self.lifted, self.wait, self.person_cents, self.funder_cents, -self.lasting


@dataclass(frozen=True)
class Scores:
    """The four parts of 0 to 100, and their weighted whole."""

    lift: int
    speed: int
    thrift: int
    lasting: int
    whole: int


@dataclass(frozen=True)
class ProposedPlan:
    """A plan that holds, for what it is ranked, with a sentence for each choice."""

    options: tuple[Option, ...]
    profiles: tuple[Profile, ...]
    measures: Measures
    scores: Scores
    monthly_cents: int
    starts_on: date | None
    because: tuple[str, ...]
    still_open: tuple[str, ...]

    @property
    def label(self) -> str:
        """« Rapide et économique »."""
        words = [PROFILE_LABELS[profile] for profile in self.profiles]
        return " et ".join([words[0], *(word.lower() for word in words[1:])]) if words else "Au plus tôt"


@dataclass(frozen=True)
class LeftOut:
    """An aid that no proposal holds, and why."""

    label: str
    why: str


@dataclass(frozen=True)
class Proposals:
    """What can be proposed; where nothing can, ``sorry`` says why and ``later`` what could be earliest."""

    plans: tuple[ProposedPlan, ...]
    left_out: tuple[LeftOut, ...]
    sorry: tuple[str, ...] = ()
    later: ProposedPlan | None = field(default=None)


def propose(request: Request, options: Sequence[Option]) -> Proposals:
    """Return the best plan of each profile; one plan may be the best of several."""
    if not request.needs:
        return Proposals((), (), ("Le diagnostic n’a trouvé aucun frein : il n’y a rien à proposer.",))
    fitting, refused = _sift(request, options)
    chosen = shortlist(request, fitting)
    sets = list(_sets(request, chosen))
    holding = [one for one in sets if holds(request, one)]
    if not holding:
        later = _earliest(request, sets)
        return Proposals(
            (), _left(request, options, refused, later.options if later else ()), _sorry(request, fitting, later), later
        )
    best = {profile: _first(request, holding, profile) for profile in Profile}
    of_plan: dict[tuple[Option, ...], list[Profile]] = {}
    for profile, one in best.items():
        of_plan.setdefault(one, []).append(profile)
    plans = tuple(_plan(request, one, tuple(profiles), profiles[0]) for one, profiles in of_plan.items())
    used = {option.key for plan in plans for option in plan.options}
    left = _left(request, options, refused, [option for option in options if option.key in used])
    return Proposals(plans, left)


# ---- what may be chosen at all


def _sift(request: Request, options: Sequence[Option]) -> tuple[list[Option], dict[str, str]]:
    wanted = {need.barrier for need in request.needs}
    # What only bothers calls for no aid of its own, as long as something heavier stands in the way.
    heavy = {need.barrier for need in request.needs if need.severity >= HEAVY} or wanted
    fitting, refused = [], {}
    for option in options:
        why = refusal(request, option)
        if not option.lifts & wanted:
            why = "Ne lève aucun des freins trouvés."
        elif not why and not option.lifts & heavy:
            why = "Ne répond qu’à une gêne : à voir avec la personne, plus tard."
        if why:
            refused[option.key] = why
        else:
            fitting.append(option)
    # What another option builds on comes along, though it lifts nothing by itself.
    built_on = {key for option in fitting for key in option.needs}
    for option in options:
        if option.key in built_on and option.key in refused and not refusal(request, option):
            fitting.append(option)
            del refused[option.key]
    return fitting, refused


def shortlist(request: Request, options: Sequence[Option]) -> list[Option]:
    """Return the options that the search looks at: for each barrier, heaviest first, the soonest, cheapest, lasting."""
    found: dict[str, Option] = {}
    by_key = {option.key: option for option in options}
    rounds = max(len(options), 1)
    for turn in range(rounds):
        for need in sorted(request.needs, key=lambda one: -one.severity):
            lifting = [option for option in options if need.barrier in option.lifts]
            for ranked in (
                sorted(lifting, key=lambda one: (one.ready_on, one.person_cents, one.key)),
                sorted(lifting, key=lambda one: (one.person_cents, one.funder_cents, one.ready_on, one.key)),
                sorted(lifting, key=lambda one: (not one.lasting, one.ready_on, one.key)),
            ):
                if turn < len(ranked):
                    for key in (ranked[turn].key, *sorted(ranked[turn].needs)):
                        if key in by_key and len(found) < SHORTLIST:
                            found.setdefault(key, by_key[key])
    return sorted(found.values(), key=lambda one: one.key)


def _sets(request: Request, options: Sequence[Option]) -> Iterator[tuple[Option, ...]]:
    """Give every set of options, but those that are too dear already: nothing added makes them cheaper."""
    budget = request.limits.monthly_cents

    def grow(at: int, chosen: tuple[Option, ...]) -> Iterator[tuple[Option, ...]]:
        if chosen:
            yield chosen
        for place in range(at, len(options)):
            option = options[place]
            if option.group and any(option.group == other.group for other in chosen):
                continue
            larger = (*chosen, option)
            if budget is None or _monthly(request, larger) <= budget:
                yield from grow(place + 1, larger)

    return grow(0, ())


def holds(request: Request, options: Sequence[Option]) -> bool:
    """Tell whether a plan keeps every hard limit, the day of what blocks included."""
    return is_whole(request, options) and not _open_at(request, options)


def is_whole(request: Request, options: Sequence[Option]) -> bool:
    """Tell whether a plan keeps every limit but the day of what blocks."""
    wanted = {need.barrier for need in request.needs if need.severity >= HEAVY}
    wanted = wanted or {need.barrier for need in request.needs}
    keys = {option.key for option in options}
    groups = [option.group for option in options if option.group]
    budget = request.limits.monthly_cents
    return (
        any(option.lifts & wanted for option in options)
        and not any(refusal(request, option) for option in options)
        and all(option.needs <= keys for option in options)
        and len(groups) == len(set(groups))
        and (budget is None or _monthly(request, options) <= budget)
    )


def _open_at(request: Request, options: Sequence[Option]) -> list[FoundBarrier]:
    """Return the barriers that block and that the plan does not lift in time."""
    return [
        need
        for need in request.blocking
        if (lifted := lifted_on(need.barrier, options)) is None
        or (request.deadline is not None and lifted > request.deadline)
    ]


def _monthly(request: Request, options: Iterable[Option]) -> int:
    return monthly_of(options, spread_months=request.settings.spread_months)


# ---- comparing


def measure(request: Request, options: Sequence[Option]) -> Measures:
    """Return what a plan comes to: severities lifted, days waited by severity, costs, severities lifted for good."""
    lifted = wait = lasting = 0
    longest = request.settings.longest_wait_days
    for need in request.needs:
        day = lifted_on(need.barrier, options)
        days = longest if day is None else max(min((day - request.today).days, longest), 0)
        lifted += need.severity if day is not None else 0
        wait += need.severity * days
        lasting += need.severity * any(need.barrier in option.lifts and option.lasting for option in options)
    return Measures(
        lifted=lifted,
        wait=wait,
        person_cents=sum(option.person_cents for option in options),
        funder_cents=sum(option.funder_cents for option in options),
        lasting=lasting,
    )


def _exact(request: Request, measures: Measures, profile: Profile) -> int:
    """Return the weighted score in exact whole numbers, so that no rounding turns an order round."""
    longest_days, dear = request.settings.longest_wait_days, 2 * request.settings.dear_cents
    longest = sum(need.severity for need in request.needs) * longest_days
    weights = request.settings.weights[profile]
    return (
        (weights.lift * measures.lifted + weights.lasting * measures.lasting) * longest_days * dear
        + weights.speed * (longest - measures.wait) * dear
        + weights.thrift * (dear - _spent(measures, dear)) * longest
    )


def _spent(measures: Measures, dear: int) -> int:
    """Return what counts for thrift: the person's own money twice a funder's, ``dear`` at most."""
    return min(2 * measures.person_cents + measures.funder_cents, dear)


def _rank(request: Request, options: Sequence[Option], profile: Profile) -> tuple[object, ...]:
    """Return the key that sorts plans, the best first: where scores are equal, no dominated plan comes before."""
    measures = measure(request, options)
    return -_exact(request, measures, profile), measures.order, len(options), tuple(option.key for option in options)


def _first(request: Request, sets: Iterable[tuple[Option, ...]], profile: Profile) -> tuple[Option, ...]:
    return min(sets, key=lambda one: _rank(request, one, profile))


def scores_of(request: Request, measures: Measures, profile: Profile) -> Scores:
    """Return the parts and the whole, of 0 to 100, as pages show them."""
    total = sum(need.severity for need in request.needs)
    longest, dear = total * request.settings.longest_wait_days, 2 * request.settings.dear_cents
    most = longest * dear * request.settings.weights[profile].total
    return Scores(
        lift=round(100 * measures.lifted / total),
        speed=round(100 - 100 * measures.wait / longest),
        thrift=round(100 - 100 * _spent(measures, dear) / dear),
        lasting=round(100 * measures.lasting / total),
        whole=round(100 * _exact(request, measures, profile) / most),
    )


def _earliest(request: Request, sets: Sequence[tuple[Option, ...]]) -> ProposedPlan | None:
    """Return the plan that lifts what blocks soonest, late as it is; None where nothing lifts all of it."""
    late = [
        one
        for one in sets
        if is_whole(request, one) and all(lifted_on(need.barrier, one) is not None for need in request.blocking)
    ]
    if not late:
        return None
    soonest = min(late, key=lambda one: (_ready(request, one), _rank(request, one, Profile.FAST)))
    return _plan(request, soonest, (), Profile.FAST)


def _ready(request: Request, options: Sequence[Option]) -> date:
    days = [lifted_on(need.barrier, options) or request.today for need in request.blocking]
    return max([request.today, *days])


# ---- saying


def _plan(request: Request, options: Sequence[Option], profiles: tuple[Profile, ...], shown: Profile) -> ProposedPlan:
    ordered = tuple(sorted(options, key=lambda one: (one.ready_on, one.lasting, one.key)))
    measures = measure(request, ordered)
    return ProposedPlan(
        options=ordered,
        profiles=profiles,
        measures=measures,
        scores=scores_of(request, measures, shown),
        monthly_cents=_monthly(request, ordered),
        starts_on=_ready(request, ordered) if request.blocking else None,
        because=tuple(_because(request, option) for option in ordered),
        still_open=tuple(
            f"{BARRIER_LABELS[need.barrier]} : {need.because}"
            for need in request.needs
            if lifted_on(need.barrier, ordered) is None
        ),
    )


def _because(request: Request, option: Option) -> str:
    """Say why an option is in a plan: « … : dès le 24 novembre, gratuit, lève « Permis » pour de bon »."""
    lifted = " et ".join(
        f"« {BARRIER_LABELS[need.barrier]} »" for need in request.needs if need.barrier in option.lifts
    )
    how = "pour de bon" if option.lasting else "en attendant"
    when = "tout de suite" if option.ready_on <= request.today else f"à partir du {day_words(option.ready_on)}"
    lifts = f"Lève {lifted} {how}." if lifted else "Une autre aide du plan en a besoin."
    return f"{option.label} : {when}, {cost_words(option)}. {lifts}"


def _left(
    request: Request, options: Sequence[Option], refused: Mapping[str, str], used: Iterable[Option]
) -> tuple[LeftOut, ...]:
    taken = {option.key for option in used}
    return tuple(
        LeftOut(option.label, refused.get(option.key) or _beaten(request, option))
        for option in options
        if option.key not in taken
    )


def _beaten(request: Request, option: Option) -> str:
    if request.deadline is not None and option.ready_on > request.deadline and not option.lasting:
        return f"Disponible le {day_words(option.ready_on)}, après le premier jour ({day_words(request.deadline)})."
    return "D’autres aides lèvent les mêmes freins plus tôt, pour moins cher ou pour plus longtemps."


def _sorry(request: Request, fitting: Sequence[Option], later: ProposedPlan | None) -> tuple[str, ...]:
    """Say honestly why nothing fits, barrier by barrier."""
    if not request.blocking:
        return ("Aucune aide possible ne lève les freins trouvés.",)
    first = (
        f"Aucun plan ne permet de commencer le {day_words(request.deadline)}."
        if request.deadline is not None
        else "Aucun plan ne lève tout ce qui bloque aujourd’hui."
    )
    said = [first]
    for need in request.blocking:
        lifted, label = lifted_on(need.barrier, fitting), BARRIER_LABELS[need.barrier]
        if lifted is None:
            said.append(f"« {label} » : aucune aide possible ne lève ce frein. {need.because}")
        elif request.deadline is not None and lifted > request.deadline:
            said.append(f"« {label} » : au plus tôt le {day_words(lifted)}. {need.because}")
    if len(said) == 1:
        said.append("Chaque frein peut être levé, mais pas tous à la fois avec ce budget.")
    if later is not None and later.starts_on is not None:
        said.append(f"Au plus tôt : le {day_words(later.starts_on)}, avec le plan ci-dessous.")
    return tuple(said)
