"""The life of a match, of a driver's trip and of a passenger's place in it: three tables, nothing moves beside them.

« Changed » is an act and not a state: a match whose ways, end or hours were changed is as agreed as before.
Whoever did not ask for the change is told, and may end it at any time.
"""

from __future__ import annotations

from enum import StrEnum

from mobility.carpool.kinds import MatchState, RideState, TripState
from mobility.core.state import TransitionTable


class Side(StrEnum):
    """On whose behalf somebody acts."""

    DRIVER = "driver"
    PASSENGER = "passenger"


SIDE_LABELS = {Side.DRIVER: "La personne qui conduit", Side.PASSENGER: "Le passager"}


class MatchAction(StrEnum):
    """What happens to a match; its log is written in these words."""

    DRIVER_AGREES = "driver_agrees"
    PASSENGER_AGREES = "passenger_agrees"
    REFUSE = "refuse"
    EXPIRE = "expire"
    CONFIRM = "confirm"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    # The search wrote it down; nothing moved before.
    PROPOSE = "propose"
    # Acts on one day that the log of the match keeps and that move nothing of it.
    CANCEL_DAY = "cancel_day"
    ATTEND = "attend"
    REPORT = "report"


MATCH_ACTION_LABELS = {
    MatchAction.PROPOSE: "Proposé par la recherche",
    MatchAction.DRIVER_AGREES: "La personne qui conduit est d’accord",
    MatchAction.PASSENGER_AGREES: "Le passager est d’accord",
    MatchAction.REFUSE: "Proposition refusée",
    MatchAction.EXPIRE: "Proposition restée sans réponse",
    MatchAction.CONFIRM: "Covoiturage confirmé après l’essai",
    MatchAction.CHANGE: "Covoiturage modifié",
    MatchAction.SUSPEND: "Covoiturage suspendu",
    MatchAction.RESUME: "Covoiturage repris",
    MatchAction.END: "Covoiturage terminé",
    MatchAction.CANCEL_DAY: "Trajet d’un jour annulé",
    MatchAction.ATTEND: "Présence notée",
    MatchAction.REPORT: "Problème signalé",
}

AGREES = {Side.DRIVER: MatchAction.DRIVER_AGREES, Side.PASSENGER: MatchAction.PASSENGER_AGREES}

_S, _A = MatchState, MatchAction
MATCHES = TransitionTable[MatchState, MatchAction](
    {
        (_S.PROPOSED, _A.DRIVER_AGREES): _S.DRIVER_AGREED,
        (_S.PROPOSED, _A.PASSENGER_AGREES): _S.PASSENGER_AGREED,
        (_S.PROPOSED, _A.REFUSE): _S.REFUSED,
        (_S.PROPOSED, _A.EXPIRE): _S.EXPIRED,
        (_S.DRIVER_AGREED, _A.PASSENGER_AGREES): _S.TRIAL,
        (_S.DRIVER_AGREED, _A.REFUSE): _S.REFUSED,
        (_S.DRIVER_AGREED, _A.EXPIRE): _S.EXPIRED,
        (_S.PASSENGER_AGREED, _A.DRIVER_AGREES): _S.TRIAL,
        (_S.PASSENGER_AGREED, _A.REFUSE): _S.REFUSED,
        (_S.PASSENGER_AGREED, _A.EXPIRE): _S.EXPIRED,
        (_S.TRIAL, _A.CONFIRM): _S.CONFIRMED,
        (_S.TRIAL, _A.CHANGE): _S.TRIAL,
        (_S.TRIAL, _A.SUSPEND): _S.SUSPENDED,
        (_S.TRIAL, _A.END): _S.ENDED,
        (_S.CONFIRMED, _A.CHANGE): _S.CONFIRMED,
        (_S.CONFIRMED, _A.SUSPEND): _S.SUSPENDED,
        (_S.CONFIRMED, _A.END): _S.ENDED,
        (_S.SUSPENDED, _A.RESUME): _S.CONFIRMED,
        (_S.SUSPENDED, _A.END): _S.ENDED,
    }
)


class RideAction(StrEnum):
    """What happens to a passenger's place in a trip."""

    CANCEL_BY_DRIVER = "cancel_by_driver"
    CANCEL_BY_PASSENGER = "cancel_by_passenger"
    RIDE = "ride"
    MISS = "miss"


CANCELS = {Side.DRIVER: RideAction.CANCEL_BY_DRIVER, Side.PASSENGER: RideAction.CANCEL_BY_PASSENGER}

_R, _D = RideState, RideAction
RIDES = TransitionTable[RideState, RideAction](
    {
        (_R.PLANNED, _D.CANCEL_BY_DRIVER): _R.CANCELLED_BY_DRIVER,
        (_R.PLANNED, _D.CANCEL_BY_PASSENGER): _R.CANCELLED_BY_PASSENGER,
        (_R.PLANNED, _D.RIDE): _R.DONE,
        (_R.PLANNED, _D.MISS): _R.MISSED,
        # What was tapped by mistake is tapped again.
        (_R.DONE, _D.MISS): _R.MISSED,
        (_R.MISSED, _D.RIDE): _R.DONE,
    }
)


class TripAction(StrEnum):
    """What happens to a driver's journey of one day."""

    CANCEL = "cancel"
    FINISH = "finish"


_T, _C = TripState, TripAction
TRIPS = TransitionTable[TripState, TripAction](
    {(_T.PLANNED, _C.CANCEL): _T.CANCELLED, (_T.PLANNED, _C.FINISH): _T.DONE}
)


def attendance_of(driver_says: bool | None, passenger_says: bool | None) -> RideAction | None:
    """Return what two answers to « avez-vous fait ce trajet ensemble ? » come to.

    One « no » is enough for « missed »: nobody pays for a journey that the other denies. One « yes » is enough for
    « ridden » until the other speaks. None: nobody has said anything.
    """
    said = {driver_says, passenger_says} - {None}
    if not said:
        return None
    return RideAction.MISS if False in said else RideAction.RIDE
