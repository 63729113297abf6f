"""Agreements between a person and their bank, written by the services. Call inside ``app``; each function commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mobility.core.db import load
from mobility.documents.services import prepare_bytes
from mobility.microcredit.accords import planning
from mobility.microcredit.accords.services import laying, signing
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.rules.accords import AccordState
from mobility.microcredit.rules.arrears import Line
from mobility.microcredit.rules.rescheduling import NewPlan
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.pathway.services.signing import Mark
from mobility.people.models import Person
from tests.factories.documents import PDF


def arrears(dossier_id: int, *, now: datetime) -> planning.Arrears:
    """What is late of a loan."""
    row = get_dossier(dossier_id)
    return planning.arrears_of(row, on=now.date(), desk_id=load(Person, row.person_id).desk_id)


def a_plan(dossier_id: int, *, now: datetime, months: int = 3, lines: list[Line] | None = None) -> int:
    """A plan of what is late, laid before the person."""
    found = arrears(dossier_id, now=now)
    if lines is None:
        first_on = planning.first_day(found, on=now.date())
        lines = list(planning.suggestion(found, first_on=first_on, months=months).lines)
    return laying.lay_plan(
        dossier_id=dossier_id, lines=lines, reason="Un mois sans salaire", version=None, actor_id=None, now=now
    )


def a_schedule(dossier_id: int, plan: NewPlan, *, now: datetime, reason: str = "Moins d’heures") -> int:
    """A new schedule, laid before the person."""
    return laying.lay_schedule(dossier_id=dossier_id, plan=plan, reason=reason, version=None, actor_id=None, now=now)


def signed(accord_id: int, *, now: datetime, manner: Manner = Manner.LINK, **values: Any) -> AccordState:
    """The person signs."""
    facts: dict[str, Any] = {"party": Party.PERSON, "name": "Nadia Benali", "ink": "", "agreed": True, **values}
    return signing.sign(accord_id=accord_id, mark=Mark(manner=manner, **facts), actor_id=None, now=now)


def bank_agreed(accord_id: int, *, now: datetime) -> AccordState:
    """The bank's paper comes."""
    prepared = prepare_bytes(PDF, "accord.pdf")
    return signing.note_bank(accord_id=accord_id, agreed_on=now.date(), prepared=prepared, actor_id=None, now=now)


def agreed(accord_id: int, *, now: datetime) -> AccordState:
    """Both agree."""
    signed(accord_id, now=now)
    return bank_agreed(accord_id, now=now)
