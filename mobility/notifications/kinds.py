"""The words of the notifications: states, classes, channels, with their French labels."""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class Channel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"
    SMS = "sms"


CHANNEL_LABELS = {Channel.EMAIL: "E-mail", Channel.SMS: "SMS"}


class Holder(StrEnum):
    """Whose phone or mailbox it is."""

    SELF = "self"
    RELATIVE = "relative"
    PROFESSIONAL = "professional"
    SHARED = "shared"


HOLDER_LABELS = {
    Holder.SELF: "La personne elle-même",
    Holder.RELATIVE: "Un proche",
    Holder.PROFESSIONAL: "Un professionnel",
    Holder.SHARED: "Partagé avec d’autres",
}


class MessageClass(StrEnum):
    """How much a message may wait.

    ``SECURITY``: a code that the person asks for at this moment. ``URGENT``: concerns the next 24 hours.
    ``NORMAL``: everything else; obeys quiet hours, digest and pause.
    """

    SECURITY = "security"
    URGENT = "urgent"
    NORMAL = "normal"


CLASS_LABELS = {
    MessageClass.SECURITY: "Sécurité",
    MessageClass.URGENT: "Urgent",
    MessageClass.NORMAL: "Normal",
}
CLASS_RANKS = {MessageClass.SECURITY: 0, MessageClass.URGENT: 1, MessageClass.NORMAL: 2}


class MessageState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    MERGED = "merged"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


STATE_LABELS = {
    MessageState.QUEUED: "En attente",
    MessageState.SENDING: "En cours d’envoi",
    MessageState.SENT: "Envoyé",
    MessageState.DELIVERED: "Reçu",
    MessageState.MERGED: "Regroupé",
    MessageState.FAILED: "Non remis",
    MessageState.EXPIRED: "Périmé",
    MessageState.CANCELLED: "Annulé",
}
STATE_TONES = {
    MessageState.QUEUED: ("info", "clock"),
    MessageState.SENDING: ("info", "arrow-repeat"),
    MessageState.SENT: ("success", "check2"),
    MessageState.DELIVERED: ("success", "check2-all"),
    MessageState.MERGED: ("neutral", "collection"),
    MessageState.FAILED: ("danger", "exclamation-triangle"),
    MessageState.EXPIRED: ("warning", "hourglass-bottom"),
    MessageState.CANCELLED: ("neutral", "x-circle"),
}


# What stands in the place of the channel and the address of a message that has none.
NO_CHANNEL_LABELS = {
    **dict.fromkeys(MessageState, "Aucun envoi"),
    MessageState.QUEUED: "Pas encore choisi",
    MessageState.MERGED: "Avec un autre message",
}


class MessageAction(StrEnum):
    """What moves a message from one state to another."""

    CLAIM = "claim"
    SUCCEED = "succeed"
    RETRY_LATER = "retry_later"
    GIVE_UP = "give_up"
    RECOVER = "recover"
    MERGE = "merge"
    UNMERGE = "unmerge"
    CANCEL = "cancel"
    EXPIRE = "expire"
    CONFIRM = "confirm"
    BOUNCE = "bounce"
    REQUEUE = "requeue"


_S, _A = MessageState, MessageAction
TRANSITIONS: TransitionTable[MessageState, MessageAction] = TransitionTable(
    {
        (_S.QUEUED, _A.CLAIM): _S.SENDING,
        (_S.QUEUED, _A.MERGE): _S.MERGED,
        (_S.QUEUED, _A.CANCEL): _S.CANCELLED,
        (_S.QUEUED, _A.EXPIRE): _S.EXPIRED,
        (_S.QUEUED, _A.GIVE_UP): _S.FAILED,
        (_S.SENDING, _A.SUCCEED): _S.SENT,
        (_S.SENDING, _A.RETRY_LATER): _S.QUEUED,
        (_S.SENDING, _A.RECOVER): _S.QUEUED,
        (_S.SENDING, _A.GIVE_UP): _S.FAILED,
        (_S.SENT, _A.CONFIRM): _S.DELIVERED,
        (_S.SENT, _A.BOUNCE): _S.QUEUED,
        (_S.SENT, _A.GIVE_UP): _S.FAILED,
        (_S.MERGED, _A.UNMERGE): _S.QUEUED,
        (_S.MERGED, _A.CANCEL): _S.CANCELLED,
        (_S.FAILED, _A.REQUEUE): _S.QUEUED,
        (_S.FAILED, _A.CANCEL): _S.CANCELLED,
    }
)

OPEN_STATES = (MessageState.QUEUED, MessageState.SENDING)


class Outcome(StrEnum):
    """How one attempt at delivery ended."""

    SENT = "sent"
    TEMPORARY = "temporary"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    BOUNCED = "bounced"
    LOST = "lost"


OUTCOME_LABELS = {
    Outcome.SENT: "Remis au serveur",
    Outcome.TEMPORARY: "Échec passager",
    Outcome.UNAVAILABLE: "Service d’envoi injoignable",
    Outcome.REFUSED: "Message refusé",
    Outcome.BOUNCED: "Adresse ou numéro qui n’existe pas",
    Outcome.LOST: "Envoi interrompu, résultat inconnu",
}


class InboundKind(StrEnum):
    """What a provider tells us."""

    REPLY = "reply"
    STOP = "stop"
    REPORT = "report"


INBOUND_LABELS = {
    InboundKind.REPLY: "Réponse",
    InboundKind.STOP: "Demande d’arrêt (STOP)",
    InboundKind.REPORT: "Accusé de remise",
}
