"""The life of a prescription: one transition table, nothing moves beside it.

A draft is known to its author alone. What nobody may forget stands in the table itself: the only ways out of
an open state are a refusal, which carries a reason, and a closing, which carries an outcome.
"""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class State(StrEnum):
    """Where a prescription stands."""

    DRAFT = "draft"
    RECEIVED = "received"
    ASSIGNED = "assigned"
    WAITING_INFO = "waiting_info"
    ACCEPTED = "accepted"
    MEETING_BOOKED = "meeting_booked"
    STARTED = "started"
    CLOSED = "closed"
    REFUSED = "refused"


STATE_LABELS = {
    State.DRAFT: "Brouillon",
    State.RECEIVED: "À prendre",
    State.ASSIGNED: "À étudier",
    State.WAITING_INFO: "Informations attendues",
    State.ACCEPTED: "Acceptée, rendez-vous à fixer",
    State.MEETING_BOOKED: "Premier rendez-vous fixé",
    State.STARTED: "Commencée",
    State.CLOSED: "Terminée",
    State.REFUSED: "Refusée",
}
# (tone, icon) of the tag.
STATE_TONES = {
    State.DRAFT: ("neutral", "pencil"),
    State.RECEIVED: ("info", "inbox"),
    State.ASSIGNED: ("info", "person-check"),
    State.WAITING_INFO: ("warning", "question-circle"),
    State.ACCEPTED: ("accent", "check2"),
    State.MEETING_BOOKED: ("accent", "calendar-check"),
    State.STARTED: ("success", "play-circle"),
    State.CLOSED: ("neutral", "flag"),
    State.REFUSED: ("neutral", "x-circle"),
}


class Action(StrEnum):
    """What happens to a prescription; its log is written in these words."""

    SEND = "send"
    ASSIGN = "assign"
    TRANSFER = "transfer"
    ASK = "ask"
    ANSWER = "answer"
    RESUME = "resume"
    ACCEPT = "accept"
    BOOK = "book"
    MOVE = "move"
    UNBOOK = "unbook"
    START = "start"
    UNSTART = "unstart"
    CLOSE = "close"
    REFUSE = "refuse"
    REOPEN = "reopen"
    REOPEN_ACCEPTED = "reopen_accepted"
    REOPEN_STARTED = "reopen_started"
    # Acts that the log keeps and that move nothing.
    INVITE = "invite"
    MISS = "miss"
    FOLLOW_DESK = "follow_desk"
    NUDGE = "nudge"
    ESCALATE = "escalate"


ACTION_LABELS = {
    Action.SEND: "Orientation reçue",
    Action.ASSIGN: "Prise en charge",
    Action.TRANSFER: "Transférée à une autre antenne",
    Action.ASK: "Informations demandées au prescripteur",
    Action.ANSWER: "Réponse du prescripteur",
    Action.RESUME: "Reprise sans attendre la réponse",
    Action.ACCEPT: "Acceptée : fiche ouverte ou reliée",
    Action.BOOK: "Premier rendez-vous fixé",
    Action.MOVE: "Premier rendez-vous déplacé",
    Action.UNBOOK: "Premier rendez-vous annulé",
    Action.START: "Premier rendez-vous tenu",
    Action.UNSTART: "Correction : le premier rendez-vous n’a pas eu lieu",
    Action.CLOSE: "Terminée",
    Action.REFUSE: "Refusée",
    Action.REOPEN: "Rouverte",
    Action.REOPEN_ACCEPTED: "Rouverte",
    Action.REOPEN_STARTED: "Rouverte",
    Action.INVITE: "Lien envoyé : la personne choisit son rendez-vous",
    Action.MISS: "Pas venue au premier rendez-vous",
    Action.FOLLOW_DESK: "Suit la personne à sa nouvelle antenne",
    Action.NUDGE: "Rappel envoyé à l’équipe",
    Action.ESCALATE: "Signalée au responsable",
}
ACTION_ICONS = {
    Action.SEND: "inbox",
    Action.ASSIGN: "person-check",
    Action.TRANSFER: "arrow-left-right",
    Action.ASK: "question-circle",
    Action.ANSWER: "chat-left-text",
    Action.RESUME: "arrow-repeat",
    Action.ACCEPT: "check2",
    Action.BOOK: "calendar-check",
    Action.MOVE: "calendar-range",
    Action.UNBOOK: "calendar-x",
    Action.START: "play-circle",
    Action.UNSTART: "arrow-repeat",
    Action.CLOSE: "flag",
    Action.REFUSE: "x-circle",
    Action.REOPEN: "arrow-repeat",
    Action.REOPEN_ACCEPTED: "arrow-repeat",
    Action.REOPEN_STARTED: "arrow-repeat",
    Action.INVITE: "envelope",
    Action.MISS: "calendar-x",
    Action.FOLLOW_DESK: "arrow-left-right",
    Action.NUDGE: "bell",
    Action.ESCALATE: "exclamation-triangle",
}

_S, _A = State, Action
# Open: somebody must still do something. Nothing leaves this set but by an outcome or a reason.
OPEN = (_S.RECEIVED, _S.ASSIGNED, _S.WAITING_INFO, _S.ACCEPTED, _S.MEETING_BOOKED, _S.STARTED)
# The clock runs: the first meeting has not been held.
WAITING = OPEN[:-1]
# Not decided yet: neither accepted nor refused.
UNDECIDED = (_S.RECEIVED, _S.ASSIGNED, _S.WAITING_INFO)
FINAL = (_S.CLOSED, _S.REFUSED)

