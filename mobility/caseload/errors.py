"""What the room of caseload refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class AlreadyInPhase(RuleViolation):
    """The person is in that phase already."""

    code = "already_in_phase"
    field = "phase"
    template = "La personne est déjà dans cette phase."


class PhaseDateInvalid(RuleViolation):
    """The phase would begin tomorrow, or before the one that it follows."""

    code = "phase_date_invalid"
    field = "since_on"
    template = "Choisissez un jour entre le début de la phase actuelle et aujourd’hui."


class ReasonMissing(RuleViolation):
    """Another desk takes over, and nobody says why."""

    code = "reason_missing"
    field = "reason"
    template = "Écrivez en quelques mots pourquoi la personne change d’antenne."


class SameDesk(RuleViolation):
    """A transfer that changes neither desk nor adviser."""

    code = "same_desk"
    field = "desk_id"
    template = "C’est déjà l’antenne et le conseiller de cette personne. Choisissez-en un autre."


class AdviserUnfit(RuleViolation):
    """The adviser does not work at that desk, or may not know the file."""

    code = "adviser_unfit"
    field = "referent_user_id"
    template = "Ce conseiller ne peut pas suivre cette personne à cette antenne. Choisissez-en un autre."


class ReferentMoved(RuleViolation):
    """Somebody else has given the person to another adviser meanwhile."""

    code = "referent_moved"
    template = "Le conseiller de cette personne a changé entre-temps. Rechargez la page."


class NoteEmpty(RuleViolation):
    """A handover note without a word."""

    code = "note_empty"
    field = "text"
    template = "Écrivez ce que votre collègue doit savoir."


class NotYourNote(RuleViolation):
    """Only whoever takes over says that a note was read."""

    code = "not_your_note"
    template = "Cette note s’adresse à un collègue : lui seul peut dire qu’il l’a lue."


class NothingChosen(RuleViolation):
    """Nothing was ticked."""

    code = "nothing_chosen"
    template = "Cochez au moins une ligne."


class ChoiceGone(RuleViolation):
    """What was chosen for an appointment is possible no more."""

    code = "choice_gone"
    template = "Ce choix n’est plus possible. Rechargez la page."
