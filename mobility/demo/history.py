"""Months of loans, lived day by day through the services, as a desk lives them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from mobility.core.clock import at_paris, day_of
from mobility.core.db import db, savepoint
from mobility.core.errors import RuleViolation
from mobility.demo.people import Someone
from mobility.demo.places import World
from mobility.desks.queries import get_calendar
from mobility.desks.rules import OpeningCalendar
from mobility.fleet.kinds import Category
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.rules.policy import DepositKind
from mobility.loans.rules.states import LoanState
from mobility.loans.services import booking, day, decisions, handover, money
from mobility.loans.services.money import balance_of

OPENING = time(9)
PICKUP, RETURN = time(9, 30), time(17)
NO_ODOMETER = {Category.EBIKE, Category.BIKE}


def live(world: World, crowd: list[Someone], random: Random, *, first_day: date, now: datetime) -> None:
    """Live every day from the first one to today; each desk's last day is left to whoever opens the demo."""
    calendars = {desk_id: get_calendar(desk_id) for desk_id in world.desks.values()}
    today = day_of(now)
    last_days = {desk_id: _last_open_day(calendar, today) for desk_id, calendar in calendars.items()}
    present = first_day
    while present <= today:
        for desk_id, calendar in calendars.items():
            if calendar.is_open_day(present):
                last_on = last_days[desk_id]
                _one_day(world, crowd, random, desk_id, calendar, present, last_on=last_on, now=now)
        present += timedelta(days=1)


def _last_open_day(calendar: OpeningCalendar, today: date) -> date:
    """Return today, or the last day before on which the desk was open."""
    return next((day_on for back in range(15) if calendar.is_open_day(day_on := today - timedelta(days=back))), today)


def _one_day(
    world: World,
    crowd: list[Someone],
    random: Random,
    desk_id: int,
    calendar: OpeningCalendar,
    present: date,
    *,
    last_on: date,
    now: datetime,
) -> None:
    is_today = present == last_on
    if not is_today:
        _returns(world, random, desk_id, present, last_on)
        _departures(world, random, desk_id, present)
    moment = min(at_paris(present, time(11)), now)
    around = [someone for someone in crowd if someone.desk_id == desk_id and someone.since <= present]
    wanted = random.choice((1, 2, 2, 3))
    free = [one for one in around if one.objective_id and (one.busy_until is None or one.busy_until < present)]
    for someone in random.sample(free, min(wanted, len(free))):
        _book(random, someone, calendar, present, moment, is_today=is_today)
    if not is_today:
        day.close_day(
            desk_id=desk_id, day_on=present, actor_id=world.managers[desk_id], now=at_paris(present, time(18))
        )


def _book(
    random: Random, someone: Someone, calendar: OpeningCalendar, present: date, moment: datetime, *, is_today: bool
) -> None:
    starts_on = calendar.next_open_day(present + timedelta(days=random.randrange(1, 9)))
    if starts_on is None:
        return
    ends_on = calendar.next_open_day(starts_on + timedelta(days=random.choice((2, 4, 6, 9, 13, 20, 27))))
    if ends_on is None:
        return
    by_person = random.random() < 0.5
    try:
        with savepoint():
            loan_id = booking.book(
                person_id=someone.person_id,
                desk_id=someone.desk_id,
                category=_category(random, someone),
                start_at=at_paris(starts_on, PICKUP),
                due_at=at_paris(ends_on, RETURN),
                actor_id=None if by_person else someone.adviser_id,
                now=moment,
                by_person=by_person,
                objective_id=someone.objective_id,
            )
    except RuleViolation:
        # An invented wish that the rules refuse, as happens at a desk.
        return
    someone.busy_until = ends_on
    _decide(random, loan_id, someone, moment, is_today=is_today)


def _category(random: Random, someone: Someone) -> Category:
    return someone.categories[0] if random.random() < 0.7 else random.choice(someone.categories)


