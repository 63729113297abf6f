"""People who have left, for the walk over every page and the story of the later question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.organisations.rules import OrganisationKind
from mobility.participation import parameters, services
from mobility.participation.models import Departure
from mobility.participation.queries import Wanted
from mobility.participation.rules.counts import By
from mobility.participation.rules.exits import Outcome
from mobility.participation.rules.items import EvidenceKind
from mobility.participation.services.later import later_link
from mobility.people.rules import add_months
from tests.factories.organisations import make_agreement, make_organisation


def make_operation(*, name: str) -> int:
    """Make an operation of the European fund that covers every desk."""
    funder = make_organisation(OrganisationKind.FUNDER, "Organisme intermédiaire")
    return make_agreement(funder.id, name=name, fse_plus=True).id


def let_leave(ids: dict[str, Any], person_ids: Sequence[int], *, adviser_id: int, now: datetime) -> None:
    """Let one person leave today, and the next three as if it had been six months ago."""
    today = day_of(now)
    operation = make_operation(name="Mobilité vers l’emploi (FSE+)")
    ids["participation_id"] = services.enter(
        person_id=person_ids[4], agreement_id=operation, entered_on=today, answers={"sex": "female"},
        actor_id=adviser_id, now=now,
    )  # fmt: skip
    services.see_evidence(
        participation_id=ids["participation_id"], kind=EvidenceKind.RSA, dated_on=today, actor_id=adviser_id, now=now
    )
    wanted = Wanted(
        first_on=today.replace(month=1, day=1), last_on=today, by=By.AGE, desk_ids=frozenset([ids["desk_id"]])
    )
    ids["snapshot_id"] = services.freeze(wanted=wanted, actor_id=adviser_id, now=now)
    ids["departure_id"] = services.leave(
        person_id=person_ids[0], left_on=today, outcome=Outcome.WORK, note="En intérim d’abord.",
        actor_id=adviser_id, now=now,
    )  # fmt: skip
    clock = parameters.clock(on=today)
    left_on = add_months(today, -clock.later_months)
    with transaction() as session:
        rows = [
            Departure(person_id=person_id, left_on=left_on, outcome=Outcome.WORK, recorded_at=now, asked_at=now)
            for person_id in person_ids[1:4]
        ]
        session.add_all(rows)
        session.flush()
        ids["old_departure_id"] = rows[0].id
        for name, row in zip(("later_token", "later_token_2"), rows[1:], strict=True):
            ids[name] = later_link(row, clock=clock, now=now).rsplit("/", 1)[1]
