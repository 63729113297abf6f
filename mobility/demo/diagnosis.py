"""The diagnoses of the demo: who was asked what, what it found, and two who have come a long way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from mobility.core.clock import at_paris, day_of
from mobility.demo.people import Someone
from mobility.diagnosis import services
from mobility.diagnosis.loader import current
from mobility.diagnosis.rules import Author, Moment

# Of those who came since: so many have a finished diagnosis, so many one in hand, so many two to compare.
FINISHED, IN_HAND, COMPARED = 40, 6, 4
SINCE_DAYS = 25

_COMMON: Mapping[str, Any] = {
    "goal_known": "no", "cycling": "yes", "equipment": "no", "french": "yes", "papers": "yes", "children": 0,
    "debts": "none", "at_ease": "yes", "fears": ["none"], "cannot": ["none"], "phone": "smart", "leaves_area": "often",
    "maps": "yes", "reads": "easy", "online": "yes", "advance": "later", "cost": "tight",
}  # fmt: skip
PROFILES: tuple[Mapping[str, Any], ...] = (
    {
        "licence": "none", "learning": "code", "vehicle": "none", "budget": 6000, "hours": ["early"], "stop": "rare",
        "line": "no", "uses": "often", "lift": "sometimes", "assets": ["motivated", "learns"],
        "wish": "Être à l’heure à mon poste du matin.",
    },
    {
        "licence": "b", "drives": "often", "vehicle": "car", "vehicle_state": "broken", "inspection": "due",
        "insured": "yes", "repair_cost": 48000, "budget": 15000, "hours": ["day"], "stop": "often", "line": "partly",
        "uses": "not_wanted", "lift": "no", "assets": ["punctual"], "wish": "Retrouver ma voiture.",
    },
    {
        "licence": "b", "drives": "long_ago", "vehicle": "none", "fears": ["drive"], "at_ease": "prepared",
        "cannot": ["motorway"], "children": 2, "childcare": "fragile", "school_run": "yes", "hours": ["day"],
        "stop": "often", "line": "yes", "uses": "sometimes", "lift": "sometimes", "assets": ["family", "area"],
        "wish": "Reprendre le volant sans stress.",
    },
    {
        "licence": "none", "learning": "no", "vehicle": "bike", "french": "some", "reads": "slow", "maps": "help",
        "online": "help", "papers": "help", "stop": "often", "line": "unknown", "uses": "never", "lift": "no",
        "fears": ["lost"], "at_ease": "with", "cost": "impossible", "advance": "no", "assets": ["motivated"],
        "wish": "Prendre le bus sans me perdre.",
    },
    {
        "licence": "b", "drives": "sometimes", "vehicle": "none", "cannot": ["night", "stand"], "max_minutes": 30,
        "walk_minutes": 10, "hours": ["late"], "stop": "none", "uses": "not_wanted", "lift": "no", "budget": 9000,
        "assets": ["punctual", "neighbours"], "wish": "Un trajet court, de jour.",
    },
)  # fmt: skip
# What had changed when the pathway was well under way.
_SINCE: Mapping[str, Any] = {
    "vehicle": "car", "vehicle_state": "good", "inspection": "yes", "insured": "yes", "licence": "b",
    "drives": "often", "cost": "fine", "at_ease": "yes", "fears": ["none"], "uses": "often", "line": "yes",
}  # fmt: skip


def build(crowd: list[Someone], random: Random, *, now: datetime) -> None:
    """Make diagnoses as they were made: begun by some at home, ended with the adviser."""
    today = day_of(now)
    known = [one for one in crowd if one.since <= today - timedelta(days=5)]
    chosen = random.sample(known, min(FINISHED + IN_HAND, len(known)))
    # A small demo has some of each.
    in_hand = chosen[: max(1, len(chosen) * IN_HAND // (FINISHED + IN_HAND))]
    finished = chosen[len(in_hand) :]
    for number, one in enumerate(in_hand):
        _begin(one, PROFILES[number % len(PROFILES)], today - timedelta(days=2 + number % 3), is_ready=number % 2 == 0)
    for number, one in enumerate(finished):
        profile = PROFILES[number % len(PROFILES)]
        began = max(one.since, today - timedelta(days=SINCE_DAYS + number))
        _finish(one, {**_COMMON, **profile}, began, Moment.START)
        if number < COMPARED and began <= today - timedelta(days=2):
            _finish(one, {**_COMMON, **profile, **_SINCE}, today - timedelta(days=1), Moment.END)


def _of_person(answers: Mapping[str, Any]) -> dict[str, Any]:
    items = current().items
    return {code: value for code, value in answers.items() if items[code].tell is not None}


def _begin(one: Someone, profile: Mapping[str, Any], on: date, *, is_ready: bool) -> None:
    at = at_paris(on, time(18, 30))
    diagnosis_id = services.start(person_id=one.person_id, moment=Moment.START, actor_id=one.adviser_id, now=at)
    services.invite(diagnosis_id=diagnosis_id, actor_id=one.adviser_id, now=at)
    later = at + timedelta(hours=2)
    services.save(diagnosis_id=diagnosis_id, values=_of_person(profile), author=Author.PERSON, user_id=None, now=later)
    if is_ready:
        services.prepared(diagnosis_id=diagnosis_id, user_id=None, now=later)


def _finish(one: Someone, answers: Mapping[str, Any], on: date, moment: Moment) -> None:
    at = at_paris(on, time(10))
    diagnosis_id = services.start(person_id=one.person_id, moment=moment, actor_id=one.adviser_id, now=at)
    later = at + timedelta(minutes=50)
    services.save(diagnosis_id=diagnosis_id, values=answers, author=Author.ADVISER, user_id=one.adviser_id, now=later)
    services.finish(diagnosis_id=diagnosis_id, actor_id=one.adviser_id, now=later)
