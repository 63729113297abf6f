"""Who was sent from communes that no desk serves: what an administrator reads, without names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.organisations.models import Organisation
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import STATE_LABELS, STATE_TONES, State


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """One prescription from outside."""

    id: int
    city: str
    organisation_name: str
    desk_name: str
    received_on: date
    state: State

    @property
    def state_label(self) -> str:
        """Return the state in French."""
        return STATE_LABELS[self.state]

    @property
    def state_tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the state."""
        return STATE_TONES[self.state]


def page_of_outside(desk_ids: Collection[int] | None, *, number: int) -> Page[OutsideRow]:
    """Return a page of those sent to the desks (None: all) from communes that none serves, the latest first."""
    query: Any = (
        select(
            Prescription.id,
            Prescription.city,
            Prescription.received_at,
            Prescription.state,
            Desk.name.label("desk_name"),
            Organisation.name.label("organisation_name"),
        )
        .join(Desk, Desk.id == Prescription.desk_id)
        .outerjoin(Organisation, Organisation.id == Prescription.organisation_id)
        .where(Prescription.outside, Prescription.state != State.DRAFT)
        .order_by(Prescription.received_at.desc(), Prescription.id.desc())
    )
    if desk_ids is not None:
        query = query.where(Prescription.desk_id.in_(desk_ids))
    page = paginate(query, number=number, scalars=False)
    rows = [
        OutsideRow(row.id, row.city, row.organisation_name or "", row.desk_name, day_of(row.received_at), row.state)
        for row in page.rows
    ]
    return Page(rows, page.number, page.per_page, page.total)
