"""The words of carpooling: who takes part, what is offered and asked, and in which state it is. Pure."""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class MemberKind(StrEnum):
    """Who takes part: people who are accompanied, volunteers, staff of an employer (the last two by signed link)."""

    PERSON = "person"
    VOLUNTEER = "volunteer"
    STAFF = "staff"


MEMBER_KIND_LABELS = {
    MemberKind.PERSON: "Personne accompagnée",
    MemberKind.VOLUNTEER: "Bénévole",
    MemberKind.STAFF: "Salarié d’une entreprise",
}


class MemberState(StrEnum):
    """Whether somebody can be matched: the active ones alone. ``WAITING``: came by a poster, has not opened their link."""

    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


MEMBER_STATE_LABELS = {
    MemberState.WAITING: "À confirmer",
    MemberState.ACTIVE: "Actif",
    MemberState.PAUSED: "En pause",
    MemberState.LEFT: "Parti",
}


class MemberAction(StrEnum):
    """What moves a member."""

    CONFIRM = "confirm"
    PAUSE = "pause"
    RESUME = "resume"
    LEAVE = "leave"
    RETURN = "return"


MEMBER_ACTION_LABELS = {
    MemberAction.CONFIRM: "Confirmer",
    MemberAction.PAUSE: "Mettre en pause",
    MemberAction.RESUME: "Reprendre",
    MemberAction.LEAVE: "Quitter le covoiturage",
    MemberAction.RETURN: "Revenir",
}
MEMBERS: TransitionTable[MemberState, MemberAction] = TransitionTable(
    {
        (MemberState.WAITING, MemberAction.CONFIRM): MemberState.ACTIVE,
        (MemberState.WAITING, MemberAction.LEAVE): MemberState.LEFT,
        (MemberState.ACTIVE, MemberAction.PAUSE): MemberState.PAUSED,
        (MemberState.ACTIVE, MemberAction.LEAVE): MemberState.LEFT,
        (MemberState.PAUSED, MemberAction.RESUME): MemberState.ACTIVE,
        (MemberState.PAUSED, MemberAction.LEAVE): MemberState.LEFT,
        (MemberState.LEFT, MemberAction.RETURN): MemberState.ACTIVE,
    }
)


class Side(StrEnum):
    """What somebody does in a car."""

    OFFER = "offer"
    REQUEST = "request"


SIDE_LABELS = {Side.OFFER: "Conduire", Side.REQUEST: "Être passager"}


class Timing(StrEnum):
    """When the journey is made: once, by a pattern of its own, or by the rosters of an objective."""

    ONCE = "once"
    PATTERN = "pattern"
    ROSTER = "roster"


TIMING_LABELS = {
    Timing.ONCE: "Un seul jour",
    Timing.PATTERN: "Des jours que j’indique",
    Timing.ROSTER: "Les jours de travail du parcours",
}


class Luggage(StrEnum):
    """How much the car takes, or the passenger brings."""

    NONE = "none"
    SMALL = "small"
    LARGE = "large"


LUGGAGE_LABELS = {Luggage.NONE: "Aucun", Luggage.SMALL: "Un sac", Luggage.LARGE: "Une valise ou une poussette"}


class JourneyState(StrEnum):
    """Whether an offer or a request is looked at when matches are sought."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


JOURNEY_STATE_LABELS = {
    JourneyState.OPEN: "En cours",
    JourneyState.PAUSED: "En pause",
    JourneyState.CLOSED: "Terminé",
}


class JourneyAction(StrEnum):
    """What happens to an offer or a request. The first four move its state; the last two leave it."""

    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    OPEN = "open"
    CHANGE = "change"
    EXCEPT = "except"


JOURNEY_ACTION_LABELS = {
    JourneyAction.PAUSE: "Mettre en pause",
    JourneyAction.RESUME: "Reprendre",
    JourneyAction.CLOSE: "Terminer",
    JourneyAction.OPEN: "Ouvrir",
    JourneyAction.CHANGE: "Modifier",
    JourneyAction.EXCEPT: "Changer un jour",
}
JOURNEYS: TransitionTable[JourneyState, JourneyAction] = TransitionTable(
    {
        (JourneyState.OPEN, JourneyAction.PAUSE): JourneyState.PAUSED,
        (JourneyState.PAUSED, JourneyAction.RESUME): JourneyState.OPEN,
        (JourneyState.OPEN, JourneyAction.CLOSE): JourneyState.CLOSED,
        (JourneyState.PAUSED, JourneyAction.CLOSE): JourneyState.CLOSED,
    }
)


class MatchState(StrEnum):
    """How far a driver and a passenger are."""

    PROPOSED = "proposed"
    DRIVER_AGREED = "driver_agreed"
    PASSENGER_AGREED = "passenger_agreed"
    TRIAL = "trial"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    EXPIRED = "expired"
    ENDED = "ended"


MATCH_STATE_LABELS = {
    MatchState.PROPOSED: "Proposé",
    MatchState.DRIVER_AGREED: "La personne qui conduit est d’accord",
    MatchState.PASSENGER_AGREED: "Le passager est d’accord",
    MatchState.TRIAL: "Semaine d’essai",
    MatchState.CONFIRMED: "Confirmé",
    MatchState.SUSPENDED: "Suspendu",
    MatchState.REFUSED: "Refusé",
    MatchState.EXPIRED: "Sans réponse",
    MatchState.ENDED: "Terminé",
}

# Both have agreed: names, contacts, exact time and place are known to each other, and there are rides.
AGREED_STATES = (MatchState.TRIAL, MatchState.CONFIRMED, MatchState.SUSPENDED)
# One more match of the same offer and request would be the same one.
LIVING_STATES = (
    MatchState.PROPOSED,
    MatchState.DRIVER_AGREED,
    MatchState.PASSENGER_AGREED,
    MatchState.TRIAL,
    MatchState.CONFIRMED,
    MatchState.SUSPENDED,
)


class TripState(StrEnum):
    """Whether a driver's journey of one day takes place."""

    PLANNED = "planned"
    CANCELLED = "cancelled"
    DONE = "done"


TRIP_STATE_LABELS = {TripState.PLANNED: "Prévu", TripState.CANCELLED: "Annulé", TripState.DONE: "Fait"}


class RideState(StrEnum):
    """Whether a passenger's place in a trip of one day is held."""

    PLANNED = "planned"
    CANCELLED_BY_DRIVER = "cancelled_by_driver"
    CANCELLED_BY_PASSENGER = "cancelled_by_passenger"
    DONE = "done"
    MISSED = "missed"


RIDE_STATE_LABELS = {
    RideState.PLANNED: "Prévu",
    RideState.CANCELLED_BY_DRIVER: "Annulé par la personne qui conduit",
    RideState.CANCELLED_BY_PASSENGER: "Annulé par le passager",
    RideState.DONE: "Fait",
    RideState.MISSED: "N’a pas eu lieu",
}