PRESCRIPTIONS: TransitionTable[State, Action] = TransitionTable(
    {
        (_S.DRAFT, _A.SEND): _S.RECEIVED,
        (_S.RECEIVED, _A.ASSIGN): _S.ASSIGNED,
        (_S.ASSIGNED, _A.ASSIGN): _S.ASSIGNED,
        (_S.WAITING_INFO, _A.ASSIGN): _S.WAITING_INFO,
        (_S.ACCEPTED, _A.ASSIGN): _S.ACCEPTED,
        (_S.MEETING_BOOKED, _A.ASSIGN): _S.MEETING_BOOKED,
        (_S.STARTED, _A.ASSIGN): _S.STARTED,
        **{(state, _A.TRANSFER): _S.RECEIVED for state in UNDECIDED},
        (_S.ASSIGNED, _A.ASK): _S.WAITING_INFO,
        # An answer always lands: also after a transfer, or once the desk went on without it.
        (_S.RECEIVED, _A.ANSWER): _S.RECEIVED,
        (_S.ASSIGNED, _A.ANSWER): _S.ASSIGNED,
        (_S.WAITING_INFO, _A.ANSWER): _S.ASSIGNED,
        (_S.WAITING_INFO, _A.RESUME): _S.ASSIGNED,
        (_S.ASSIGNED, _A.ACCEPT): _S.ACCEPTED,
        (_S.ASSIGNED, _A.REFUSE): _S.REFUSED,
        (_S.ACCEPTED, _A.BOOK): _S.MEETING_BOOKED,
        (_S.MEETING_BOOKED, _A.BOOK): _S.MEETING_BOOKED,
        (_S.MEETING_BOOKED, _A.MOVE): _S.MEETING_BOOKED,
        (_S.MEETING_BOOKED, _A.UNBOOK): _S.ACCEPTED,
        (_S.ACCEPTED, _A.START): _S.STARTED,
        (_S.MEETING_BOOKED, _A.START): _S.STARTED,
        # A slip of the pen in the agenda: the person had not come after all.
        (_S.STARTED, _A.UNSTART): _S.MEETING_BOOKED,
        **{(state, _A.CLOSE): _S.CLOSED for state in OPEN},
        # What ended goes on where it stood: to be studied, with a file, or met already. See ``reopening``.
        **{(state, _A.REOPEN): _S.ASSIGNED for state in FINAL},
        (_S.CLOSED, _A.REOPEN_ACCEPTED): _S.ACCEPTED,
        (_S.CLOSED, _A.REOPEN_STARTED): _S.STARTED,
    }
)
REOPENINGS = (_A.REOPEN, _A.REOPEN_ACCEPTED, _A.REOPEN_STARTED)


def reopening(*, has_file: bool, was_met: bool) -> Action:
    """Return the action by which an ended prescription goes on where it stood."""
    if not has_file:
        return Action.REOPEN
    return Action.REOPEN_STARTED if was_met else Action.REOPEN_ACCEPTED


class Outcome(StrEnum):
    """How a prescription ended."""

    WORK = "work"
    TRAINING = "training"
    MOBILE = "mobile"
    DONE = "done"
    REDIRECTED = "redirected"
    WITHDREW = "withdrew"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    DUPLICATE = "duplicate"


OUTCOME_LABELS = {
    Outcome.WORK: "Emploi trouvé ou gardé",
    Outcome.TRAINING: "Formation commencée ou suivie",
    Outcome.MOBILE: "Solution de mobilité trouvée",
    Outcome.DONE: "Accompagnement mené à son terme",
    Outcome.REDIRECTED: "Orientée vers un autre service",
    Outcome.WITHDREW: "La personne ne souhaite pas donner suite",
    Outcome.UNREACHABLE: "Personne injoignable malgré plusieurs essais",
    Outcome.MOVED: "A quitté le territoire",
    Outcome.DUPLICATE: "Déjà orientée par ailleurs",
}
# What only somebody who was met can have reached.
AFTER_MEETING = frozenset({Outcome.WORK, Outcome.TRAINING, Outcome.MOBILE, Outcome.DONE})


def outcomes_in(state: State) -> tuple[Outcome, ...]:
    """Return the outcomes with which a prescription in this state may be closed."""
    if state not in OPEN:
        return ()
    return tuple(outcome for outcome in Outcome if state is State.STARTED or outcome not in AFTER_MEETING)


class RefusalReason(StrEnum):
    """Why a prescription is refused."""

    OUTSIDE = "outside"
    NOT_OURS = "not_ours"
    NO_AGREEMENT = "no_agreement"
    NO_CONSENT = "no_consent"
    NO_ROOM = "no_room"
    OTHER = "other"


REFUSAL_LABELS = {
    RefusalReason.OUTSIDE: "La personne habite hors de notre territoire",
    RefusalReason.NOT_OURS: "Le besoin ne relève pas de la mobilité",
    RefusalReason.NO_AGREEMENT: "Aucune convention ne permet cet accompagnement",
    RefusalReason.NO_CONSENT: "La personne n’est pas d’accord",
    RefusalReason.NO_ROOM: "Nous ne pouvons pas accueillir assez tôt",
    RefusalReason.OTHER: "Autre raison",
}


class Followed(StrEnum):
    """What every prescriber sees, and nothing more."""

    RECEIVED = "received"
    STARTED = "started"
    ENDED = "ended"


FOLLOWED_LABELS = {Followed.RECEIVED: "Reçue", Followed.STARTED: "Commencée", Followed.ENDED: "Terminée"}


def followed(state: State) -> Followed:
    """Return the word that the prescriber sees."""
    if state in FINAL:
        return Followed.ENDED
    return Followed.STARTED if state is State.STARTED else Followed.RECEIVED
