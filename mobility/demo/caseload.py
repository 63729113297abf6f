"""Phases, handover notes and a transfer, as a platform of some months has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from mobility.caseload import services
from mobility.caseload.rules import Coming
from mobility.core.clock import day_of
from mobility.core.db import load
from mobility.demo.people import Someone
from mobility.demo.places import World
from mobility.people.kinds import Phase
from mobility.people.models import Person

# How the people of a desk are spread over the phases; whoever is left is still being welcomed.
SPREAD = ((Phase.DIAGNOSIS, 20), (Phase.COACHING, 22), (Phase.FOLLOW_UP, 35), (Phase.WATCH, 10))
NOTE = "Elle préfère les rendez-vous du matin. Son code avance bien : encourager avant l’examen."
REASON = "Elle a déménagé."


def build(world: World, crowd: list[Someone], random: Random, *, now: datetime) -> None:
    """Give most people a phase, one colleague of each desk a note to read, and one person another desk."""
    for one in crowd:
        dice = random.randrange(100)
        for phase, share in SPREAD:
            if dice < share:
                _begin(one, phase, random, now=now)
                break
            dice -= share
    for desk_id, advisers in world.advisers.items():
        own = [one for one in crowd if one.desk_id == desk_id and one.adviser_id == advisers[0]]
        if len(advisers) > 1 and own:
            services.write_handover(
                person_id=own[0].person_id, to_user_id=advisers[0], text=NOTE, actor_id=advisers[1], now=now
            )
    _moved(world, crowd, now=now)


def _begin(one: Someone, phase: Phase, random: Random, *, now: datetime) -> None:
    opened = day_of(load(Person, one.person_id).created_at)
    days = (day_of(now) - opened).days
    since_on = opened + timedelta(days=random.randrange(days // 3, days + 1) if days > 3 else 0)
    services.set_phase(person_id=one.person_id, phase=phase, since_on=since_on, actor_id=one.adviser_id, now=now)


def _moved(world: World, crowd: list[Someone], *, now: datetime) -> None:
    """Let the last person of the first desk go to the second one."""
    desks = list(world.advisers)
    found = [one for one in crowd if desks and one.desk_id == desks[0]]
    if len(desks) > 1 and found:
        services.transfer(
            person_id=found[-1].person_id,
            desk_id=desks[1],
            referent_user_id=world.advisers[desks[1]][0],
            reason=REASON,
            coming=Coming.KEEP,
            actor_id=found[-1].adviser_id,
            now=now,
        )
