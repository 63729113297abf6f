"""The key box: what the borrower may do alone, and from when on the code is told to them.

The code is told to the borrower of a contracted loan, from the opening of its pickup window until the
vehicle is back, and to nobody else; it is in no message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanState


class KeyBoxStage(StrEnum):
    """Where a loan by key box stands for its borrower."""

    SIGN_FIRST = "sign_first"
    SOON = "soon"
    NOT_BACK = "not_back"
    TAKE = "take"
    MISSED = "missed"
    BRING_BACK = "bring_back"


KEY_BOX_LABELS = {
    KeyBoxStage.SIGN_FIRST: "Signez d’abord le contrat à l’antenne",
    KeyBoxStage.SOON: "Le code de la boîte à clés viendra ici",
    KeyBoxStage.NOT_BACK: "Le véhicule n’est pas encore là",
    KeyBoxStage.TAKE: "Vous pouvez prendre le véhicule",
    KeyBoxStage.MISSED: "L’heure de ce prêt est passée",
    KeyBoxStage.BRING_BACK: "Pour rendre le véhicule",
}
# The stages in which the borrower is told the code, and acts alone.
TELLS_CODE = frozenset({KeyBoxStage.TAKE, KeyBoxStage.BRING_BACK})
_BY_STATE = {
    LoanState.REQUESTED: KeyBoxStage.SIGN_FIRST,
    LoanState.APPROVED: KeyBoxStage.SIGN_FIRST,
    LoanState.OUT: KeyBoxStage.BRING_BACK,
    LoanState.OVERDUE: KeyBoxStage.BRING_BACK,
}


def window_opens_at(start_at: datetime, minutes_before: int) -> datetime:
    """Return from when on the borrower may take the vehicle."""
    return start_at - timedelta(minutes=max(minutes_before, 0))


def stage_of(
    *,
    handover: HandoverMode,
    desk_has_box: bool,
    state: LoanState,
    opens_at: datetime,
    due_at: datetime,
    now: datetime,
    vehicle_is_out: bool,
) -> KeyBoxStage | None:
    """Return where the loan stands; None where no key box is in play, or the loan is over.

    ``vehicle_is_out``: somebody else still has it.
    """
    if handover is not HandoverMode.KEY_BOX or not desk_has_box:
        return None
    if state is not LoanState.CONTRACTED:
        return _BY_STATE.get(state)
    if now >= due_at:
        return KeyBoxStage.MISSED
    if now < opens_at:
        return KeyBoxStage.SOON
    return KeyBoxStage.NOT_BACK if vehicle_is_out else KeyBoxStage.TAKE
