"""The key box of a loan as its borrower sees it: the stage, and the code when it may be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.desks.queries import key_box_code
from mobility.loans import parameters
from mobility.loans.models import Loan
from mobility.loans.rules.key_box import KEY_BOX_LABELS, TELLS_CODE, KeyBoxStage, stage_of, window_opens_at
from mobility.loans.rules.states import ON_THE_ROAD


@dataclass(frozen=True)
class KeyBox:
    """What the borrower may know of the box now. ``code`` is empty unless it may be told."""

    stage: KeyBoxStage
    opens_at: datetime
    place_note: str
    code: str = ""

    @property
    def title(self) -> str:
        """The stage in words."""
        return KEY_BOX_LABELS[self.stage]

    @property
    def tells_code(self) -> bool:
        """Tell whether this is the time of the code."""
        return self.stage in TELLS_CODE


def opens_at_of(loan: Loan, *, now: datetime) -> datetime:
    """Return when the pickup window of the loan opens."""
    minutes = parameters.key_box_minutes(on=day_of(now), desk_id=loan.desk_id)
    return window_opens_at(loan.start_at, minutes)


def find_key_box(loan: Loan, desk: Desk, *, now: datetime) -> KeyBox | None:
    """Return the key box of a loan for its borrower, or None where there is none to use; two queries."""
    opens_at = opens_at_of(loan, now=now)
    stage = stage_of(
        handover=loan.handover,
        desk_has_box=desk.key_box,
        state=loan.state,
        opens_at=opens_at,
        due_at=loan.due_at,
        now=now,
        vehicle_is_out=_is_with_another(loan),
    )
    if stage is None:
        return None
    code = key_box_code(desk) if stage in TELLS_CODE else ""
    return KeyBox(stage=stage, opens_at=opens_at, place_note=desk.key_box_note, code=code)


def _is_with_another(loan: Loan) -> bool:
    found = db.session.scalar(
        select(Loan.id)
        .where(Loan.vehicle_id == loan.vehicle_id, Loan.id != loan.id, Loan.state.in_(ON_THE_ROAD))
        .limit(1)
    )
    return found is not None