def _decide(random: Random, loan_id: int, someone: Someone, moment: datetime, *, is_today: bool) -> None:
    loan = db.session.get_one(Loan, loan_id)
    chance = random.random()
    if loan.state is LoanState.REQUESTED and not is_today:
        if chance < 0.06:
            decisions.refuse(
                loan_id=loan_id,
                reason="Le bus de 4 h 50 convient pour ces horaires.",
                actor_id=someone.adviser_id,
                now=moment,
            )
            someone.busy_until = None
        else:
            decisions.approve(loan_id=loan_id, actor_id=someone.adviser_id, now=moment)
    elif loan.state is LoanState.APPROVED and chance < 0.04:
        decisions.cancel(loan_id=loan_id, reason="La mission est annulée.", actor_id=someone.adviser_id, now=moment)
        someone.busy_until = None


def _loans(desk_id: int, *states: LoanState) -> list[Loan]:
    return list(
        db.session.scalars(select(Loan).where(Loan.desk_id == desk_id, Loan.state.in_(states)).order_by(Loan.id))
    )


def _departures(world: World, random: Random, desk_id: int, present: date) -> None:
    actor_id = world.advisers[desk_id][0]
    for loan in _loans(desk_id, LoanState.APPROVED):
        if day_of(loan.start_at) != present:
            continue
        moment = max(at_paris(present, PICKUP), loan.start_at) + timedelta(minutes=random.randrange(0, 40))
        try:
            with savepoint():
                if random.random() < 0.03:
                    decisions.mark_no_show(loan_id=loan.id, actor_id=actor_id, now=at_paris(present, time(17, 30)))
                    continue
                handover.contract(
                    loan_id=loan.id,
                    deposit_kind=DepositKind.CHEQUE if loan.deposit_cents else None,
                    actor_id=actor_id,
                    now=moment,
                )
                handover.depart(
                    loan_id=loan.id,
                    odometer_km=_odometer(loan),
                    energy_percent=random.choice((50, 75, 90, 100)),
                    actor_id=actor_id,
                    now=moment,
                )
        except RuleViolation:
            continue


def _odometer(loan: Loan) -> int | None:
    from mobility.fleet.models import OdometerReading

    if loan.category in NO_ODOMETER:
        return None
    last = db.session.scalar(
        select(OdometerReading.km)
        .where(OdometerReading.vehicle_id == loan.vehicle_id)
        .order_by(OdometerReading.read_at.desc(), OdometerReading.id.desc())
        .limit(1)
    )
    return last or 20_000


def _returns(world: World, random: Random, desk_id: int, present: date, last_on: date) -> None:
    actor_id = world.advisers[desk_id][0]
    for loan in _loans(desk_id, LoanState.OUT, LoanState.OVERDUE):
        due_on = day_of(loan.due_at)
        late = loan.id % 9 == 0
        # One in nine comes back some days late; of those due this week, some are still out.
        if due_on > present or (late and (present - due_on).days < 4) or (late and (last_on - due_on).days < 8):
            continue
        out_km = db.session.scalar(
            select(LoanInspection.odometer_km).where(
                LoanInspection.loan_id == loan.id, LoanInspection.moment == "departure"
            )
        )
        km = None if out_km is None else out_km + loan.days * random.randrange(15, 70)
        moment = at_paris(present, time(16, 10)) + timedelta(minutes=random.randrange(0, 60))
        try:
            with savepoint():
                handover.return_vehicle(
                    loan_id=loan.id,
                    odometer_km=km,
                    energy_percent=random.choice((25, 50, 75, 100)),
                    actor_id=actor_id,
                    now=moment,
                )
                if random.random() < 0.85:
                    owed = max(0, balance_of(loan).owed_cents)
                    money.settle(loan_id=loan.id, paid_cents=owed, actor_id=actor_id, now=moment + timedelta(minutes=5))
        except RuleViolation:
            continue
