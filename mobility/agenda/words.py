"""How the agenda writes itself: journal kinds, messages. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates

SUBJECT = "appointment"

BOOKED = "agenda.booked"
MOVED = "agenda.moved"
CANCELLED = "agenda.cancelled"
CANCELLED_BY_PERSON = "agenda.cancelled_by_person"
PRESENT = "agenda.present"
EXCUSED = "agenda.excused"
ABSENT = "agenda.absent"
DESK_FAULT = "agenda.desk_fault"
FOLLOWING = "agenda.following"
INVITED = "agenda.invited"
EARLIER_ASKED = "agenda.earlier_asked"
EARLIER_STOPPED = "agenda.earlier_stopped"
EARLIER_OFFERED = "agenda.earlier_offered"
REACH_SAID = "agenda.reach_said"
INTERPRETER = "agenda.interpreter"
LETTER_POSTED = "agenda.letter_posted"

_KINDS = (
    (BOOKED, "Rendez-vous pris pour %(starts_at)s", "calendar-plus"),
    (MOVED, "Rendez-vous déplacé : %(starts_at)s", "calendar-range"),
    (CANCELLED, "Rendez-vous annulé par l’antenne (%(starts_at)s)", "calendar-x"),
    (CANCELLED_BY_PERSON, "Rendez-vous annulé par la personne (%(starts_at)s)", "calendar-x"),
    (PRESENT, "Rendez-vous tenu (%(starts_at)s)", "calendar-check"),
    (EXCUSED, "Personne excusée pour le rendez-vous (%(starts_at)s)", "calendar-minus"),
    (ABSENT, "Personne non venue au rendez-vous (%(starts_at)s)", "person-x"),
    (DESK_FAULT, "Rendez-vous non tenu par l’antenne (%(starts_at)s)", "calendar-minus"),
    (FOLLOWING, "Suite du rendez-vous : faire le point %(next_on)s", "signpost"),
    (INVITED, "Invitation à prendre rendez-vous envoyée", "envelope"),
    (INTERPRETER, "Interprète pour le rendez-vous du %(starts_at)s : noté", "translate"),
    (LETTER_POSTED, "Courrier posté", "envelope"),
    (REACH_SAID, "Quand et comment la personne peut venir : noté", "signpost"),
    (EARLIER_ASKED, "Souhaite une heure plus tôt si une se libère", "bell"),
    (EARLIER_STOPPED, "Ne souhaite plus être prévenu des heures qui se libèrent", "bell-slash"),
    (EARLIER_OFFERED, "Heure plus tôt proposée : %(starts_at)s", "bell"),
)


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)


_SAMPLE: dict[str, Any] = {
    "kind": "Premier rendez-vous",
    "when": "mardi 24 novembre à 14 h 30",
    "where": "Denain, 12 rue de Villars, 59220 Denain",
    "place": "Denain",
    "phone": "03 27 00 00 00",
    "adviser": "Claire Dupont",
    "instructions": "",
    "papers": "Pièce d’identité, permis si vous en avez un",
    "link": "https://mobilite.example/rdv/eyJwIjp7ImEiOjEyMzR9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x",
}


def declare_messages() -> None:
    """Declare the messages of the agenda."""
    templates.declare("appointment_booked", "Rendez-vous pris", _SAMPLE)
    templates.declare("appointment_moved", "Rendez-vous déplacé", _SAMPLE)
    templates.declare("appointment_cancelled", "Rendez-vous annulé", _SAMPLE)
    templates.declare("appointment_reminder", "Rappel de rendez-vous", _SAMPLE)
    templates.declare(
        "appointment_invitation",
        "Invitation à prendre rendez-vous",
        {key: _SAMPLE[key] for key in ("kind", "place", "phone", "link")},
    )
    templates.declare(
        "appointment_earlier",
        "Une heure s’est libérée plus tôt",
        {key: _SAMPLE[key] for key in ("kind", "when", "where", "place", "phone", "link")}
        | {"until": "mardi 24 novembre à 12 h", "held": "jeudi 17 décembre à 10 h"},
    )
