"""The diagnoses of the people of the world: one in hand with the words of an attacker, and one that is finished."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.accounts.models import User
from mobility.diagnosis import services
from mobility.diagnosis.barriers import Barrier
from mobility.diagnosis.rules import Author, Moment
from mobility.people.models import Person
from tests.factories.diagnosis import make_finished


def diagnose(person: Person, adviser: User, words: str, *, now: datetime) -> None:
    """Give a person both; the one in hand comes first, so that its forms are found."""
    acts = {"actor_id": adviser.id, "now": now}
    diagnosis_id = services.start(person_id=person.id, moment=Moment.END, **acts)
    services.save(
        diagnosis_id=diagnosis_id,
        values={"wish": f"{words} de la personne", "licence": "none", "cost": "tight"},
        author=Author.PERSON,
        user_id=None,
        now=now,
    )
    services.save(
        diagnosis_id=diagnosis_id, values={"licence": "b"}, author=Author.ADVISER, user_id=adviser.id, now=now
    )
    services.override(diagnosis_id=diagnosis_id, dimension="money", value=3, reason=f"{words} de la note", **acts)
    services.invite(diagnosis_id=diagnosis_id, **acts)
    began = now - timedelta(days=90)
    make_finished(
        person, (Barrier.LICENCE, 3, words), strengths=(words,), started_at=began, closed_at=began + timedelta(hours=1)
    )
