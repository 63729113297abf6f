"""The life of a loan and of an extension request: two transition tables, nothing moves beside them.

"Extended" is an action and not a state: an extended loan is as much out (or awaited) as before,
and only its end has moved; see ``docs/decisions/0010-loan-states.md``. ``OVERDUE`` is entered by
one act alone, the closing of the desk's day.
"""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class LoanState(StrEnum):
    """Where a loan stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    CONTRACTED = "contracted"
    OUT = "out"
    OVERDUE = "overdue"
    RETURNED = "returned"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class LoanAction(StrEnum):
    """What happens to a loan; the log of loans is written in these words."""

    REQUEST = "request"
    APPROVE = "approve"
    REFUSE = "refuse"
    CONTRACT = "contract"
    DEPART = "depart"
    EXTEND = "extend"
    SWAP = "swap"
    RESCHEDULE = "reschedule"
    MARK_OVERDUE = "mark_overdue"
    RETURN = "return"
    SETTLE = "settle"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    # Acts that the log keeps and that move nothing.
    OVERRIDE = "override"
    CONFIRM_RETURN = "confirm_return"
    ASK_EXTENSION = "ask_extension"
    REFUSE_EXTENSION = "refuse_extension"
    PAY = "pay"
    CHECK = "check"


class ExtensionState(StrEnum):
    """Where a request for another end stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExtensionAction(StrEnum):
    """What happens to a request for another end."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class ExtensionOrigin(StrEnum):
    """Who asked for another end: a person, the desk, or the objective whose end has moved."""

    PERSON = "person"
    DESK = "desk"
    OBJECTIVE = "objective"


STATE_LABELS = {
    LoanState.REQUESTED: "Demandé",
    LoanState.APPROVED: "Accepté",
    LoanState.REFUSED: "Refusé",
    LoanState.CONTRACTED: "Contrat signé",
    LoanState.OUT: "En cours",
    LoanState.OVERDUE: "En retard",
    LoanState.RETURNED: "Rendu",
    LoanState.SETTLED: "Soldé",
    LoanState.CANCELLED: "Annulé",
    LoanState.NO_SHOW: "Non venu",
}

ACTION_LABELS = {
    LoanAction.REQUEST: "Demande enregistrée",
    LoanAction.APPROVE: "Demande acceptée",
    LoanAction.REFUSE: "Demande refusée",
    LoanAction.CONTRACT: "Contrat signé",
    LoanAction.DEPART: "Véhicule remis",
    LoanAction.EXTEND: "Date de retour changée",
    LoanAction.SWAP: "Véhicule changé",
    LoanAction.RESCHEDULE: "Rendez-vous déplacé par l’antenne",
    LoanAction.MARK_OVERDUE: "Passé en retard à la clôture de la journée",
    LoanAction.RETURN: "Véhicule rendu",
    LoanAction.SETTLE: "Prêt soldé",
    LoanAction.CANCEL: "Prêt annulé",
    LoanAction.NO_SHOW: "Personne non venue",
    LoanAction.OVERRIDE: "Dérogation accordée",
    LoanAction.CONFIRM_RETURN: "Retour à l’heure confirmé",
    LoanAction.ASK_EXTENSION: "Autre date de retour demandée",
    LoanAction.REFUSE_EXTENSION: "Autre date de retour refusée",
    LoanAction.PAY: "Paiement reçu",
    LoanAction.CHECK: "Relevé de la boîte à clés vérifié",
}

EXTENSION_LABELS = {
    ExtensionState.PENDING: "En attente",
    ExtensionState.APPROVED: "Acceptée",
    ExtensionState.REFUSED: "Refusée",
    ExtensionState.WITHDRAWN: "Sans objet",
}

_S, _A = LoanState, LoanAction

LOANS: TransitionTable[LoanState, LoanAction] = TransitionTable(
    {
        (_S.REQUESTED, _A.APPROVE): _S.APPROVED,
        (_S.REQUESTED, _A.REFUSE): _S.REFUSED,
        (_S.REQUESTED, _A.EXTEND): _S.REQUESTED,
        (_S.REQUESTED, _A.SWAP): _S.REQUESTED,
        (_S.REQUESTED, _A.RESCHEDULE): _S.REQUESTED,
        (_S.REQUESTED, _A.CANCEL): _S.CANCELLED,
        (_S.APPROVED, _A.CONTRACT): _S.CONTRACTED,
        (_S.APPROVED, _A.EXTEND): _S.APPROVED,
        (_S.APPROVED, _A.SWAP): _S.APPROVED,
        (_S.APPROVED, _A.RESCHEDULE): _S.APPROVED,
        (_S.APPROVED, _A.NO_SHOW): _S.NO_SHOW,
        (_S.APPROVED, _A.CANCEL): _S.CANCELLED,
        (_S.CONTRACTED, _A.DEPART): _S.OUT,
        (_S.CONTRACTED, _A.EXTEND): _S.CONTRACTED,
        (_S.CONTRACTED, _A.SWAP): _S.CONTRACTED,
        (_S.CONTRACTED, _A.RESCHEDULE): _S.CONTRACTED,
        (_S.CONTRACTED, _A.NO_SHOW): _S.NO_SHOW,
        (_S.CONTRACTED, _A.CANCEL): _S.CANCELLED,
        (_S.OUT, _A.RETURN): _S.RETURNED,
        (_S.OUT, _A.EXTEND): _S.OUT,
        (_S.OUT, _A.RESCHEDULE): _S.OUT,
        (_S.OUT, _A.MARK_OVERDUE): _S.OVERDUE,
        (_S.OVERDUE, _A.RETURN): _S.RETURNED,
        (_S.OVERDUE, _A.EXTEND): _S.OUT,
        (_S.RETURNED, _A.SETTLE): _S.SETTLED,
    }
)

EXTENSIONS: TransitionTable[ExtensionState, ExtensionAction] = TransitionTable(
    {
        (ExtensionState.PENDING, ExtensionAction.APPROVE): ExtensionState.APPROVED,
        (ExtensionState.PENDING, ExtensionAction.REFUSE): ExtensionState.REFUSED,
        (ExtensionState.PENDING, ExtensionAction.WITHDRAW): ExtensionState.WITHDRAWN,
    }
)

# The states that hold a vehicle: its reservation stands.
HOLDING = frozenset({_S.REQUESTED, _S.APPROVED, _S.CONTRACTED, _S.OUT, _S.OVERDUE})
# The states in which the vehicle is with the borrower.
ON_THE_ROAD = frozenset({_S.OUT, _S.OVERDUE})
# The states before departure: the vehicle may still be swapped.
AWAITED = frozenset({_S.REQUESTED, _S.APPROVED, _S.CONTRACTED})
# The states in which money is due for the loan.
CHARGED = frozenset({_S.CONTRACTED, _S.OUT, _S.OVERDUE, _S.RETURNED, _S.SETTLED})
# The states that count in simultaneous, yearly and right limits.
COUNTED = HOLDING | {_S.RETURNED, _S.SETTLED}

# The steps that a person sees on the way of a loan that goes well.
STEPPER = (_S.REQUESTED, _S.APPROVED, _S.CONTRACTED, _S.OUT, _S.RETURNED, _S.SETTLED)
