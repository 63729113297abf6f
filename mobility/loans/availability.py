"""What a person could borrow, where and for how much: read-only, a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mobility.core.clock import day_of
from mobility.core.db import load
from mobility.desks.models import Desk
from mobility.desks.queries import reachable_desks
from mobility.fleet.kinds import Category
from mobility.loans import parameters
from mobility.loans.assignment import Candidate, Span, fit_reasons, rank
from mobility.loans.proposals import NEIGHBOURS, REACH_DAYS, DeskHours, Proposal, ProposalKind, other_times
from mobility.loans.queries import facts
from mobility.loans.rules.eligibility import PersonFacts, assess, right_for
from mobility.loans.rules.licences import Driver, driver_for
from mobility.loans.rules.periods import Wish
from mobility.loans.rules.policy import HandoverMode, PolicyFacts, choose_policy
from mobility.loans.rules.quote import Quote, quote
from mobility.loans.rules.reasons import Reason
from mobility.people.models import Person


@dataclass(frozen=True)
class Option:
    """One category at one desk: how many vehicles are free, what it costs, what stands in the way."""

    desk_id: int
    desk_name: str
    category: Category
    free: int
    reasons: tuple[Reason, ...]
    quote: Quote | None
    policy: PolicyFacts | None

    @property
    def possible(self) -> bool:
        """Tell whether it could be booked now."""
        return self.free > 0 and not self.reasons and self.policy is not None


def reach_of(person: Person, *, now: datetime) -> list[int]:
    """Return the desks that the person can reach, the nearest first, and their own desk in any case."""
    position = None
    if person.latitude is not None and person.longitude is not None:
        position = (person.latitude, person.longitude)
    # Who has no address here yet starts from their own desk.
    commune = person.insee_code or load(Desk, person.desk_id).insee_code
    reach = reachable_desks(commune, reach_km=parameters.reach_km(on=day_of(now)), position=position)
    found = [item.desk.id for item in reach]
    return found if person.desk_id in found else [person.desk_id, *found]


def list_options(
    person: Person,
    *,
    desk_ids: Sequence[int],
    start_at: datetime,
    due_at: datetime,
    now: datetime,
    categories: Collection[Category] | None = None,
    needs: Collection[str] = (),
    objective_id: int | None = None,
) -> list[Option]:
    """Return every category that the desks have rules or vehicles for, the possible ones first at each desk."""
    wanted = list(categories if categories is not None else Category)
    desks = facts.desk_settings(desk_ids)
    policies = facts.list_policies(categories=wanted)
    vehicles = facts.candidates(desk_ids=list(desks), category=None, start_at=start_at, end_at=due_at)
    who = facts.person_facts(person, starts_on=day_of(start_at), until_on=day_of(due_at))
    uses = facts.funder_uses(person.id, start_at=start_at)
    tolerated = parameters.tolerated_balance_cents(on=day_of(now))
    options = []
    for desk_id in desk_ids:
        if desk_id not in desks:
            continue
        for category in wanted:
            policy = choose_policy(policies, desk_id=desk_id, category=category, status=person.status, on=day_of(now))
            here = [v for v in vehicles if v.desk_id == desk_id and v.category is category]
            if policy is None or not here:
                continue
            wish = Wish(category, start_at, due_at, objective_id)
            reasons = assess(
                wish, who, facts.setting_for(desks[desk_id], policy.terms, now=now, tolerated_cents=tolerated)
            )
            fitting, lacks = _fitting(here, wish, who, needs)
            free = rank(fitting, Span(start_at, due_at + timedelta(minutes=policy.terms.buffer_minutes)))
            options.append(
                Option(
                    desk_id=desk_id,
                    desk_name=desks[desk_id].name,
                    category=category,
                    free=len(free),
                    reasons=(*reasons, *lacks),
                    quote=None
                    if due_at <= start_at
                    else quote(policy.terms, start_at=start_at, due_at=due_at, used=facts.use_of(policy.terms, uses)),
                    policy=policy,
                )
            )
    return options


def _fitting(
    vehicles: Sequence[Candidate], wish: Wish, who: PersonFacts, needs: Collection[str]
) -> tuple[list[Candidate], list[Reason]]:
    """Return the vehicles that suit; where none does, why the nearest one does not."""
    driver = driver_for(wish.category, who.licences, born_on=who.born_on, on=wish.starts_on)
    each = [(v, fit_reasons(v, driver=driver, needs=needs, last_on=wish.ends_on)) for v in vehicles]
    fitting = [vehicle for vehicle, lacks in each if not lacks]
    return fitting, ([] if fitting else min((lacks for _, lacks in each), key=len, default=[]))


def next_best(
    person: Person,
    who: PersonFacts,
    wish: Wish,
    *,
    desk_id: int,
    policy: PolicyFacts,
    needs: Collection[str],
    now: datetime,
    driver: Driver,
) -> list[Proposal]:
    """Return what could be booked instead: other times here, other desks within reach, a neighbouring category."""
    buffer = timedelta(minutes=policy.terms.buffer_minutes)
    earliest = now + timedelta(hours=policy.terms.lead_time_hours)
    desks = facts.desk_settings([desk_id])
    around = timedelta(days=REACH_DAYS + 1)
    wide = facts.candidates(
        desk_ids=[desk_id],
        category=wish.category,
        start_at=max(wish.start_at - around, now),
        end_at=wish.due_at + around + buffer,
    )
    fitting = [v for v in wide if not _lacks(v, driver, needs, wish)]
    found: list[Proposal] = []
    if desk_id in desks:
        setting = desks[desk_id]
        anytime = setting.key_box and policy.terms.handover is HandoverMode.KEY_BOX
        times = other_times(
            fitting,
            category=wish.category,
            start_at=wish.start_at,
            due_at=wish.due_at,
            buffer=buffer,
            hours=DeskHours(desk_id, setting.calendar, anytime),
            earliest_at=earliest,
        )
        found += [p for p in times if right_for(Wish(p.category, p.start_at, p.due_at), who.rights) is not None]
    found += _elsewhere(person, wish, desk_id=desk_id, needs=needs, now=now)
    return found


def _lacks(vehicle: Candidate, driver: Driver, needs: Collection[str], wish: Wish) -> bool:
    # The papers are looked at again for each proposed end: here any end will do.
    reasons = fit_reasons(vehicle, driver=driver, needs=needs, last_on=wish.starts_on - timedelta(days=REACH_DAYS + 1))
    return bool(reasons)


def _elsewhere(person: Person, wish: Wish, *, desk_id: int, needs: Collection[str], now: datetime) -> list[Proposal]:
    near = [other for other in reach_of(person, now=now) if other != desk_id]
    categories = (wish.category, *NEIGHBOURS[wish.category])
    options = list_options(
        person,
        desk_ids=[*near, desk_id],
        start_at=wish.start_at,
        due_at=wish.due_at,
        now=now,
        categories=categories,
        needs=needs,
        objective_id=wish.objective_id,
    )
    same = [o for o in options if o.possible and o.category is wish.category and o.desk_id != desk_id]
    others = [o for o in options if o.possible and o.category is not wish.category and o.desk_id == desk_id]
    others.sort(key=lambda option: categories.index(option.category))
    return [
        Proposal(kind, option.desk_id, option.category, wish.start_at, wish.due_at)
        for kind, chosen in ((ProposalKind.OTHER_DESK, same[:2]), (ProposalKind.OTHER_CATEGORY, others[:1]))
        for option in chosen
    ]
