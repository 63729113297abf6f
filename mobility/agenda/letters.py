"""Letters to people whom no message reaches: which message becomes one, when it must leave, what it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class LetterKind(StrEnum):
    """What a letter is for."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    INVITATION = "invitation"
    ABSENCE = "absence"
    REMINDER = "reminder"
    RECEIVED = "received"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    CALL = "call"


LETTER_LABELS: Final[Mapping[LetterKind, str]] = {
    LetterKind.BOOKED: "rendez-vous pris",
    LetterKind.MOVED: "rendez-vous déplacé",
    LetterKind.CANCELLED: "rendez-vous annulé",
    LetterKind.INVITATION: "invitation à prendre rendez-vous",
    LetterKind.ABSENCE: "nouvelle invitation après une absence",
    LetterKind.REMINDER: "rappel de rendez-vous",
    LetterKind.RECEIVED: "orientation reçue",
    LetterKind.REFUSED: "orientation refusée",
    LetterKind.ACCEPTED: "orientation acceptée",
    LetterKind.TRANSFERRED: "orientation confiée à une autre antenne",
    LetterKind.ENDED: "orientation terminée",
    LetterKind.CALL: "courrier neutre : nous appeler",
}
TITLES: Final[Mapping[LetterKind, str]] = {
    LetterKind.BOOKED: "Votre rendez-vous",
    LetterKind.MOVED: "Votre rendez-vous a une nouvelle date",
    LetterKind.CANCELLED: "Votre rendez-vous est annulé",
    LetterKind.INVITATION: "Prenez rendez-vous",
    LetterKind.ABSENCE: "Prenons une autre date",
    LetterKind.REMINDER: "Votre rendez-vous approche",
    LetterKind.RECEIVED: "Nous avons bien reçu votre demande",
    LetterKind.REFUSED: "Nous ne pouvons pas vous accompagner",
    LetterKind.ACCEPTED: "Votre demande est acceptée",
    LetterKind.TRANSFERRED: "Notre antenne suit votre demande",
    LetterKind.ENDED: "Votre demande est terminée",
    LetterKind.CALL: "Appelez-nous",
}
_OF_TEMPLATE: Final[Mapping[str, LetterKind]] = {
    "appointment_booked": LetterKind.BOOKED,
    "appointment_moved": LetterKind.MOVED,
    "appointment_cancelled": LetterKind.CANCELLED,
    "appointment_invitation": LetterKind.INVITATION,
}
# Kept of a message's values: no link (whoever has no e-mail types none), no more than the letter says.
KEPT: Final = ("kind", "when", "where", "adviser", "papers", "instructions")
_OF_VISIT = re.compile(r"appointment:(\d{1,10}):(\w+)")


@dataclass(frozen=True, slots=True)
class Message:
    """What a message that reached nobody becomes."""

    kind: LetterKind
    attendance_id: int | None


def letter_of(template: str, dedup_key: str) -> Message | None:
    """Return what letter a message becomes, or None: reminders of the last days would come too late."""
    kind = _OF_TEMPLATE.get(template)
    if kind is None:
        return None
    found = _OF_VISIT.match(dedup_key)
    if kind is LetterKind.INVITATION and found:
        kind = LetterKind.ABSENCE
    return Message(kind, int(found[1]) if found else None)


def reminder_on(starts_on: date, *, today: date, days: int) -> date | None:
    """Return the day on which a reminder is posted, or None where the letter of the booking is fresh enough."""
    post_on = starts_on - timedelta(days=days)
    return post_on if post_on > today + timedelta(days=days) else None


def paragraphs(kind: LetterKind, params: Mapping[str, str], *, phone: str) -> list[str]:
    """Return what the letter says, beside the facts of the appointment."""
    call = f"Appelez le {phone}" if phone else "Venez ou écrivez à l’antenne"
    said = {
        LetterKind.BOOKED: ["Vous avez rendez-vous avec nous. Voici les détails."],
        LetterKind.MOVED: ["La date de votre rendez-vous a changé. Voici les nouveaux détails."],
        LetterKind.CANCELLED: [
            f"Le rendez-vous du {params.get('when', '')} n’aura pas lieu.",
            f"{call} : nous choisissons une autre date ensemble.",
        ],
        LetterKind.INVITATION: [
            f"Nous vous proposons un rendez-vous : {params.get('kind', '')}.",
            f"{call} pour choisir le jour et l’heure qui vous vont.",
        ],
        LetterKind.ABSENCE: [
            "Nous ne nous sommes pas vus à votre dernier rendez-vous. Cela arrive.",
            f"{call} pour choisir une autre date. Vous n’avez rien à justifier.",
        ],
        LetterKind.REMINDER: ["Vous avez bientôt rendez-vous avec nous. Voici les détails."],
        LetterKind.RECEIVED: [
            f"{params.get('organisation', '')} nous a demandé, avec votre accord, de vous aider à vous déplacer.",
            f"Nous vous proposons un premier rendez-vous avant le {params.get('before', '')}.",
            f"{call} pour choisir le jour, ou pour nous dire que vous n’êtes pas d’accord.",
        ],
        LetterKind.REFUSED: [
            f"On nous a parlé de vous. Nous ne pouvons pas vous accompagner. Raison : {params.get('reason', '')}.",
            f"{call} si vous avez une question.",
        ],
        LetterKind.ACCEPTED: [
            "Nous allons vous aider à vous déplacer.",
            f"{call} pour choisir le jour de votre premier rendez-vous.",
        ],
        LetterKind.TRANSFERRED: [
            "Votre demande nous a été confiée par une autre antenne. Vous n’avez rien à refaire.",
            f"{call} si vous avez une question.",
        ],
        LetterKind.ENDED: [
            "Votre demande est terminée.",
            f"{call} si vous avez de nouveau besoin de nous, quand vous voulez.",
        ],
        # Somebody else opens what comes for the person: nothing on the subject.
        LetterKind.CALL: ["Votre conseiller a un message pour vous.", f"{call} quand vous pouvez."],
    }[kind]
    if shows_facts(kind):
        said = [*said, f"Vous ne pouvez pas venir ? {call} : nous choisissons une autre date."]
    return said


def shows_facts(kind: LetterKind) -> bool:
    """Tell whether the letter gives an appointment's hour and place."""
    return kind in {LetterKind.BOOKED, LetterKind.MOVED, LetterKind.REMINDER}


def note_of(kind: LetterKind, params: Mapping[str, str]) -> str:
    """Return what somebody wrote by hand for the person, as it was written: how to come, or why not."""
    if kind is LetterKind.REFUSED:
        return params.get("note", "")
    return params.get("instructions", "") if shows_facts(kind) else ""


def facts(params: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return label and value of what is known of the appointment."""
    labels = (
        ("kind", "Rendez-vous"),
        ("when", "Quand"),
        ("where", "Où"),
        ("adviser", "Avec"),
        ("papers", "À apporter"),
    )
    return [(label, params[name]) for name, label in labels if params.get(name)]
