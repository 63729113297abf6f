"""The life of a diagnosis, and who gives an answer."""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class State(StrEnum):
    """Where a diagnosis stands."""

    OPEN = "open"
    FINISHED = "finished"
    ABANDONED = "abandoned"


STATE_LABELS = {State.OPEN: "En cours", State.FINISHED: "Terminé", State.ABANDONED: "Arrêté"}
# (tone, icon) of the tag.
STATE_TONES = {
    State.OPEN: ("info", "pencil"),
    State.FINISHED: ("success", "check2"),
    State.ABANDONED: ("neutral", "x-circle"),
}


class Action(StrEnum):
    """What happens to a diagnosis as a whole."""

    FINISH = "finish"
    REOPEN = "reopen"
    ABANDON = "abandon"


ACTION_LABELS = {Action.FINISH: "Terminer", Action.REOPEN: "Rouvrir", Action.ABANDON: "Arrêter"}

DIAGNOSES: TransitionTable[State, Action] = TransitionTable(
    {
        (State.OPEN, Action.FINISH): State.FINISHED,
        (State.OPEN, Action.ABANDON): State.ABANDONED,
        (State.FINISHED, Action.REOPEN): State.OPEN,
    }
)


class Moment(StrEnum):
    """When in the pathway a diagnosis is made: those of the start and the end are compared."""

    START = "start"
    MIDWAY = "midway"
    END = "end"


MOMENT_LABELS = {Moment.START: "Au début", Moment.MIDWAY: "En cours de parcours", Moment.END: "À la fin"}


class Author(StrEnum):
    """Who gave an answer."""

    PERSON = "person"
    ADVISER = "adviser"
    FILE = "file"


AUTHOR_LABELS = {
    Author.PERSON: "la personne",
    Author.ADVISER: "le conseiller ou la conseillère",
    Author.FILE: "déjà dans la fiche",
}


class AbandonReason(StrEnum):
    """Why a diagnosis is not brought to its end."""

    NOT_WISHED = "not_wished"
    UNREACHABLE = "unreachable"
    SOLVED = "solved"
    MOVED = "moved"
    MERGED = "merged"
    OTHER = "other"


ABANDON_LABELS = {
    AbandonReason.NOT_WISHED: "La personne ne souhaite pas continuer",
    AbandonReason.UNREACHABLE: "Personne injoignable malgré plusieurs essais",
    AbandonReason.SOLVED: "Une solution a été trouvée autrement",
    AbandonReason.MOVED: "A quitté le territoire",
    AbandonReason.MERGED: "Deux fiches ont été réunies : l’autre diagnostic continue",
    AbandonReason.OTHER: "Autre raison",
}
