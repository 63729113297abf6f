"""Words and states of the pathway: objectives, steps, own means."""

from __future__ import annotations

from enum import StrEnum

from mobility.core.errors import ForbiddenTransition
from mobility.core.state import TransitionTable


class ObjectiveKind(StrEnum):
    """What the person travels for."""

    JOB = "job"
    TRAINING = "training"
    INTERVIEW = "interview"
    SEARCH = "search"


OBJECTIVE_KIND_LABELS: dict[ObjectiveKind, str] = {
    ObjectiveKind.JOB: "Emploi",
    ObjectiveKind.TRAINING: "Formation",
    ObjectiveKind.INTERVIEW: "Entretien",
    ObjectiveKind.SEARCH: "Recherche d’emploi",
}
OBJECTIVE_KIND_ICONS: dict[ObjectiveKind, str] = {
    ObjectiveKind.JOB: "briefcase",
    ObjectiveKind.TRAINING: "mortarboard",
    ObjectiveKind.INTERVIEW: "chat-dots",
    ObjectiveKind.SEARCH: "search",
}


class ObjectiveState(StrEnum):
    """Where an objective stands."""

    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


OBJECTIVE_STATE_LABELS: dict[ObjectiveState, str] = {
    ObjectiveState.OPEN: "En cours",
    ObjectiveState.REACHED: "Atteint",
    ObjectiveState.DROPPED: "Abandonné",
}


class ObjectiveAction(StrEnum):
    """What can be done with an objective."""

    REACH = "reach"
    DROP = "drop"
    REOPEN = "reopen"


OBJECTIVE_MOVES: TransitionTable[ObjectiveState, ObjectiveAction] = TransitionTable(
    {
        (ObjectiveState.OPEN, ObjectiveAction.REACH): ObjectiveState.REACHED,
        (ObjectiveState.OPEN, ObjectiveAction.DROP): ObjectiveState.DROPPED,
        (ObjectiveState.REACHED, ObjectiveAction.REOPEN): ObjectiveState.OPEN,
        (ObjectiveState.DROPPED, ObjectiveAction.REOPEN): ObjectiveState.OPEN,
    }
)


class StepState(StrEnum):
    """Where a step of the pathway stands, whatever it is."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DONE = "done"
    DROPPED = "dropped"


STEP_STATE_LABELS: dict[StepState, str] = {
    StepState.PROPOSED: "Proposé",
    StepState.AGREED: "Prévu",
    StepState.ACTIVE: "En cours",
    StepState.SUSPENDED: "En pause",
    StepState.DONE: "Terminé",
    StepState.DROPPED: "Annulé",
}


class StepAction(StrEnum):
    """What can be done with a step, by its aid or on the plan."""

    AGREE = "agree"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    FINISH = "finish"
    DROP = "drop"
    REOPEN = "reopen"


STEP_MOVES: TransitionTable[StepState, StepAction] = TransitionTable(
    {
        (StepState.PROPOSED, StepAction.AGREE): StepState.AGREED,
        (StepState.PROPOSED, StepAction.ACTIVATE): StepState.ACTIVE,
        (StepState.PROPOSED, StepAction.FINISH): StepState.DONE,
        (StepState.PROPOSED, StepAction.DROP): StepState.DROPPED,
        (StepState.AGREED, StepAction.ACTIVATE): StepState.ACTIVE,
        (StepState.AGREED, StepAction.FINISH): StepState.DONE,
        (StepState.AGREED, StepAction.SUSPEND): StepState.SUSPENDED,
        (StepState.AGREED, StepAction.DROP): StepState.DROPPED,
        (StepState.ACTIVE, StepAction.FINISH): StepState.DONE,
        (StepState.ACTIVE, StepAction.SUSPEND): StepState.SUSPENDED,
        (StepState.ACTIVE, StepAction.DROP): StepState.DROPPED,
        (StepState.SUSPENDED, StepAction.RESUME): StepState.AGREED,
        (StepState.SUSPENDED, StepAction.ACTIVATE): StepState.ACTIVE,
        (StepState.SUSPENDED, StepAction.FINISH): StepState.DONE,
        (StepState.SUSPENDED, StepAction.DROP): StepState.DROPPED,
        (StepState.DONE, StepAction.REOPEN): StepState.ACTIVE,
        (StepState.DROPPED, StepAction.REOPEN): StepState.AGREED,
    }
)
# A step carries its person only while the aid still stands behind it.
CARRYING_STATES = frozenset({StepState.AGREED, StepState.ACTIVE, StepState.DONE})
LIVE_STEP_STATES = frozenset({StepState.PROPOSED, StepState.AGREED, StepState.ACTIVE, StepState.SUSPENDED})
# An aid's step that has no row of the aid yet.
AWAITING_STATES = frozenset({StepState.PROPOSED, StepState.AGREED, StepState.SUSPENDED})
# These need a reason in words, unless the aid's own row holds it.
REASONED_STEP_STATES = frozenset({StepState.SUSPENDED, StepState.DROPPED})


def check_step_move(origin: StepState, target: StepState) -> None:
    """Refuse a jump that no action makes; staying is always allowed. Raises ForbiddenTransition."""
    if origin is target:
        return
    if not any(STEP_MOVES.after(origin, action) is target for action in STEP_MOVES.actions_from(origin)):
        raise ForbiddenTransition(code=f"step_{origin.value}_to_{target.value}")


class MeansKind(StrEnum):
    """How a person travels by their own means (« moyens propres »)."""

    BUS = "bus"
    TRAIN = "train"
    RELATIVE = "relative"
    OWN_VEHICLE = "own_vehicle"
    WALK = "walk"
    BIKE = "bike"
    OTHER = "other"


MEANS_LABELS: dict[MeansKind, str] = {
    MeansKind.BUS: "Bus ou tram",
    MeansKind.TRAIN: "Train",
    MeansKind.RELATIVE: "Un proche",
    MeansKind.OWN_VEHICLE: "Véhicule personnel",
    MeansKind.WALK: "À pied",
    MeansKind.BIKE: "Vélo personnel",
    MeansKind.OTHER: "Autre moyen",
}
MEANS_ICONS: dict[MeansKind, str] = {
    MeansKind.BUS: "bus-front",
    MeansKind.TRAIN: "train-front",
    MeansKind.RELATIVE: "people",
    MeansKind.OWN_VEHICLE: "car-front",
    MeansKind.WALK: "person-walking",
    MeansKind.BIKE: "bicycle",
    MeansKind.OTHER: "three-dots",
}


class Direction(StrEnum):
    """The two legs of a working day."""

    THERE = "there"
    BACK = "back"


DIRECTION_LABELS: dict[Direction, str] = {
    Direction.THERE: "l’aller",
    Direction.BACK: "le retour",
}


class RosterKind(StrEnum):
    """How the working days are known."""

    WEEKLY = "weekly"
    CYCLE = "cycle"
    DATES = "dates"
    UNKNOWN = "unknown"


ROSTER_KIND_LABELS: dict[RosterKind, str] = {
    RosterKind.WEEKLY: "Les mêmes jours chaque semaine",
    RosterKind.CYCLE: "Un cycle qui tourne (2×8, 3×8…)",
    RosterKind.DATES: "Des dates précises (missions d’intérim)",
    RosterKind.UNKNOWN: "Pas encore connus",
}
