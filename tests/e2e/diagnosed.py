"""Diagnoses for the pages that are walked: one in hand, one to compare, the beneficiary's own, and its link."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobility.core.clock import day_of
from mobility.demo.diagnosis import PROFILES
from mobility.diagnosis import queries, services, tokens
from mobility.diagnosis.queries import standing_of
from mobility.diagnosis.rules import AbandonReason, Author, Moment


def _fresh(person_id: int, moment: Moment, *, adviser_id: int, now: datetime) -> int:
    open_id = standing_of([person_id]).open_id
    if open_id is not None:
        services.abandon(diagnosis_id=open_id, reason=AbandonReason.SOLVED, note=None, actor_id=adviser_id, now=now)
    return services.start(person_id=person_id, moment=moment, actor_id=adviser_id, now=now)


def diagnose(*, person_id: int, own_id: int, other_id: int, adviser_id: int, now: datetime) -> dict[str, Any]:
    """Make them, and return their ids."""
    ids: dict[str, Any] = {}
    for who, before in ((person_id, timedelta(days=2)), (person_id, timedelta(days=1)), (own_id, timedelta(days=1))):
        at = now - before
        moment = Moment.START if before.days == 2 else Moment.END
        ids["compared_diagnosis_id"] = ids.get("diagnosis_id")
        ids["diagnosis_id"] = _fresh(who, moment, adviser_id=adviser_id, now=at)
        profile = PROFILES[0 if before.days == 2 else 2]
        services.save(
            diagnosis_id=ids["diagnosis_id"], values=profile, author=Author.ADVISER, user_id=adviser_id, now=at
        )
        services.finish(diagnosis_id=ids["diagnosis_id"], actor_id=adviser_id, now=at)
    own = services.start_alone(person_id=own_id, user_id=None, now=now)
    ids["diagnosis_token"] = tokens.prepare_token(queries.get_diagnosis(own), now=now, days=14)
    ids["diagnosis_id"] = _fresh(person_id, Moment.MIDWAY, adviser_id=adviser_id, now=now)
    values = {"licence": "none", "learning": "no", "stop": "none", "cannot": ["night"], "equipment": "no"}
    services.save(diagnosis_id=ids["diagnosis_id"], values=values, author=Author.PERSON, user_id=None, now=now)
    open_other = standing_of([other_id]).open_id
    if open_other is not None:
        services.abandon(diagnosis_id=open_other, reason=AbandonReason.MOVED, note=None, actor_id=adviser_id, now=now)
    assert queries.fill(queries.get_diagnosis(own), today=day_of(now)).missing
    return ids
